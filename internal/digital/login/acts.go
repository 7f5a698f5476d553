package login

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// The acts of this office in the journal.
var (
	ActRegistered = journal.DefineAct(journal.Act{Code: "login.party_registered", Details: []string{"party", "name", "origin"},
		Text: lang.Text{JA: "ログインを受け付けるサービスを登録しました", EN: "A relying party was registered"}})
	ActLoggedIn = journal.DefineAct(journal.Act{Code: "login.logged_in", Details: []string{"party", "challenge"},
		Text: lang.Text{JA: "利用者証明用電子証明書でログインしました", EN: "Logged in with the user authentication certificate"}})
	ActLoggedInByTLS = journal.DefineAct(journal.Act{Code: "login.logged_in_by_tls", Details: []string{"party", "challenge"},
		Text: lang.Text{JA: "利用者証明用電子証明書によるTLS接続でログインしました", EN: "Logged in by a TLS connection with the user authentication certificate"}})
	ActRefused = journal.DefineAct(journal.Act{Code: "login.refused", Details: []string{"party", "challenge", "fault"},
		Text: lang.Text{JA: "利用者証明用電子証明書によるログインを断りました", EN: "A login with the user authentication certificate was refused"}})
)
