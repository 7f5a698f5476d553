package mynumber

import (
	"errors"
	"time"
)

// DocumentKind is a kind of identity document (本人確認書類).
type DocumentKind string

// The kinds of list one: with photo, one is enough (PRD-44).
const (
	ResidentCardWithPhoto      DocumentKind = "resident_card_with_photo"      // 住民基本台帳カード（写真付き）
	DrivingLicence             DocumentKind = "driving_licence"               // 運転免許証
	DrivingHistoryCertificate  DocumentKind = "driving_history_certificate"   // 運転経歴証明書
	Passport                   DocumentKind = "passport"                      // 旅券
	PhysicalDisabilityHandbook DocumentKind = "physical_disability_handbook"  // 身体障害者手帳
	MentalDisabilityHandbook   DocumentKind = "mental_disability_handbook"    // 精神障害者保健福祉手帳
	IntellectualHandbook       DocumentKind = "intellectual_handbook"         // 療育手帳
	ResidenceCard              DocumentKind = "residence_card"                // 在留カード
	SpecialPermanentCard       DocumentKind = "special_permanent_certificate" // 特別永住者証明書
	TemporaryRefugePermit      DocumentKind = "temporary_refuge_permit"       // 一時庇護許可書
	ProvisionalStayPermit      DocumentKind = "provisional_stay_permit"       // 仮滞在許可書
)

// The kinds of list two: two are needed (PRD-46).
const (
	HealthInsuranceCard DocumentKind = "health_insurance_card" // 健康保険証
	EligibilityProof    DocumentKind = "eligibility_proof"     // 資格確認書
	PensionBook         DocumentKind = "pension_book"          // 年金手帳
	EmployeeCard        DocumentKind = "employee_card"         // 社員証
	StudentCard         DocumentKind = "student_card"          // 学生証
	SchoolPaper         DocumentKind = "school_paper"          // 学校名が記載された書類
	MedicalRecipient    DocumentKind = "medical_recipient"     // 医療受給者証
)

// DocumentRule says what a kind of document is good for.
type DocumentRule struct {
	List          int  // 1: one is enough; 2: two of different kinds are needed
	NeedsExpiry   bool // every paper of this kind carries its last day
	IssuedFrom    Date // papers issued earlier do not count; zero for no such limit
	AcceptedFrom  Date // the kind counts from this day; zero for always
	AcceptedUntil Date // the kind counts until this day, included; zero for always
}

// DocumentTable holds the kinds that a municipality accepts. List two is the
// mayor's to decide, so a municipality may change its own copy (PRD-47).
type DocumentTable map[DocumentKind]DocumentRule

// DefaultDocuments returns a new table with the kinds of PRD-44 to PRD-46. A
// health insurance card counts until 2025-12-01, the last day on which an old
// one can be valid (C-25); the proof of eligibility from 2024-12-02.
func DefaultDocuments() DocumentTable {
	return DocumentTable{
		ResidentCardWithPhoto:      {List: 1, NeedsExpiry: true},
		DrivingLicence:             {List: 1, NeedsExpiry: true},
		DrivingHistoryCertificate:  {List: 1, IssuedFrom: Date{2012, time.April, 1}}, // PRD-45
		Passport:                   {List: 1, NeedsExpiry: true},
		PhysicalDisabilityHandbook: {List: 1},
		MentalDisabilityHandbook:   {List: 1, NeedsExpiry: true},
		IntellectualHandbook:       {List: 1},
		ResidenceCard:              {List: 1, NeedsExpiry: true},
		SpecialPermanentCard:       {List: 1, NeedsExpiry: true},
		TemporaryRefugePermit:      {List: 1, NeedsExpiry: true},
		ProvisionalStayPermit:      {List: 1, NeedsExpiry: true},

		HealthInsuranceCard: {List: 2, AcceptedUntil: Date{2025, time.December, 1}},
		EligibilityProof:    {List: 2, NeedsExpiry: true, AcceptedFrom: Date{2024, time.December, 2}},
		PensionBook:         {List: 2},
		EmployeeCard:        {List: 2},
		StudentCard:         {List: 2},
		SchoolPaper:         {List: 2},
		MedicalRecipient:    {List: 2},
	}
}

// IdentityDocument is one paper as shown at the counter.
type IdentityDocument struct {
	Kind    DocumentKind
	Issued  Date // zero where the paper does not say
	Expires Date // last day, included; zero where the paper has none
}

// Why a document does not count, or why the documents together are not enough.
var (
	ErrDocumentKind     = errors.New("mynumber: this kind of identity document is not accepted")
	ErrDocumentDates    = errors.New("mynumber: a date of the identity document is missing or does not exist")
	ErrDocumentExpired  = errors.New("mynumber: the identity document has expired")
	ErrDocumentTooEarly = errors.New("mynumber: the identity document was issued before the first day that counts")
	ErrDocuments        = errors.New("mynumber: one document of list one or two different ones of list two are needed")
)

// Counts returns nil if a document counts on a day, else ErrDocumentKind,
// ErrDocumentDates, ErrDocumentExpired or ErrDocumentTooEarly.
func (t DocumentTable) Counts(doc IdentityDocument, on Date) error {
	rule, ok := t[doc.Kind]
	switch {
	case !ok || rule.List != 1 && rule.List != 2,
		!rule.AcceptedFrom.IsZero() && on.Before(rule.AcceptedFrom),
		!rule.AcceptedUntil.IsZero() && on.After(rule.AcceptedUntil):
		return ErrDocumentKind
	case !on.Valid(),
		!doc.Issued.IsZero() && (!doc.Issued.Valid() || doc.Issued.After(on)),
		!doc.Expires.IsZero() && !doc.Expires.Valid(),
		rule.NeedsExpiry && doc.Expires.IsZero(),
		!rule.IssuedFrom.IsZero() && doc.Issued.IsZero():
		return ErrDocumentDates
	case !doc.Expires.IsZero() && on.After(doc.Expires):
		return ErrDocumentExpired
	case !rule.IssuedFrom.IsZero() && doc.Issued.Before(rule.IssuedFrom):
		return ErrDocumentTooEarly
	}
	return nil
}

// Sufficient returns nil if the documents prove an identity on a day:
// one that counts of list one, or two that count of list two and are of
// different kinds, so that one paper shown twice is not two. Documents that do
// not count are passed over. Otherwise it is ErrDocuments.
func (t DocumentTable) Sufficient(docs []IdentityDocument, on Date) error {
	second := map[DocumentKind]bool{}
	for _, doc := range docs {
		if t.Counts(doc, on) != nil {
			continue
		}
		if t[doc.Kind].List == 1 {
			return nil
		}
		second[doc.Kind] = true
		if len(second) == 2 {
			return nil
		}
	}
	return ErrDocuments
}

// SufficientDocuments is Sufficient of DefaultDocuments.
func SufficientDocuments(docs []IdentityDocument, on Date) error {
	return DefaultDocuments().Sufficient(docs, on)
}
