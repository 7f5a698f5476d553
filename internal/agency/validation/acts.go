package validation

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// The acts of this office in the journal.
var (
	ActAccredited = journal.DefineAct(journal.Act{Code: "validation.verifier_accredited", Details: []string{"verifier", "purposes", "from", "to"},
		Text: lang.Text{JA: "検証者の認定を記録しました", EN: "The accreditation of a verifier was recorded"}})
	ActStatusAsked = journal.DefineAct(journal.Act{Code: "validation.status_asked", Details: []string{"kind", "verdict", "for"},
		Text: lang.Text{JA: "検証者が電子証明書の有効性を照会しました", EN: "A verifier asked for the status of a certificate"}})
	ActLinkageAsked = journal.DefineAct(journal.Act{Code: "validation.linkage_asked", Details: []string{"kind", "linked", "for", "way"},
		Text: lang.Text{JA: "検証者が新旧の電子証明書の紐付けを照会しました", EN: "A verifier asked which certificate was replaced"}})
	ActListPublished = journal.DefineAct(journal.Act{Code: "validation.list_published", Details: []string{"kind", "generation", "municipality", "number", "entries", "sha256"},
		Text: lang.Text{JA: "失効リストを発行しました", EN: "A revocation list was published"}})
)
