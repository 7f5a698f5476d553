package requests

import (
	"embed"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site"
)

//go:embed pages/*.html
var pages embed.FS

var texts = web.Texts{
	"requests.list.title":      {JA: "サイトからの要求の記録", EN: "Requests of relying parties"},
	"requests.list.tile":       {JA: "要求の記録", EN: "Request log"},
	"requests.list.about":      {JA: "あなたのサイトが送った要求と、まちがいの直し方を見られます。", EN: "What your site sent, and how mistakes are mended."},
	"requests.list.lead":       {JA: "サイトから届いた要求のうち、最近の500件です。コードやトークンなどの値は残さず、長さだけを示します。", EN: "The last 500 requests, newest first. Values such as codes and tokens are not kept, only their length."},
	"requests.list.none":       {JA: "まだ要求は届いていません。サイトの issuer を次のアドレスにして、ログインしてみてください。", EN: "Nothing has come yet. Configure your site with this issuer and log in."},
	"requests.list.nomatch":    {JA: "あてはまる要求はありません。", EN: "No request matches."},
	"requests.list.everything": {JA: "すべての要求を見る", EN: "Show all requests"},
	"requests.list.client":     {JA: "サイト（client_id）", EN: "Client (client_id)"},
	"requests.list.all":        {JA: "すべて", EN: "All"},
	"requests.list.show":       {JA: "絞り込む", EN: "Show"},
	"requests.list.bad":        {JA: "失敗だけ", EN: "Failures only"},
	"requests.list.time":       {JA: "時刻", EN: "Time"},
	"requests.list.good":       {JA: "正常", EN: "In order"},
	"requests.list.failed":     {JA: "失敗", EN: "Failed"},
	"requests.list.nobody":     {JA: "（不明）", EN: "(unknown)"},
	"requests.list.table":      {JA: "要求の一覧", EN: "List of requests"},
	"requests.one.title":       {JA: "要求 %d", EN: "Request %d"},
	"requests.one.told":        {JA: "起きたこと", EN: "What happened"},
	"requests.one.mistake":     {JA: "まちがい", EN: "The mistake"},
	"requests.one.ended":       {JA: "ログインが終わった理由", EN: "Why the login ended"},
	"requests.one.why":         {JA: "理由", EN: "Why"},
	"requests.one.cure":        {JA: "直し方", EN: "What to do"},
	"requests.one.hints":       {JA: "この要求を見て気づいたこと", EN: "Seen in this request"},
	"requests.one.request":     {JA: "要求", EN: "Request"},
	"requests.one.status":      {JA: "状態コード", EN: "Status"},
	"requests.one.oauth":       {JA: "OAuth のエラー", EN: "OAuth error"},
	"requests.one.sent":        {JA: "送られた項目", EN: "What was sent"},
	"requests.one.answer":      {JA: "戻した項目", EN: "What went back"},
	"requests.one.name":        {JA: "項目", EN: "Name"},
	"requests.one.value":       {JA: "値", EN: "Value"},
	"requests.one.masked":      {JA: "%d文字（値は残しません）", EN: "%d characters (not kept)"},
	"requests.one.back":        {JA: "一覧に戻る", EN: "Back to the list"},
	"requests.one.before":      {JA: "前の要求", EN: "Earlier"},
	"requests.one.after":       {JA: "次の要求", EN: "Later"},
}

type listView struct {
	Entries []Entry
	Clients []string
	Client  string
	Bad     bool
	Issuer  string
}

type oneView struct {
	Entry
	Before, After int // numbers of neighbours; 0 for none
}

// Part is the room's pages. Issuer is shown while the log is empty.
func (l *Log) Part(issuer string) (site.Part, error) {
	own, err := fs.Sub(pages, "pages")
	if err != nil {
		return site.Part{}, err
	}
	return site.Part{
		Room: web.Room{Name: "requests", Pages: own, Texts: texts, Stories: stories()},
		Tile: site.Tile{Path: "/requests", Icon: "list", Title: texts["requests.list.tile"], Text: texts["requests.list.about"], Menu: true},
		Mount: func(s *web.Shell, mux *http.ServeMux) {
			mux.HandleFunc("GET /requests", l.list(s, issuer))
			mux.HandleFunc("GET /requests/{n}", l.one(s))
		},
	}, nil
}

func (l *Log) list(s *web.Shell, issuer string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := web.Query(r, "client", "bad")
		if err != nil {
			s.Fault(w, r, err)
			return
		}
		v := listView{Entries: l.List(q.Get("client")), Clients: l.Clients(), Client: q.Get("client"), Bad: q.Get("bad") != "", Issuer: issuer}
		if v.Bad {
			all := v.Entries
			v.Entries = nil
			for _, e := range all {
				if e.Bad() {
					v.Entries = append(v.Entries, e)
				}
			}
		}
		s.Render(w, r, web.Page{Name: "requests/list", Title: texts["requests.list.title"], Data: v})
	}
}

func (l *Log) one(s *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		e, ok := l.Get(n)
		if err != nil || !ok {
			s.Fault(w, r, web.NoPage.New())
			return
		}
		v := oneView{Entry: e}
		if _, ok := l.Get(n - 1); ok {
			v.Before = n - 1
		}
		if _, ok := l.Get(n + 1); ok {
			v.After = n + 1
		}
		s.Render(w, r, web.Page{Name: "requests/one", Title: e.Step.Title, Data: v})
	}
}

// stories are pages with sample data.
func stories() []web.Story {
	at := time.Date(2026, 4, 1, 1, 2, 3, 0, time.UTC)
	bad := Entry{N: 3, At: at, Client: "gorp0001", Step: tokenStep, Method: "POST", Path: realm + "/protocol/openid-connect/token", Status: 401, Error: "invalid_client", Number: "KADO-8125",
		Refusal: say("クライアントの証明の中身が正しくありません（aud）。", "A claim of the client assertion is wrong (aud)."),
		Why:     say("iss と sub は client_id、aud はトークンのアドレスか issuer、jti は毎回違う値、exp は未来の時刻です。", "iss and sub are the client_id, aud is the token endpoint or the issuer, jti differs every time, exp lies ahead."),
		Cure:    say("示された項目を直してください。", "Mend the claim that is named."),
		Hints:   []lang.Text{say("client_assertion の aud は、トークンのアドレスか issuer です。末尾の / や、別のホスト名に気をつけてください。", "aud of client_assertion is the token endpoint or the issuer; mind a slash at the end and the host name.")},
		Sent: []Field{{Name: "client_assertion", Masked: true, Length: 412}, {Name: "client_assertion · aud", Value: "http://127.0.0.1:8080/api/realms/main/"}, {Name: "code", Masked: true, Length: 43},
			{Name: "grant_type", Value: "authorization_code"}, {Name: "redirect_uri", Value: "http://localhost:9000/callback"}}}
	good := Entry{N: 2, At: at, Client: "gorp0001", Step: answerStep, Method: "GET", Path: "http://localhost:9000/callback",
		Answer: []Field{{Name: "code", Masked: true, Length: 43}, {Name: "iss", Value: "http://127.0.0.1:8080/api/realms/main"}, {Name: "state", Masked: true, Length: 26}}}
	first := Entry{N: 1, At: at, Client: "gorp0001", Step: authStep, Method: "GET", Path: realm + "/protocol/openid-connect/auth", Status: 303,
		Told: []lang.Text{say("認可の求めは正しく読めました。", "The authorization request is in order.")}}
	return []web.Story{
		{Name: "list", Page: web.Page{Name: "requests/list", Title: texts["requests.list.title"], Data: listView{Entries: []Entry{bad, good, first}, Clients: []string{"gorp0001", "noderp0001"}}}},
		{Name: "list-no-match", Page: web.Page{Name: "requests/list", Title: texts["requests.list.title"], Data: listView{Clients: []string{"gorp0001"}, Client: "gorp0001", Bad: true}}},
		{Name: "list-empty", Page: web.Page{Name: "requests/list", Title: texts["requests.list.title"], Data: listView{Issuer: "http://127.0.0.1:8080" + realm}}},
		{Name: "one-mistake", Page: web.Page{Name: "requests/one", Title: tokenStep.Title, Data: oneView{Entry: bad, Before: 2}}},
		{Name: "one-in-order", Page: web.Page{Name: "requests/one", Title: answerStep.Title, Data: oneView{Entry: good, Before: 1, After: 3}}},
		{Name: "one-first", Page: web.Page{Name: "requests/one", Title: authStep.Title, Data: oneView{Entry: first, After: 2}}},
	}
}
