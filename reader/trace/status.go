package trace

import (
	"fmt"

	"kado/iso7816"
)

// statusJA are the status words in Japanese; English ones are iso7816's.
var statusJA = map[iso7816.Status]string{
	iso7816.OK:                       "正常に終わりました",
	iso7816.EndOfFile:                "求めた長さの前にファイルが終わりました",
	iso7816.WrongValue:               "値が違います",
	iso7816.MemoryFailure:            "メモリーに書き込めません",
	iso7816.SecurityIssue:            "攻撃を検知し、ICチップが内容を消去しました",
	iso7816.SessionKeyUnsupported:    "ここではセッション鍵を使えません",
	iso7816.WrongLength:              "長さが違います",
	iso7816.ChannelUnsupported:       "論理チャネルは使えません",
	iso7816.SecureMessagingRefused:   "セキュアメッセージングは使えません",
	iso7816.FileTypeMismatch:         "命令がファイルの種類に合いません",
	iso7816.SecurityNotSatisfied:     "必要な照合が済んでいません",
	iso7816.ReferenceBlocked:         "ロックされています",
	iso7816.ConditionsNotSatisfied:   "使える条件がそろっていません",
	iso7816.NoCurrentFile:            "ファイルが選択されていません",
	iso7816.SecureMessagingMissing:   "セキュアメッセージングのデータがありません",
	iso7816.SecureMessagingIncorrect: "セキュアメッセージングのデータが正しくありません",
	iso7816.SecureMessagingLost:      "セキュアメッセージングが切れました",
	iso7816.WrongData:                "データが正しくありません",
	iso7816.FileNotFound:             "ファイルかアプリケーションがありません",
	iso7816.RecordNotFound:           "レコードがありません",
	iso7816.NotEnoughMemory:          "メモリーが足りません",
	iso7816.WrongParameters:          "P1かP2が正しくありません",
	iso7816.ReferenceNotFound:        "指定されたものがありません",
	iso7816.WrongOffset:              "ファイルの終わりより後ろを指しています",
	iso7816.InstructionUnknown:       "知らない命令です",
	iso7816.ClassUnknown:             "知らないクラスです",
	iso7816.NoDiagnosis:              "理由は示されていません",
}

// StatusText is a status word with its meaning.
func StatusText(sw iso7816.Status) Text {
	name, ok := statusJA[sw]
	if n, tries := sw.TriesLeft(); tries {
		name, ok = fmt.Sprintf("残り%d回", n), true
	}
	if !ok {
		name = "意味の分からない状態語です"
	}
	return Text{JA: fmt.Sprintf("%04X（%s）", uint16(sw), name), EN: sw.String()}
}

func statusName(sw iso7816.Status, l Language) string { return StatusText(sw).In(l) }
