package next

import "kado/internal/platform/web"

var texts = web.Texts{
	"next.tile":            {JA: "次の答えを決める", EN: "Decide the next answer"},
	"next.about":           {JA: "事業者への次の答えを、わざと失敗させます。", EN: "Let the next answer to a relying party fail on purpose."},
	"next.title":           {JA: "次の答えを決める", EN: "The next answers"},
	"next.queue":           {JA: "予約された答え", EN: "Queued answers"},
	"next.none":            {JA: "予約はありません。すべて本来どおりに答えます。", EN: "None. Everything is answered as it should be."},
	"next.add":             {JA: "予約する", EN: "Queue"},
	"next.answer":          {JA: "答え", EN: "Answer"},
	"next.client":          {JA: "事業者の client_id（空欄ならすべて）", EN: "client_id of the relying party (empty for all)"},
	"next.times":           {JA: "回数", EN: "Times"},
	"next.left":            {JA: "残り", EN: "Left"},
	"next.party":           {JA: "事業者", EN: "Client"},
	"next.everybody":       {JA: "すべて", EN: "All"},
	"next.remove":          {JA: "取り消す", EN: "Remove"},
	"next.clear":           {JA: "すべて取り消す", EN: "Remove all"},
	"next.group.auth":      {JA: "認可（auth）", EN: "Authorization (auth)"},
	"next.group.par":       {JA: "要求の預け入れ（par）", EN: "Pushed request (par)"},
	"next.group.token":     {JA: "トークン（token）", EN: "Token (token)"},
	"next.group.userinfo":  {JA: "属性（userinfo）", EN: "Attributes (userinfo)"},
	"next.group.certs":     {JA: "公開鍵（certs）", EN: "Keys (certs)"},
	"next.group.discovery": {JA: "メタデータ（discovery）", EN: "Configuration (discovery)"},
	"next.group.sign":      {JA: "署名（sign）", EN: "Signing (sign)"},
	"next.table":           {JA: "答えの一覧", EN: "All answers"},
	"next.magic":           {JA: "認可リクエストの login_hint に「fail-」と名前を続けて書いても同じです。プログラムからは /api/sandbox/next に JSON で予約できます。", EN: "The same happens where login_hint of an authorization request is the id with fail- before it. Programs queue as JSON at /api/sandbox/next."},
	"next.id":              {JA: "名前", EN: "Id"},
	"next.http":            {JA: "HTTP %d", EN: "HTTP %d"},
	"next.what":            {JA: "起こること", EN: "What happens"},
	"next.chaos":           {JA: "偶然の乱れ（--chaos）", EN: "Chaos (--chaos)"},
	"next.chaos.on":        {JA: "このサーバーは、次の乱れを偶然に起こしています。", EN: "This server disturbs by chance:"},
}
