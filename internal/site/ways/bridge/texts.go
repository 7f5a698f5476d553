package bridge

import "kado/internal/platform/web"

var texts = web.Texts{
	"bridge.page.title":    {JA: "カードリーダーでログイン", EN: "Log in with your card reader"},
	"bridge.page.asks":     {JA: "%s へのログイン", EN: "Login at %s"},
	"bridge.page.claims":   {JA: "求められている情報", EN: "Asked for"},
	"bridge.page.login":    {JA: "ログインのみ", EN: "login only"},
	"bridge.page.place":    {JA: "カードリーダーにカードを置きます。", EN: "Put your card on the reader."},
	"bridge.page.type":     {JA: "このパソコンの端末（ターミナル）で、次のように入力します。", EN: "In a terminal of this computer, type:"},
	"bridge.page.reader":   {JA: "リーダーが2台以上あるときは --reader で番号か名前を指定します。", EN: "With more than one reader, name it with --reader: its number or name."},
	"bridge.page.confirm":  {JA: "端末に出るサイトの名前が、元のサイトと同じことを確かめてから、暗証番号を入力します。", EN: "Compare the site that the terminal names with the one you came from, then type your PIN there."},
	"bridge.page.life":     {JA: "コードは5分間、1回だけ使えます。暗証番号をこの画面に入力することはありません。", EN: "The code serves once, for five minutes. No PIN is ever typed on this page."},
	"bridge.page.stranger": {JA: "人から送られてきたコードを入力しないでください。相手があなたとしてログインしてしまいます。", EN: "Never type a code that somebody sent you: its sender would be logged in as you."},
	"bridge.page.running":  {JA: "ブリッジがもう動いているときは", EN: "If a bridge is already running"},
	"bridge.page.send":     {JA: "このパソコンのブリッジに渡す", EN: "Give it to the bridge on this machine"},
	"bridge.page.taken":    {JA: "ブリッジがカードの操作を待っています。", EN: "The bridge is waiting for your card."},
	"bridge.page.check":    {JA: "端末に次の番号が出ていることを確かめてください。", EN: "Make sure that the terminal shows this number."},
	"bridge.page.ended":    {JA: "このコードは終わりました", EN: "This code is over"},
	"bridge.page.declined": {JA: "端末での操作が、カードの答えなしに終わりました。", EN: "The terminal ended without an answer of the card."},
	"bridge.page.again":    {JA: "新しいコードを表示", EN: "Show a new code"},
	"bridge.page.other":    {JA: "ほかの使い方を選ぶ", EN: "Choose another way"},
	"bridge.page.look":     {JA: "状況を確かめる", EN: "Check progress"},
}
