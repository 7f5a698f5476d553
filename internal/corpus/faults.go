package corpus

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals about the attack corpus.
var (
	NotACorpus = fault.Define(fault.Kind{
		Number: 6300, Class: fault.Invalid,
		What: lang.Text{JA: "検証用の事例集として読めません：%s", EN: "This is not a corpus that can be read: %s"},
		Why:  lang.Text{JA: "manifest.json がないか、決まりと違う項目があるか、名前の挙がったファイルがありません。", EN: "manifest.json is missing, has something that the form does not know, or names a file that is not there."},
		Cure: lang.Text{JA: "kado corpus write で書き出したフォルダーを指定してください。", EN: "Name a folder that kado corpus write made."},
	})
	FolderNotEmpty = fault.Define(fault.Kind{
		Number: 6301, Class: fault.Conflict,
		What: lang.Text{JA: "フォルダーが空ではありません：%s", EN: "The folder is not empty: %s"},
		Why:  lang.Text{JA: "すでにあるファイルを上書きしないため、何も書き出していません。", EN: "Nothing was written, so that no file there is overwritten."},
		Cure: lang.Text{JA: "新しいフォルダーか、空のフォルダーを指定してください。", EN: "Name a new or an empty folder."},
	})
	CannotWrite = fault.Define(fault.Kind{
		Number: 6302, Class: fault.Unavailable,
		What: lang.Text{JA: "事例集を書き出せません：%s", EN: "The corpus cannot be written: %s"},
		Why:  lang.Text{JA: "権限がないか、空きがありません。", EN: "Permission is missing, or there is no space."},
		Cure: lang.Text{JA: "フォルダーの権限と空き容量を確かめてください。", EN: "Check permissions and free space of the folder."},
	})
	NoSuchVerifier = fault.Define(fault.Kind{
		Number: 6303, Class: fault.NotFound,
		What: lang.Text{JA: "検証プログラムを使えません：%s", EN: "The verifier cannot be used: %s"},
		Why:  lang.Text{JA: "その名前のものを知らないか、この機械に入っていません。", EN: "No verifier of that name is known, or its program is not installed on this machine."},
		Cure: lang.Text{JA: "kado、openssl、pdfsig、xmlsec1 のどれかを指定し、そのプログラムを入れてください。", EN: "Name kado, openssl, pdfsig or xmlsec1, and install that program."},
	})
	NoSuchCase = fault.Define(fault.Kind{
		Number: 6304, Class: fault.NotFound,
		What: lang.Text{JA: "その名前の事例はありません：%s", EN: "There is no case of that name: %s"},
		Why:  lang.Text{JA: "この事例集の一覧にありません。", EN: "The manifest does not list it."},
		Cure: lang.Text{JA: "kado corpus list で名前を確かめてください。", EN: "See the names with kado corpus list."},
	})
	Differs = fault.Define(fault.Kind{
		Number: 6305, Class: fault.Internal,
		What: lang.Text{JA: "自分の検証が%d件で期待と違いました。", EN: "This program's own verifier differs from the expected answer in %d cases."},
		Why:  lang.Text{JA: "事例集が書き換えられたか、検証に誤りがあります。", EN: "The corpus was changed, or the verifier has a fault."},
		Cure: lang.Text{JA: "事例集を書き出し直しても同じなら、不具合として知らせてください。", EN: "If a newly written corpus gives the same, please report it as a fault."},
	})
)
