package authority

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// The acts of this office in the journal.
var (
	ActGenerationBegun = journal.DefineAct(journal.Act{Code: "authority.generation_begun", Details: []string{"kind", "generation", "sha256", "algorithm"},
		Text: lang.Text{JA: "認証局の新しい世代を始めました", EN: "A new generation of a certification authority began"}})
	ActCeremonyBegun = journal.DefineAct(journal.Act{Code: "authority.ceremony_begun", Details: []string{"kind", "generation", "plan_sha256", "act", "witness"},
		Text: lang.Text{JA: "認証局の式を始めました", EN: "A ceremony of a certification authority began"}})
	ActCeremonyDone = journal.DefineAct(journal.Act{Code: "authority.ceremony_done", Details: []string{"kind", "generation", "plan_sha256", "act", "witness", "record_sha256"},
		Text: lang.Text{JA: "認証局の式を終えました", EN: "A ceremony of a certification authority was completed"}})
	ActResponderPrepared = journal.DefineAct(journal.Act{Code: "authority.responder_prepared", Details: []string{"kind", "generation", "tbs_sha256"},
		Text: lang.Text{JA: "失効情報応答用の証明書に署名します", EN: "A responder certificate is about to be signed"}})
	ActResponderIssued = journal.DefineAct(journal.Act{Code: "authority.responder_issued", Details: []string{"kind", "generation", "sha256"},
		Text: lang.Text{JA: "失効情報応答用の証明書を発行しました", EN: "A responder certificate was issued"}})
	ActKeyDestroyed = journal.DefineAct(journal.Act{Code: "authority.key_destroyed", Details: []string{"key", "wrapped_sha256"},
		Text: lang.Text{JA: "署名用の鍵をICチップ専用に暗号化し、元の鍵を消去しました", EN: "A signature key was made, encrypted for one chip alone, and destroyed at the authority"}})
	ActPrepared = journal.DefineAct(journal.Act{Code: "authority.certificate_prepared", Details: []string{"kind", "generation", "tbs_sha256", "request"},
		Text: lang.Text{JA: "電子証明書に署名します", EN: "A certificate is about to be signed"}})
	ActIssued = journal.DefineAct(journal.Act{Code: "authority.certificate_issued", Details: []string{"kind", "generation", "sha256", "key"},
		Text: lang.Text{JA: "電子証明書を発行しました（まだ有効ではありません）", EN: "A certificate was issued; it is not yet valid"}})
	ActDropped = journal.DefineAct(journal.Act{Code: "authority.certificate_dropped", Details: []string{"kind"},
		Text: lang.Text{JA: "電子証明書の発行を取りやめました", EN: "A certificate was given up before it was issued"}})
	ActActivated = journal.DefineAct(journal.Act{Code: "authority.certificate_activated", Details: []string{"kind"},
		Text: lang.Text{JA: "電子証明書を有効にしました", EN: "A certificate became valid"}})
	ActHeld = journal.DefineAct(journal.Act{Code: "authority.certificate_held", Details: []string{"kind"},
		Text: lang.Text{JA: "電子証明書を一時保留にしました", EN: "A certificate was put on hold"}})
	ActReleased = journal.DefineAct(journal.Act{Code: "authority.certificate_released", Details: []string{"kind"},
		Text: lang.Text{JA: "電子証明書の一時保留を解除しました", EN: "The hold of a certificate was lifted"}})
	ActRevoked = journal.DefineAct(journal.Act{Code: "authority.certificate_revoked", Details: []string{"kind"},
		Text: lang.Text{JA: "電子証明書を失効させました", EN: "A certificate was revoked"}})
	ActNotified = journal.DefineAct(journal.Act{Code: "authority.expiry_notified", Details: []string{"kind", "months"},
		Text: lang.Text{JA: "電子証明書の有効期限をお知らせしました", EN: "The holder was told that a certificate expires"}})
)

// actOf gives each move of Certificates its act in the journal.
var actOf = map[string]string{
	"sign": ActIssued, "drop": ActDropped, "activate": ActActivated, "hold": ActHeld, "release": ActReleased, "revoke": ActRevoked,
}
