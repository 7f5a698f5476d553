package vault

import "kado/internal/platform/lang"

// Purpose is why a number is read. The list is closed (house rule 5): the Act on
// the Use of Numbers permits the use and provision of numbers only where it says
// so (Articles 9 and 19), and OPS-27 asks for new purposes to be refused.
type Purpose string

// The purposes.
const (
	CardProduction    Purpose = "card_production"    // writing and printing a new card
	CardRewrite       Purpose = "card_rewrite"       // rewriting a card at the counter
	RegistryNotice    Purpose = "registry_notice"    // telling the holder the number
	LegalVerification Purpose = "legal_verification" // comparing a number shown with the one on record
	RegistryRecord    Purpose = "registry_record"    // issuing a copy of the resident record that carries the number
	CardProof         Purpose = "card_proof"         // telling whether the issuer's signature on a card is over this person's number; nobody is told the number
)

// grounds gives each purpose's name and legal ground.
var grounds = map[Purpose]struct{ name, ground lang.Text }{
	CardProduction: {
		lang.Text{JA: "個人番号カードの発行", EN: "issue of an Individual Number Card"},
		lang.Text{JA: "番号法第16条の2", EN: "Number Use Act, Article 16-2"},
	},
	CardRewrite: {
		lang.Text{JA: "個人番号カードの記載事項の変更", EN: "change of what an Individual Number Card holds"},
		lang.Text{JA: "番号法第17条", EN: "Number Use Act, Article 17"},
	},
	RegistryNotice: {
		lang.Text{JA: "個人番号の通知", EN: "notice of an Individual Number"},
		lang.Text{JA: "番号法第7条", EN: "Number Use Act, Article 7"},
	},
	LegalVerification: {
		lang.Text{JA: "本人確認の措置", EN: "identity verification"},
		lang.Text{JA: "番号法第16条", EN: "Number Use Act, Article 16"},
	},
	RegistryRecord: {
		lang.Text{JA: "住民票への記載", EN: "entry in the resident record"},
		lang.Text{JA: "住民基本台帳法第7条", EN: "Basic Resident Register Act, Article 7"},
	},
	CardProof: {
		lang.Text{JA: "カードの記載の確認", EN: "check of what a card holds"},
		lang.Text{JA: "番号法第16条の2（発行者が、発行したカードの記載を確かめる事務）", EN: "Number Use Act, Article 16-2 (the issuer verifies what it wrote)"},
	},
}

// Purposes returns the whole list, for documents and tests.
func Purposes() []Purpose {
	return []Purpose{CardProduction, CardRewrite, RegistryNotice, LegalVerification, RegistryRecord, CardProof}
}

// Text names the purpose for people.
func (p Purpose) Text() lang.Text { return grounds[p].name }

// Ground names the law that permits it.
func (p Purpose) Ground() lang.Text { return grounds[p].ground }

func (p Purpose) known() bool { _, ok := grounds[p]; return ok }

// gives reports whether the number may leave the vault for this purpose.
func (p Purpose) gives() bool { return p.known() && p != CardProof }
