package shelf

import (
	"time"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/wanted"
	"kado/mynumber"
	"kado/reader/trace"
)

// sampleCard is the card of the storybook; nobody's.
const sampleCard = mynumber.CardID("123456789012334")

// sampleReader is a reader after a wrong PIN.
func sampleReader() readerView {
	c := cardView{ID: sampleCard, Holder: "番号　花子", State: lang.Text{JA: "運用中", EN: "in operation"}, Usable: true, Reader: 1}
	t := trace.Explain([][]byte{
		{0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01},
		{0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18},
		{0x00, 0x20, 0x00, 0x80, 0x04, '0', '0', '0', '0'},
	}, [][]byte{{0x90, 0x00}, {0x90, 0x00}, {0x63, 0xC2}})
	v := readerView{Number: 1, Card: &c, Drawing: drawing(sampleCard), Laying: 1, Version: 9,
		Tries:  []triesView{{Authentication, Authentication.Name(), 2, 3}, {Signature, Signature.Name(), 1, 5}, {Text, Text.Name(), 3, 3}, {Register, Register.Name(), 0, 3}},
		Talks:  []talkView{viewTalk(Talk{Number: 2, Title: texts["shelf.act.login"], Exchanges: t.Exchanges})},
		Result: viewResult(refused(WrongPIN.New(Authentication.Name(), 2)))}
	v.Said = said(v)
	return v
}

func empty(n int) readerView {
	return readerView{Number: n, Drawing: drawing(""), Said: texts["shelf.said.off"]}
}

func page(name string, title lang.Text, data any) web.Page {
	return web.Page{Name: "shelf/" + name, Title: title, Data: data, Bare: name == "login"}
}

// stories shows each page with what it may have to show.
func stories() []web.Story {
	on := sampleReader()
	blank := cardView{ID: "000000000000098", State: nobody}
	other := cardView{ID: "000000000000195", Holder: "ＭＡＲＩＡ　ＧＡＲＣＩＡ　ＬＯＰＥＺ", State: lang.Text{JA: "一時停止", EN: "suspended"},
		Title: lang.Text{JA: "一時停止中", EN: "Suspended"}}
	desk := deskView{Readers: []readerView{on, empty(2), empty(3)}, Cards: []cardView{*on.Card, other, blank}, Page: 2, Pages: 3, Notes: "/shelf", Seen: "1.0.0."}
	read := on
	read.Result = viewResult(attributesResult(mynumber.Attributes{Name: "番号　花子", Address: "東京都清瀬市上清戸９丁目９９番地", BirthDate: mynumber.Date{Year: 1990, Month: time.March, Day: 3}, Sex: mynumber.Female}))
	signed := on
	signed.Result = viewResult(&Result{Title: texts["shelf.done.sign"], Signed: []byte{0x30}, Facts: []Fact{fact("shelf.fact.text", "私はこれに署名します。")}})
	sign := formView{Reader: on, Act: "sign", Title: texts["shelf.act.sign"], About: texts["shelf.about.sign"], Text: true, Fields: []fieldView{field("pin", Signature, on.Tries)}, Last: true,
		Result: viewResult(refused(fault.Of(LastTry.New(Signature.Name()))))}
	change := formView{Reader: on, Act: "change", PIN: Text, Title: texts["shelf.act.change"], About: texts["shelf.about.change"],
		Fields: []fieldView{field("pin", Text, on.Tries), field("value", Text, nil), field("again", Text, nil)}}
	change.Fields[0].Label, change.Fields[1].Label, change.Fields[2].Label = title("shelf.field.old", Text.Name()), title("shelf.field.new", Text.Name()), texts["shelf.field.again"]
	login := loginView{Interaction: "int_sample", Ways: "/login/int_sample", Party: "ひまわり書店", Origin: "https://himawari.example", Until: time.Date(2026, 4, 1, 1, 5, 0, 0, time.UTC),
		Claims: []lang.Text{wanted.Claim("name"), wanted.Claim("address")}, Readers: desk.Readers, Cards: desk.Cards, Page: 1, Next: 2}
	typing := login
	typing.Reader, typing.Result, typing.Fields = &on, on.Result, []fieldView{field("authentication", Authentication, on.Tries), field("text", Text, on.Tries)}
	signing := login
	signing.Reader, signing.Sign, signing.Digest, signing.Last, signing.Claims = &on, true, "9f86d081884c7d65", true, nil
	signing.Fields = []fieldView{field("authentication", Authentication, on.Tries), field("signature", Signature, on.Tries)}
	stuck := login
	stuck.Reader, stuck.Stuck, stuck.Fields = &on, true, []fieldView{field("authentication", Register, on.Tries), field("text", Text, nil)}
	stuck.Fields[0].Label = typing.Fields[0].Label
	asks := title("shelf.login.title", login.Party)
	return []web.Story{
		{Name: "desk", Page: page("desk", texts["shelf.title"], desk)},
		{Name: "desk-empty", Page: page("desk", texts["shelf.title"], deskView{Readers: []readerView{empty(1), empty(2), empty(3)}, Page: 1, Pages: 1})},
		{Name: "reader-wrong-pin", Page: page("reader", title("shelf.reader", 1), on)},
		{Name: "reader-read", Page: page("reader", title("shelf.reader", 1), read)},
		{Name: "reader-signed", Page: page("reader", title("shelf.reader", 1), signed)},
		{Name: "reader-empty", Page: page("reader", title("shelf.reader", 2), empty(2))},
		{Name: "sign-last-try", Page: page("act", sign.Title, sign)},
		{Name: "change", Page: page("act", change.Title, change)},
		{Name: "login-choose", Page: page("login", asks, login)},
		{Name: "login-wrong-pin", Page: page("login", asks, typing)},
		{Name: "login-stuck", Page: page("login", asks, stuck)},
		{Name: "login-sign", Page: page("login", asks, signing)},
	}
}
