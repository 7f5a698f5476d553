package trace_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/reader"
	"kado/reader/trace"
)

type placeOf struct {
	app layout.Application
	id  uint16
}

func catalogue() map[placeOf]trace.Entry {
	out := map[placeOf]trace.Entry{}
	for _, e := range trace.Catalogue() {
		out[placeOf{e.App, e.ID}] = e
	}
	return out
}

// TestCatalogueKnowsTheWholeChip: every row of the chip's access table, with the
// same kind and the same way in; and nothing that the chip knows nothing of.
func TestCatalogueKnowsTheWholeChip(t *testing.T) {
	kinds := map[string]string{"file": "file", "record": "file", "data object": "object", "PIN": "reference", "number": "reference", "key": "key", "unknown": "unknown"}
	known := catalogue()
	for _, row := range chip.AccessTable() {
		p := placeOf{row.Application, row.ID}
		e, there := known[p]
		delete(known, p)
		// The terminal CA key has no use on this card, but a name.
		terminal := p == placeOf{layout.JPKI, uint16(layout.JPKITerminalCA)}
		if !there || e.Kind != kinds[row.Kind] && !terminal {
			t.Errorf("%v %04X, %s: the catalogue has %q", row.Application, row.ID, row.Kind, e.Kind)
			continue
		}
		if e.Kind == "reference" {
			continue
		}
		slices.Sort(e.Unlock)
		slices.Sort(row.Unlock)
		if (row.Policy != 0) != e.Policy || !e.Policy && !slices.Equal(e.Unlock, row.Unlock) {
			t.Errorf("%v %04X: opened by %v on the chip, the catalogue says %v", row.Application, row.ID, row.Unlock, e.Unlock)
		}
	}
	for p := range known {
		if p.app != layout.Master { // serial, transport key and answer to reset are no rows of the table
			t.Errorf("%v %04X is not on the chip", p.app, p.id)
		}
	}
}

// TestCatalogueKnowsTheFileMap: every row of docs/card.md, and every AID that
// stands in it.
func TestCatalogueKnowsTheFileMap(t *testing.T) {
	b, err := os.ReadFile("../../docs/card.md")
	ok(t, err)
	known := catalogue()
	row := regexp.MustCompile(`^\| ([0-9A-F]{4}) \|`)
	aid := regexp.MustCompile("^AID `([0-9A-F ]+)`")
	rows, app := 0, layout.Application(0xFF)
	for line := range strings.SplitSeq(string(b), "\n") {
		if m := aid.FindStringSubmatch(line); m != nil {
			name, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
			ok(t, err)
			app = layout.Slot(1)
			for _, a := range append(layout.Applications(), layout.Master) {
				if bytes.Equal(a.AID(), name) {
					app = a
				}
			}
			if app == layout.Slot(1) {
				name = append(name, 7)
			}
			for _, p2 := range []byte{0x00, 0x0C} {
				x := trace.Explain([][]byte{append([]byte{0x00, 0xA4, 0x04, p2, byte(len(name))}, name...)}, [][]byte{{0x90, 0x00}}).Exchanges[0]
				if x.Target == "" || strings.Contains(x.Target, "unknown") {
					t.Errorf("AID %X: %q", name, x.Target)
				}
			}
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		rows++
		id, err := strconv.ParseUint(m[1], 16, 16)
		ok(t, err)
		if _, there := known[placeOf{app, uint16(id)}]; !there {
			t.Errorf("%v %s is in the file map and not in the catalogue", app, m[1])
		}
	}
	if rows < 65 {
		t.Errorf("only %d rows found", rows)
	}
}

// TestEveryRowIsExplained selects, reads, queries and uses every entry of the
// catalogue: target and access are told in both languages.
func TestEveryRowIsExplained(t *testing.T) {
	for _, e := range trace.Catalogue() {
		id := []byte{byte(e.ID >> 8), byte(e.ID)}
		aid := e.App.AID()
		if e.App.Slot() > 0 {
			aid = append(cardmgmt.MunicipalCard.Prefix(), 1)
		}
		commands := [][]byte{append([]byte{0x00, 0xA4, 0x04, 0x0C, byte(len(aid))}, aid...)}
		switch e.Kind {
		case "object":
			commands = append(commands, []byte{0x00, 0xCA, id[0], id[1], 0})
		case "reference":
			commands = append(commands, []byte{0x00, 0x20, 0x00, 0x80 | id[1]}, []byte{0x00, 0x24, 0x01, 0x80 | id[1], 4, 1, 2, 3, 4})
		case "key":
			commands = append(commands, []byte{0x80, 0x2A, 0x00, 0x80 | id[1], 1, 1, 0})
		default:
			commands = append(commands, []byte{0x00, 0xA4, 0x02, 0x0C, 2, id[0], id[1]}, []byte{0x00, 0xB0, 0x00, 0x00, 0})
		}
		responses := make([][]byte, len(commands))
		for i := range responses {
			responses[i] = []byte{0x90, 0x00}
		}
		for _, l := range []trace.Language{trace.English, trace.Japanese} {
			tr := trace.Explain(commands, responses, trace.In(l))
			last := tr.Exchanges[len(tr.Exchanges)-1]
			if !strings.Contains(last.Target, fmt.Sprintf("%04X %s", e.ID, e.Name.In(l))) || last.Access == "" {
				t.Errorf("%v %04X: %+v", e.App, e.ID, last.Explanation)
			}
			if l == trace.Japanese {
				for _, x := range tr.Exchanges {
					inJapanese(t, x)
				}
			}
		}
	}
}

// TestR22_EveryIssuerOperationIsExplained: every operation that cardmgmt knows,
// those of the free area too, is named in BEGIN, DATA and COMMIT.
func TestR22_EveryIssuerOperationIsExplained(t *testing.T) {
	ops := append(cardmgmt.Ops(), cardmgmt.FreeAreaOps()...)
	if len(ops) != 15 {
		t.Errorf("%d operations", len(ops))
	}
	names := map[string]bool{}
	for _, op := range ops {
		begin := append([]byte{0x80, cardmgmt.InsBegin, 0, 0, cardmgmt.BeginLen}, cardmgmt.Act{Op: op}.Begin()...)
		commands := [][]byte{begin, {0x80, cardmgmt.InsData, 0, 0, 1, 1}, {0x80, cardmgmt.InsSetPIN, 5, 0x18, 4, '4', '2', '7', '1'}, {0x80, cardmgmt.InsCommit, 0, 0, 0, 0, 0}}
		responses := [][]byte{{0x90, 0}, {0x90, 0}, {0x90, 0}, append(make([]byte, 32), 0x90, 0)}
		tr := trace.Explain(commands, responses)
		for i, x := range tr.In(trace.Japanese).Exchanges {
			inJapanese(t, x)
			if x.Target == "" || tr.Exchanges[i].Target == "" {
				t.Errorf("%v: %+v", op, x.Explanation)
			}
		}
		for _, i := range []int{0, 1, 3} {
			if tr.Exchanges[i].Target != op.String() {
				t.Errorf("%v: %+v", op, tr.Exchanges[i].Explanation)
			}
		}
		names[tr.In(trace.Japanese).Exchanges[0].Target] = true
		// Digests of files, and what is in the free area, tell of the holder.
		if hidden := tr.Exchanges[3].Response.Masked(); hidden != (op == cardmgmt.Inspect || op == cardmgmt.ListApplets) {
			t.Errorf("%v: answer hidden is %v", op, hidden)
		}
	}
	if len(names) != len(ops) {
		t.Errorf("%d operations have %d Japanese names", len(ops), len(names))
	}
	// Without its BEGIN nothing is known of an answer: it is hidden.
	alone := trace.Explain([][]byte{{0x80, cardmgmt.InsCommit, 0, 0, 0, 0, 0}}, [][]byte{append(make([]byte, 32), 0x90, 0)})
	if !alone.Exchanges[0].Response.Masked() {
		t.Error("an answer of an unknown act shows")
	}
}

// TestCHP12_P47_AppletAndModeExplained uses an applet of the free area and asks
// for the card's mode.
func TestCHP12_P47_AppletAndModeExplained(t *testing.T) {
	f := chiptest.Operational(t)
	applet := chiptest.MunicipalApplet(4, cardmgmt.PINForReading|cardmgmt.PINForSigning)
	pub := f.Install(t, applet)
	rec := trace.Record(reader.Virtual(f.Card))
	card := reader.New(rec)
	m, err := card.MunicipalCard(applet.AID)
	ok(t, err)
	if _, _, err := m.Record(f.Root); err == nil {
		t.Fatal("read without PIN")
	}
	_, err = m.TriesLeft()
	ok(t, err)
	_ = m.Prove(pub, []byte("challenge"))
	issuer, err := card.Issuer()
	ok(t, err)
	var challenge cardmgmt.Challenge
	_, err = rand.Read(challenge[:])
	ok(t, err)
	_, err = issuer.Mode(&chiptest.Key(0).PublicKey, f.Serial, challenge)
	_ = err // the fixture's card key is another: only the exchange counts
	tr := rec.Trace()
	text := string(write(t, tr))
	for _, want := range []string{
		"target: municipal card (applet of the free area)\n", "0001 record\n", "access: needs the PIN of the applet (0011) if the applet's policy says so\n",
		"cause: the PIN of the applet (0011) was not verified since this application was selected (exchange 1)\n",
		"target: municipal card 0011 PIN of the applet\naccess: asking spends no try\n", "target: municipal card 001A key of the applet\n",
		"name: STATE MODE (PIN-less or not)\ntarget: which PINs have a value\naccess: free\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, x := range tr.In(trace.Japanese).Exchanges {
		inJapanese(t, x)
	}
	// A prefix that only one application has is as good as its name.
	for prefix, want := range map[string]string{"D392F0": "JPKI", "A0": "master level", "D392": "by a part of its name", "F04B41444F01": "municipal card", "F04B41444F02": "an unknown one"} {
		b, err := hex.DecodeString(prefix)
		ok(t, err)
		x := trace.Explain([][]byte{append([]byte{0x00, 0xA4, 0x04, 0x0C, byte(len(b))}, b...)}, [][]byte{{0x90, 0x00}}).Exchanges[0]
		if !strings.Contains(x.Target, want) {
			t.Errorf("%s: %q", prefix, x.Target)
		}
	}
}
