package staff

import "kado/internal/platform/lang"

// Role is what a member of staff may do. The list is closed.
type Role string

// The roles.
const (
	IntakeExaminer  Role = "intake_examiner"  // examines applications and photos
	MakerOperator   Role = "maker_operator"   // makes cards
	Custodian       Role = "custodian"        // keeps and hands out undelivered cards
	CounterClerk    Role = "counter_clerk"    // runs sessions with a card on the reader
	IdentityChecker Role = "identity_checker" // checks who the visitor is
	HotlineOperator Role = "hotline_operator" // stops cards by telephone
	CAOperator      Role = "ca_operator"      // runs the certification authorities
	RegistryClerk   Role = "registry_clerk"   // keeps the resident register
	Supervisor      Role = "supervisor"       // keeps this register; approves exceptions
	Auditor         Role = "auditor"          // reads the journal
)

// roles gives each role's name, and whether it acts at a terminal of its branch
// within opening hours (P-16, P-17).
var roles = map[Role]struct {
	text   lang.Text
	atDesk bool
}{
	IntakeExaminer:  {lang.Text{JA: "申請審査担当", EN: "intake examiner"}, false},
	MakerOperator:   {lang.Text{JA: "カード製造担当", EN: "maker operator"}, false},
	Custodian:       {lang.Text{JA: "カード保管担当", EN: "custodian"}, true},
	CounterClerk:    {lang.Text{JA: "窓口担当", EN: "counter clerk"}, true},
	IdentityChecker: {lang.Text{JA: "本人確認担当", EN: "identity checker"}, true},
	HotlineOperator: {lang.Text{JA: "コールセンター担当", EN: "hotline operator"}, false},
	CAOperator:      {lang.Text{JA: "認証局担当", EN: "CA operator"}, false},
	RegistryClerk:   {lang.Text{JA: "住民記録担当", EN: "registry clerk"}, true},
	Supervisor:      {lang.Text{JA: "責任者", EN: "supervisor"}, false},
	Auditor:         {lang.Text{JA: "監査担当", EN: "auditor"}, false},
}

// Roles returns the whole list, for pages and tests.
func Roles() []Role {
	return []Role{IntakeExaminer, MakerOperator, Custodian, CounterClerk, IdentityChecker, HotlineOperator,
		CAOperator, RegistryClerk, Supervisor, Auditor}
}

// Text names the role for people.
func (r Role) Text() lang.Text { return roles[r].text }

// AtDesk reports whether the role acts only at a terminal of its branch, within
// opening hours.
func (r Role) AtDesk() bool { return roles[r].atDesk }

func (r Role) known() bool { _, ok := roles[r]; return ok }
