// Package staff knows who works where and may do what: members, roles,
// branches, terminals, and the rule that risky acts need two persons (OPS-34,
// P-16, P-17, P-36).
//
// The register is asked within the transaction of each act, and nothing of it is
// cached, so that a suspension or a missing terminal counts from its commit
// on, everywhere and in the middle of a session. What one staff id did is
// journal.OfActor.
package staff

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the tables staff_branch, staff_member, staff_role and
// staff_terminal.
func Schema() db.Schema {
	sub, err := fs.Sub(files, "schema")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return db.Schema{Office: "staff", FS: sub}
}

// Branch is a place where staff work.
type Branch struct {
	ID           string
	Municipality string // code with check digit; "" for the agency's
	Name         string
	Hours        Hours
}

// Hours are the opening hours, Japan time.
type Hours struct {
	Weekdays string // digits 1 (Monday) to 7 (Sunday), rising: "12345"
	Opens    string // "08:30"
	Closes   string // "17:15", not included
}

// Open reports whether instant t lies within the hours.
func (h Hours) Open(t time.Time) bool {
	j := t.In(mynumber.JST)
	day := int(j.Weekday()+6)%7 + 1
	clock := j.Format("15:04")
	return strings.ContainsRune(h.Weekdays, rune('0'+day)) && clock >= h.Opens && clock < h.Closes
}

// MemberState is where a member stands.
type MemberState string

// The states of a member.
const (
	Active    MemberState = "active"
	Suspended MemberState = "suspended"
	Left      MemberState = "left"
)

// Members is the table of member states and moves.
var Members = states.New(states.Machine[MemberState]{
	Name: "staff member", Title: lang.Text{JA: "職員", EN: "Member of staff"}, Initial: Active,
	States: []states.State[MemberState]{
		{ID: Active, Text: lang.Text{JA: "在職", EN: "active"}},
		{ID: Suspended, Text: lang.Text{JA: "停止中", EN: "suspended"}},
		{ID: Left, Text: lang.Text{JA: "退職", EN: "left"}, End: true},
	},
	Moves: []states.Move[MemberState]{
		{Act: "suspend", From: Active, To: Suspended},
		{Act: "resume", From: Suspended, To: Active},
		{Act: "leave", From: Active, To: Left},
		{Act: "leave", From: Suspended, To: Left},
	},
})

// Member is one member of staff, also of a contractor (H-09).
type Member struct {
	ID       string // never used twice
	Name     string
	Branch   string
	Employer string // "agency", a municipality's code or a contractor's id
	Person   string // the member's own id in the resident register, "" if unknown
	State    MemberState
	Roles    []Role
}

// TerminalState is where a terminal stands.
type TerminalState string

// The states of a terminal.
const (
	Registered TerminalState = "registered"
	Missing    TerminalState = "missing"
	Retired    TerminalState = "retired"
)

// Terminals is the table of terminal states and moves (P-16).
var Terminals = states.New(states.Machine[TerminalState]{
	Name: "terminal", Title: lang.Text{JA: "端末", EN: "Terminal"}, Initial: Registered,
	States: []states.State[TerminalState]{
		{ID: Registered, Text: lang.Text{JA: "使用可", EN: "registered"}},
		{ID: Missing, Text: lang.Text{JA: "紛失", EN: "missing"}},
		{ID: Retired, Text: lang.Text{JA: "廃止", EN: "retired"}, End: true},
	},
	Moves: []states.Move[TerminalState]{
		{Act: "report_missing", From: Registered, To: Missing},
		{Act: "find", From: Missing, To: Registered},
		{Act: "retire", From: Registered, To: Retired},
		{Act: "retire", From: Missing, To: Retired},
	},
})

// Terminal is a counter terminal of a branch.
type Terminal struct {
	ID     string
	Branch string
	State  TerminalState
	Since  time.Time // of the state
}

// Who names the actor of an act on the register, and when.
type Who struct {
	Actor  journal.Actor
	At     time.Time
	Reason string
}

// The acts of the register.
var (
	Changed = journal.DefineAct(journal.Act{Code: "staff.member_changed", Details: []string{"member", "act", "role"},
		Text: lang.Text{JA: "職員の登録が変更されました", EN: "The record of a member of staff was changed"}})
	BranchAdded = journal.DefineAct(journal.Act{Code: "staff.branch_added", Details: []string{"branch"},
		Text: lang.Text{JA: "窓口が登録されました", EN: "A branch was registered"}})
	TerminalChanged = journal.DefineAct(journal.Act{Code: "staff.terminal_changed", Details: []string{"terminal", "act"},
		Text: lang.Text{JA: "端末の登録が変更されました", EN: "The record of a terminal was changed"}})
	EmployerSuspended = journal.DefineAct(journal.Act{Code: "staff.employer_suspended", Details: []string{"employer"},
		Text: lang.Text{JA: "ある事業者の職員全員の利用が停止されました", EN: "All staff of one employer were suspended"}})
)

var (
	idForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$`)
	timeForm  = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	weekdays  = regexp.MustCompile(`^1?2?3?4?5?6?7?$`)
	nameBytes = 200
)

func fitName(s string) bool {
	return s != "" && len(s) <= nameBytes && utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\n\r\t")
}

func (w Who) write(ctx context.Context, tx *db.Tx, act string, details map[string]string) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: w.At, Actor: w.Actor, Office: "staff", Act: act, Reason: w.Reason, Details: details})
	return err
}

// AddBranch registers a branch.
func AddBranch(ctx context.Context, tx *db.Tx, b Branch, who Who) error {
	switch {
	case !idForm.MatchString(b.ID):
		return Malformed.New("id")
	case !fitName(b.Name):
		return Malformed.New("name")
	case b.Municipality != "" && !idForm.MatchString(b.Municipality):
		return Malformed.New("municipality")
	case b.Hours.Weekdays == "" || !weekdays.MatchString(b.Hours.Weekdays) || !timeForm.MatchString(b.Hours.Opens) ||
		!timeForm.MatchString(b.Hours.Closes) || b.Hours.Opens >= b.Hours.Closes:
		return Malformed.New("hours")
	}
	n, err := tx.Exec(ctx, `INSERT INTO staff_branch (id, municipality, name, weekdays, opens, closes) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`, b.ID, b.Municipality, b.Name, b.Hours.Weekdays, b.Hours.Opens, b.Hours.Closes)
	if err != nil {
		return err
	}
	if n == 0 {
		return Exists.New(b.ID)
	}
	return who.write(ctx, tx, BranchAdded, map[string]string{"branch": b.ID})
}

// GetBranch returns a branch, or Unknown.
func GetBranch(ctx context.Context, tx *db.Tx, id string) (b Branch, err error) {
	err = tx.QueryRow(ctx, `SELECT id, municipality, name, weekdays, opens, closes FROM staff_branch WHERE id = $1`, id).
		Scan(&b.ID, &b.Municipality, &b.Name, &b.Hours.Weekdays, &b.Hours.Opens, &b.Hours.Closes)
	return b, missing(err, id)
}

// missing turns "no rows" into Unknown.
func missing(err error, id string) error {
	if !errors.Is(err, db.ErrNoRows) {
		return err
	}
	if !idForm.MatchString(id) {
		id = "?"
	}
	return Unknown.New(id)
}
