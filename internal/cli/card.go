package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/mynumber"
)

type cardCommands struct {
	List cardListCommand `cmd:"" help:"List the cards of a kept world."`
	Show cardShowCommand `cmd:"" help:"Show one card: record, certificates and what happened to it."`

	Insert   cardInsertCommand   `cmd:"" help:"Lay cards on pcscd's virtual reader, for any program that speaks PC/SC."`
	New      cardNewCommand      `cmd:"" help:"Make a ready card in a file; needs no server."`
	Profiles cardProfilesCommand `cmd:"" help:"List the ready cards, or write one as JSON."`
}

type cardListCommand struct{ worldFlags }

// cardLine is one card as listed.
type cardLine struct {
	ID           mynumber.CardID           `json:"card"`
	Holder       string                    `json:"holder"`
	Municipality mynumber.MunicipalityCode `json:"municipality"`
	State        cards.State               `json:"state"`
	Expires      string                    `json:"expires"`
	OnShelf      bool                      `json:"on_shelf"`
}

func (l cardListCommand) Run(c *console) (err error) {
	box, err := l.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	lines, err := listCards(c, box)
	if err != nil {
		return err
	}
	if l.JSON {
		return c.json(lines)
	}
	t := table.NewWriter()
	t.SetOutputMirror(c.out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{lang.Text{JA: "カード", EN: "card"}.In(c.lang), lang.Text{JA: "氏名", EN: "holder"}.In(c.lang),
		lang.Text{JA: "団体コード", EN: "municipality"}.In(c.lang), lang.Text{JA: "状態", EN: "state"}.In(c.lang), lang.Text{JA: "有効期限", EN: "valid to"}.In(c.lang)})
	for _, x := range lines {
		t.AppendRow(table.Row{x.ID, x.Holder, x.Municipality, cards.Lives.Text(x.State).In(c.lang), x.Expires})
	}
	t.Render()
	return nil
}

func listCards(c *console, box *server.Sandbox) ([]cardLine, error) {
	people, err := box.House.Registry.IDs(c.ctx)
	if err != nil {
		return nil, err
	}
	onShelf := map[mynumber.CardID]bool{}
	ids, err := box.Shelf.List()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		onShelf[id] = true
	}
	lines := []cardLine{}
	for _, person := range people {
		all, err := box.House.Cards.OfPerson(c.ctx, person)
		if err != nil {
			return nil, err
		}
		p, err := box.House.Registry.Person(c.ctx, person)
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			lines = append(lines, cardLine{x.ID, p.Attributes.Name, x.Municipality, x.State, x.ExpiresOn.String(), onShelf[x.ID]})
		}
	}
	return lines, nil
}

type cardShowCommand struct {
	worldFlags
	ID string `arg:"" help:"The card's id, 15 digits (see kado card list)."`
}

// cardView is one card as shown.
type cardView struct {
	cardLine
	Reason       cards.EndReason   `json:"reason,omitempty"`
	Certificates []certificateView `json:"certificates"`
	Acts         []actView         `json:"acts"`
}

type certificateView struct {
	Kind     string            `json:"kind"`
	Medium   string            `json:"medium,omitempty"` // "" for the card
	Serial   string            `json:"serial"`
	State    authority.State   `json:"state"`
	Reason   string            `json:"reason,omitempty"`
	Key      authority.KeyPath `json:"key"`
	NotAfter string            `json:"not_after"`
	Replaces string            `json:"replaces,omitempty"`
}

type actView struct {
	Number int64  `json:"number"`
	At     string `json:"at"`
	Who    string `json:"who"`
	Act    string `json:"act"`
	Text   string `json:"text"`
	// Outcome is "done", or "refused".
	Outcome string `json:"outcome"`
}

func (s cardShowCommand) Run(c *console) (err error) {
	id, err := mynumber.ParseCardID(s.ID)
	if err != nil {
		return BadArguments.Because(err, "ID")
	}
	box, err := s.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	v, err := viewCard(c, box, id)
	if err != nil {
		return err
	}
	if s.JSON {
		return c.json(v)
	}
	fmt.Fprintf(c.out, "%s  %s  %s  %s %s\n", v.ID, v.Holder, cards.Lives.Text(v.State).In(c.lang),
		lang.Text{JA: "有効期限", EN: "valid to"}.In(c.lang), v.Expires)
	for _, x := range v.Certificates {
		c.certificateLine(x)
	}
	for _, a := range v.Acts {
		text := a.Text
		if a.Outcome == string(journal.Refused) {
			text += lang.Text{JA: "（断りました）", EN: " (refused)"}.In(c.lang)
		}
		fmt.Fprintf(c.out, "  #%-5d %s  %-22s %s\n", a.Number, a.At, a.Who, text)
	}
	return nil
}

func viewCard(c *console, box *server.Sandbox, id mynumber.CardID) (cardView, error) {
	var v cardView
	card, err := box.House.Cards.Card(c.ctx, id)
	if err != nil {
		return v, err
	}
	lines, err := listCards(c, box)
	if err != nil {
		return v, err
	}
	for _, x := range lines {
		if x.ID == id {
			v.cardLine = x
		}
	}
	v.Reason, v.Certificates, v.Acts = card.EndReason, []certificateView{}, []actView{}
	certs, err := box.House.Authority.OfCard(c.ctx, id)
	if err != nil {
		return v, err
	}
	for _, x := range certs {
		v.Certificates = append(v.Certificates, viewCertificate(x))
	}
	return v, box.House.DB.View(c.ctx, func(tx *db.Tx) error {
		v.Acts = v.Acts[:0]
		entries, err := journal.OfCard(c.ctx, tx, string(id), 0, 1000)
		if err != nil {
			return err
		}
		asked, err := journal.OfPerson(c.ctx, tx, card.Person, 0, 1000)
		if err != nil {
			return err
		}
		// Questions about certificates name the serial number, not the card.
		for _, e := range asked {
			if e.Card == "" && slices.ContainsFunc(v.Certificates, func(x certificateView) bool { return x.Serial == e.Serial }) {
				entries = append(entries, e)
			}
		}
		slices.SortFunc(entries, func(a, b journal.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
		for _, e := range entries {
			act, _ := journal.ActOf(e.Act)
			v.Acts = append(v.Acts, actView{e.Seq, e.At.In(mynumber.JST).Format("2006-01-02 15:04"), string(e.Actor.Kind) + " " + e.Actor.ID, e.Act, act.Text.In(c.lang), string(e.Outcome)})
		}
		return nil
	})
}
