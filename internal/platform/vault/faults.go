package vault

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the vault, 1200 to 1299.
var (
	UnknownPurpose = fault.Define(fault.Kind{
		Number: 1200, Class: fault.Forbidden,
		What: lang.Text{JA: "その目的では個人番号を扱えません。", EN: "Individual Numbers may not be used for that purpose."},
		Why:  lang.Text{JA: "個人番号を使える目的は法律で限られています。", EN: "The purposes are limited by law."},
		Cure: lang.Text{JA: "個人番号を使わない方法で手続きを進めてください。", EN: "Go on in a way that does not need the number."},
	})
	NoNumber = fault.Define(fault.Kind{
		Number: 1201, Class: fault.NotFound,
		What: lang.Text{JA: "該当する番号の登録がありません。", EN: "No such number is on record."},
		Why:  lang.Text{JA: "この方にはまだ番号が付けられていないか、番号が正しくないか、前の番号です。", EN: "The person has none yet, or the number is wrong or no longer in force."},
		Cure: lang.Text{JA: "本人確認書類で番号を確かめてください。", EN: "Check the number against the identity document."},
	})
	HasNumber = fault.Define(fault.Kind{
		Number: 1202, Class: fault.Conflict,
		What: lang.Text{JA: "この方には、すでに番号が付けられています。", EN: "This person has a number already."},
		Why:  lang.Text{JA: "一人の方が同時に持てる番号は一つだけです。", EN: "A person has one number at a time."},
		Cure: lang.Text{JA: "変更するときは、番号の変更の手続きをしてください。", EN: "To change it, use the change of number."},
	})
	Sealed = fault.Define(fault.Kind{
		Number: 1203, Class: fault.Internal,
		What: lang.Text{JA: "保管された番号を開けませんでした。", EN: "A stored number could not be opened."},
		Why:  lang.Text{JA: "鍵が違うか、保管された内容が書き換えられています。", EN: "The key is another one, or the stored row was changed."},
		Cure: lang.Text{JA: "書き込みを止め、鍵ファイルとデータベースが同じ時点のものか確かめ、責任者に報告してください。", EN: "Stop writing, check that key file and database belong together, and report to the person in charge."},
	})
	NoneLeft = fault.Define(fault.Kind{
		Number: 1204, Class: fault.Internal,
		What: lang.Text{JA: "新しい番号を引けませんでした。", EN: "No new number could be drawn."},
		Why:  lang.Text{JA: "引いた番号が続けてすべて使用済みでした。乱数に問題があるおそれがあります。", EN: "Every number drawn had been used before; the random source may be at fault."},
		Cure: lang.Text{JA: "もう一度お試しください。続くときは、この番号を添えて知らせてください。", EN: "Try again. If it persists, report this number."},
	})
	UnfitPerson = fault.Define(fault.Kind{
		Number: 1205, Class: fault.Internal,
		What: lang.Text{JA: "人の識別子が正しい形ではありません。", EN: "The person's id is not of the form laid down."},
		Why:  lang.Text{JA: "空か、長すぎるか、使えない文字が入っています。", EN: "It is empty, too long or holds characters that are not permitted."},
		Cure: lang.Text{JA: "Kado の側の誤りです。この番号を添えて知らせてください。", EN: "The fault is on Kado's side. Report it with this number."},
	})
	UnfitProof = fault.Define(fault.Kind{
		Number: 1206, Class: fault.Invalid,
		What: lang.Text{JA: "封をした証明を開けられません。", EN: "The sealed proof cannot be opened."},
		Why:  lang.Text{JA: "形が決められたものでないか、途中で書き換えられたか、途中までしか届いていません。", EN: "It is not of the form laid down, was changed on the way, or did not arrive whole."},
		Cure: lang.Text{JA: "ログインの画面からやり直してください。続くときは、カードを読むプログラムを新しくしてください。", EN: "Begin again on the login page. If it persists, update the program that reads the card."},
	})
	OtherProofKey = fault.Define(fault.Kind{
		Number: 1207, Class: fault.Conflict,
		What: lang.Text{JA: "証明が、今は使われていない鍵で封をされています。", EN: "The proof was sealed to a key that is not in use."},
		Why:  lang.Text{JA: "鍵は取り替えられ、新しい2つだけが使えます。", EN: "Keys are replaced; the newest two count."},
		Cure: lang.Text{JA: "ログインの画面からやり直してください。新しい鍵が使われます。", EN: "Begin again on the login page; the new key is used then."},
	})
	OtherOccasion = fault.Define(fault.Kind{
		Number: 1208, Class: fault.Forbidden,
		What: lang.Text{JA: "証明が、このログインのために作られたものではありません。", EN: "The proof was not made for this login."},
		Why:  lang.Text{JA: "証明は、1つのサイトの1回のログインだけに使えます。", EN: "A proof serves one login at one site."},
		Cure: lang.Text{JA: "カードをもう一度読み取ってください。", EN: "Read the card again."},
	})
	BadProof = fault.Define(fault.Kind{
		Number: 1209, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの記載に、市区町村の正しい署名がありません。", EN: "What the card holds lacks the municipality's signature."},
		Why:  lang.Text{JA: "署名が正しくないか、送られた記載に対するものではありません。", EN: "The signature is wrong, or is not over the attributes that were sent."},
		Cure: lang.Text{JA: "カードをもう一度読み取ってください。続くときは、市区町村の窓口にお尋ねください。", EN: "Read the card again. If it persists, ask at your town hall."},
	})
	FormerNumber = fault.Define(fault.Kind{
		Number: 1210, Class: fault.Forbidden,
		What: lang.Text{JA: "このカードは、個人番号が変わる前のものです。", EN: "This card was made before the Individual Number was changed."},
		Why:  lang.Text{JA: "個人番号が変わると、前の番号のカードは使えなくなります。", EN: "When the number changes, a card with the old one can no longer be used."},
		Cure: lang.Text{JA: "新しいカードを使ってください。まだお持ちでないときは、市区町村の窓口で申請してください。", EN: "Use the new card; if you have none yet, apply for it at your town hall."},
	})
	NoSite = fault.Define(fault.Kind{
		Number: 1211, Class: fault.Internal,
		What: lang.Text{JA: "証明を受け取る鍵を用意できませんでした。", EN: "The key to which proofs are sealed could not be announced."},
		Why:  lang.Text{JA: "サイトのアドレスか、鍵に署名する元の鍵が使えません。", EN: "The site's address or the key that signs the announcement is not usable."},
		Cure: lang.Text{JA: "サイトの運営者は、アドレスと鍵の保管場所の設定を確かめてください。", EN: "Whoever runs the site: check the address and the key store."},
	})
)
