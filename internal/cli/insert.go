package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"kado/chip"
	"kado/chip/vpcd"
	"kado/internal/cardtool"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/world/profiles"
	"kado/internal/world/shelf"
	"kado/mynumber"
	"kado/reader/trace"
)

type cardInsertCommand struct {
	IDs      []string `arg:"" optional:"" name:"id" help:"Cards of a kept world, 15 digits each (see kado card list)."`
	Profile  []string `help:"A ready card, made anew each time; see kado card profiles." placeholder:"NAME" sep:"none"`
	Card     []string `help:"A card file made by kado card new, or a card described in JSON." placeholder:"FILE" sep:"none"`
	Recorded string   `help:"A card that answers as recorded in a saved trace, in the same order, each time it is reset from the start." placeholder:"FILE"`
	recordedFlags
	Reader    int    `help:"Slot of the virtual reader for the first card; the others follow." default:"0" placeholder:"N"`
	Interface string `help:"How the reader sees it: contact or contactless; as described by default." enum:",contact,contactless" default:"" placeholder:"WAY"`
	Data      string `help:"Folder of the kept world; the user's data folder by default." placeholder:"DIR" env:"KADO_DATA"`
}

// inserted is one card on its way into a slot.
type inserted struct {
	name string
	card vpcd.Card
	put  io.Closer // puts it back where it came from; may be nil
}

// Run lays the cards on pcscd's virtual reader until the program is told to
// stop. Nothing is laid on it unless every card could be had.
func (i cardInsertCommand) Run(c *console) (err error) {
	n := len(i.IDs) + len(i.Profile) + len(i.Card)
	if i.Recorded != "" {
		n++
	} else if i.given() {
		return BadArguments.New("--from-unmasked, --hidden, --hidden-fd")
	}
	if n == 0 {
		return BadArguments.New("ID, --profile, --card, --recorded")
	}
	if i.Reader < 0 || i.Reader+n > vpcd.MaxSlots {
		return profiles.BadSlot.New(vpcd.MaxSlots - 1)
	}
	cards, err := i.gather(c)
	defer func() {
		for _, x := range cards {
			if x.put != nil {
				err = errors.Join(err, x.put.Close())
			}
		}
	}()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	say := func(t lang.Text, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(c.out, t.With(c.lang, args...))
	}
	group, ctx := errgroup.WithContext(c.ctx)
	for n, x := range cards {
		slot := i.Reader + n
		address, err := vpcd.Address(slot)
		if err != nil {
			return profiles.BadSlot.Because(err, vpcd.MaxSlots-1)
		}
		s := vpcd.Slot{Address: address, Notify: func(e vpcd.Event) {
			switch e {
			case vpcd.Inserted:
				say(lang.Text{JA: "スロット%d：%s を載せました（Ctrl-C で外します）", EN: "slot %d: %s inserted (Ctrl-C removes it)"}, slot, x.name)
			case vpcd.Removed:
				say(lang.Text{JA: "スロット%d：読み取り機がなくなりました", EN: "slot %d: the reader has gone"}, slot)
			case vpcd.Waiting:
				say(lang.Text{JA: "スロット%d：仮想リーダーを待っています（%s、pcscd と vsmartcard-vpcd）",
					EN: "slot %d: waiting for the virtual reader (%s; pcscd with vsmartcard-vpcd)"}, slot, address)
			}
		}}
		group.Go(func() error { return s.Serve(ctx, x.card) })
	}
	return group.Wait()
}

// gather makes and fetches the cards: those it returns are to be put back, also
// beside an error.
func (i cardInsertCommand) gather(c *console) (out []inserted, err error) {
	m := newMaker()
	for _, id := range i.IDs {
		x, err := i.fromShelf(id)
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	for _, name := range i.Profile {
		p, err := profiles.ByName(name)
		if err != nil {
			return out, err
		}
		d, err := p.Describe(m.Today())
		if err != nil {
			return out, err
		}
		x, err := i.described(c.ctx, m, d, name)
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	for _, path := range i.Card {
		x, err := i.fromFile(c.ctx, m, path)
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	if i.Recorded != "" {
		x, err := i.fromTrace()
		if err != nil {
			return out, err
		}
		out = append(out, x)
	}
	return out, nil
}

// fromTrace is a card that answers as a saved trace says.
func (i cardInsertCommand) fromTrace() (inserted, error) {
	t, err := traceFile{i.Recorded, i.FromUnmasked}.read()
	if err != nil {
		return inserted{}, err
	}
	h, err := i.values()
	if err != nil {
		return inserted{}, err
	}
	if t, err = t.Reveal(h); err != nil {
		return inserted{}, cardtool.Deviation(err)
	}
	atr := t.ATR
	if atr == nil || i.Interface != "" {
		atr = i.laid(nil).ATR()
	}
	return inserted{name: shorten(filepath.Base(i.Recorded)), card: &played{trace: t, atr: atr, card: trace.NewCard(t)}}, nil
}

// played is a saved trace as a card in a reader. A reset begins the trace anew:
// whoever connects resets the card first.
type played struct {
	trace *trace.Trace
	atr   []byte
	mu    sync.Mutex
	card  *trace.Card
}

// Transmit implements vpcd.Card. What the trace does not have is 6F00.
func (p *played) Transmit(command []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, err := p.card.Transmit(command)
	if err != nil {
		return []byte{0x6F, 0x00}
	}
	return answer
}

// Reset implements vpcd.Card.
func (p *played) Reset() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.card = trace.NewCard(p.trace)
	return p.atr
}

// ATR implements vpcd.Card.
func (p *played) ATR() []byte { return p.atr }

// described makes a card that lives as long as the program.
func (i cardInsertCommand) described(ctx context.Context, m *profiles.Maker, d profiles.Description, name string) (inserted, error) {
	if err := ctx.Err(); err != nil {
		return inserted{}, err
	}
	if i.Interface != "" {
		d.Interface = i.Interface
	}
	card, err := m.MakeCard(d, chip.NewRAM())
	return inserted{name: name, card: card}, err
}

func (i cardInsertCommand) fromShelf(id string) (inserted, error) {
	card, err := mynumber.ParseCardID(id)
	if err != nil {
		return inserted{}, BadArguments.Because(err, "ID")
	}
	dir, err := worldFlags{Data: i.Data}.dir()
	if err != nil {
		return inserted{}, err
	}
	dir = filepath.Join(dir, "shelf")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return inserted{}, shelf.NoCard.Because(errors.Join(err, os.ErrNotExist))
	}
	s, err := shelf.Open(dir, chip.GenerateKeys{}, entropy.System())
	if err != nil {
		return inserted{}, err
	}
	x, err := s.Take(card)
	if err != nil {
		return inserted{}, err
	}
	return inserted{name: id, card: i.laid(x.Card), put: x}, nil
}

// imageMagic begins a card image.
var imageMagic = []byte("KADOCHIP")

// fromFile takes a card image, or a description.
func (i cardInsertCommand) fromFile(ctx context.Context, m *profiles.Maker, path string) (inserted, error) {
	head, err := readHead(path, len(imageMagic))
	if err != nil {
		return inserted{}, err
	}
	if !bytes.Equal(head, imageMagic) {
		b, err := readFile(path, profiles.MaxDescription)
		if err != nil {
			return inserted{}, err
		}
		d, err := profiles.Parse(b, m.Today())
		if err != nil {
			return inserted{}, err
		}
		return i.described(ctx, m, d, shorten(filepath.Base(path)))
	}
	mem, err := chip.OpenFile(path)
	if err != nil {
		return inserted{}, profiles.NotACard.Because(err, shorten(path))
	}
	card, err := chip.Open(mem, chip.GenerateKeys{})
	if err != nil {
		return inserted{}, profiles.NotACard.Because(errors.Join(err, mem.Close()), shorten(path))
	}
	return inserted{name: shorten(filepath.Base(path)), card: i.laid(card), put: mem}, nil
}

// readHead reads the first bytes of a file.
func readHead(path string, n int) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(n)))
	if err != nil {
		return nil, CannotRead.Because(err, shorten(path))
	}
	return b, nil
}

// laid is a card with the answer to reset of the chosen interface; a card of a
// file does not know how it is laid on a reader. Contacts by default: their
// answer to reset is the one that middleware knows.
func (i cardInsertCommand) laid(c *chip.Card) vpcd.Card {
	if i.Interface == profiles.Contactless {
		return laid{c, chip.ATR()}
	}
	return laid{c, chip.ContactATR()}
}

type laid struct {
	*chip.Card
	atr []byte
}

func (l laid) ATR() []byte { return l.atr }

func (l laid) Reset() []byte {
	l.Card.Reset()
	return l.atr
}
