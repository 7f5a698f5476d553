package validation

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// The acts of the verifiers' interface in the journal.
var (
	ActWithdrawn = journal.DefineAct(journal.Act{Code: "validation.verifier_withdrawn", Details: []string{"verifier"},
		Text: lang.Text{JA: "検証者の認定を取り消しました", EN: "The accreditation of a verifier was withdrawn"}})
	ActEntrusted = journal.DefineAct(journal.Act{Code: "validation.firm_entrusted", Details: []string{"verifier", "for", "from", "to"},
		Text: lang.Text{JA: "検証を委託する事業者を記録しました", EN: "A firm that entrusts a verifier was recorded"}})
	ActKeyBound = journal.DefineAct(journal.Act{Code: "validation.key_bound", Details: []string{"verifier", "key", "act"},
		Text: lang.Text{JA: "検証者が名乗るための鍵を登録または抹消しました", EN: "A key with which a verifier identifies itself was bound or removed"}})
	ActWebhookSet = journal.DefineAct(journal.Act{Code: "validation.webhook_set", Details: []string{"verifier", "target"},
		Text: lang.Text{JA: "検証者への通知先を記録しました", EN: "The place where a verifier is told of events was recorded"}})
	ActConsentGiven = journal.DefineAct(journal.Act{Code: "validation.consent_given", Details: []string{"consent", "for", "fields", "from", "to"},
		Text: lang.Text{JA: "最新の基本4情報を検証者に知らせることに同意しました", EN: "Consent to tell a verifier the latest basic attributes was given"}})
	ActConsentEnded = journal.DefineAct(journal.Act{Code: "validation.consent_withdrawn", Details: []string{"consent", "verifier", "for"},
		Text: lang.Text{JA: "最新の基本4情報を知らせる同意を取り消しました", EN: "Consent to tell the latest basic attributes was withdrawn"}})
	ActAttributesAsked = journal.DefineAct(journal.Act{Code: "validation.attributes_asked", Details: []string{"consent", "for", "fields", "changed"},
		Text: lang.Text{JA: "検証者が最新の基本4情報を照会しました", EN: "A verifier asked for the latest basic attributes"}})
	ActWatched = journal.DefineAct(journal.Act{Code: "validation.watch_changed", Details: []string{"kind", "for", "act"},
		Text: lang.Text{JA: "検証者が電子証明書の失効の通知を申し込みました、または終えました", EN: "A verifier began or ceased to watch a certificate for revocation"}})
	ActTold = journal.DefineAct(journal.Act{Code: "validation.verifier_told", Details: []string{"verifier", "kind", "for", "verdict", "number"},
		Text: lang.Text{JA: "電子証明書の状態の変化を検証者に知らせました", EN: "A verifier was told that the status of a certificate changed"}})
	ActEventsAsked = journal.DefineAct(journal.Act{Code: "validation.events_asked", Details: []string{"for", "events"},
		Text: lang.Text{JA: "検証者が通知の一覧を取り出しました", EN: "A verifier fetched what it had been told"}})
	ActSwitched = journal.DefineAct(journal.Act{Code: "validation.fault_switched", Details: []string{"fault", "kind", "act"},
		Text: lang.Text{JA: "試験用の応答の誤りを切り替えました", EN: "A fault of the test switchboard was switched"}})
)
