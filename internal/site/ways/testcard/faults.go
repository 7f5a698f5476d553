package testcard

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the test cards.
var (
	WrongPIN = fault.Define(fault.Kind{
		Number: 8370, Class: fault.Forbidden,
		What: lang.Text{JA: "暗証番号が違います（残り%d回）。", EN: "The PIN is wrong (%d tries left)."},
		Why:  lang.Text{JA: "カードが暗証番号を断りました。続けて間違えるとロックされます。", EN: "The card refused it. Further wrong tries block the PIN."},
		Cure: lang.Text{JA: "正しい暗証番号で、もう一度試してください。", EN: "Try again with the right one."},
	})
	Removed = fault.Define(fault.Kind{
		Number: 8371, Class: fault.Unavailable,
		What: lang.Text{JA: "読み取りの途中でカードが離れました。", EN: "The card was taken away while it was being read."},
		Why:  lang.Text{JA: "カードが答え終わる前に、読み取り機から外れました。", EN: "It left the reader before it had answered."},
		Cure: lang.Text{JA: "カードを置いたまま、もう一度試してください。", EN: "Leave the card where it is and try again."},
	})
	TimedOut = fault.Define(fault.Kind{
		Number: 8372, Class: fault.Conflict,
		What: lang.Text{JA: "時間内にカードが使われませんでした。", EN: "No card was used in time."},
		Why:  lang.Text{JA: "利用者が席を離れるなどして、ログインの受付けが終わりました。", EN: "The holder walked away and the login ended."},
		Cure: lang.Text{JA: "ログインを初めからやり直してください。", EN: "Begin the login anew."},
	})
	Cancelled = fault.Define(fault.Kind{
		Number: 8373, Class: fault.Conflict,
		What: lang.Text{JA: "利用者がログインをやめました。", EN: "The holder cancelled the login."},
		Why:  lang.Text{JA: "利用者はいつでもやめることができます。", EN: "A holder may do so at any time."},
		Cure: lang.Text{JA: "続けるときは、ログインを初めからやり直してください。", EN: "To go on, begin the login anew."},
	})
	NoAnswer = fault.Define(fault.Kind{
		Number: 8374, Class: fault.Invalid,
		What: lang.Text{JA: "そのような答え方はありません。", EN: "There is no such way of answering."},
		Why:  lang.Text{JA: "人の名前のあとの「:」に続く語が、一覧にありません。", EN: "The word behind the colon is not in the list."},
		Cure: lang.Text{JA: "/sandbox/people で使える語を確かめてください。", EN: "See /sandbox/people for the words there are."},
	})
	RawSignature = fault.Define(fault.Kind{
		Number: 8375, Class: fault.Invalid,
		What: lang.Text{JA: "この形の署名は、この証明書では作れません。", EN: "This certificate does not make a signature of this form."},
		Why:  lang.Text{JA: "DigestInfo を付けない署名は、RSA鍵のカードだけが作れます。", EN: "Only a card with an RSA key signs without a DigestInfo."},
		Cure: lang.Text{JA: "署名の形を変えるか、別の方法でカードを使ってください。", EN: "Choose another form of signature, or another way of using a card."},
	})
	NoPhone = fault.Define(fault.Kind{
		Number: 8376, Class: fault.Forbidden,
		What: lang.Text{JA: "この人のスマートフォンには証明書がありません。", EN: "This person has no certificates on a phone."},
		Why:  lang.Text{JA: "スマートフォンの証明書は、カードを使って申し込んだ人だけが持ちます。", EN: "Only who has set them up with the card has them."},
		Cure: lang.Text{JA: "「phone」という名前の人を選んでください。", EN: "Choose the person with the id phone."},
	})
)
