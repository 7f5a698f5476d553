package oidc

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// office is the name under which acts are recorded: the provider is part of the
// login office.
const office = "login"

// The acts of the provider in the journal.
var (
	ActClientRegistered = journal.DefineAct(journal.Act{Code: "login.client_registered", Details: []string{"client", "name", "origin", "source"},
		Text: lang.Text{JA: "ログイン連携のクライアントを登録しました", EN: "A client of the login service was registered"}})
	ActConsentGiven = journal.DefineAct(journal.Act{Code: "login.consent_given", Details: []string{"client", "name", "claims"},
		Text: lang.Text{JA: "サービスへの情報の提供に同意しました", EN: "Consented to giving a service information"}})
	ActConsentRevoked = journal.DefineAct(journal.Act{Code: "login.consent_revoked", Details: []string{"client", "name", "claims"},
		Text: lang.Text{JA: "サービスへの情報の提供の同意を取り消しました", EN: "Withdrew a consent to giving a service information"}})
	ActReleased = journal.DefineAct(journal.Act{Code: "login.released", Details: []string{"client", "name", "claims"},
		Text: lang.Text{JA: "サービスにログインし、情報を提供しました", EN: "Logged in at a service and gave it information"}})
	ActSigned = journal.DefineAct(journal.Act{Code: "login.signed", Details: []string{"client", "name", "transaction"},
		Text: lang.Text{JA: "サービスの求めで電子署名をしました", EN: "Signed for a service"}})
	ActGrantRevoked = journal.DefineAct(journal.Act{Code: "login.grant_revoked", Details: []string{"client", "why"},
		Text: lang.Text{JA: "サービスに渡した許可を無効にしました", EN: "What had been granted to a service was made void"}})
)
