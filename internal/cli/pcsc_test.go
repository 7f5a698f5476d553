package cli

import (
	"errors"
	"testing"

	"kado/internal/cardtool"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/reader/pcsc"
)

func TestPickReader(t *testing.T) {
	readers := []pcsc.Reader{{Name: "Virtual PCD 00 00"}, {Name: "Virtual PCD 00 01"}, {Name: "0"}}
	for name, want := range map[string]string{"Virtual PCD 00 01": "Virtual PCD 00 01", "1": "Virtual PCD 00 01",
		// A name wins over a number.
		"0": "0"} {
		if got, err := pickReader(readers, name); err != nil || got != want {
			t.Errorf("%q: %q %v", name, got, err)
		}
	}
	for _, name := range []string{"3", "-1", "01", "+1", "Virtual", ""} {
		if _, err := pickReader(readers, name); !errors.Is(err, pcsc.ErrNoReader) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPCSCRefusals(t *testing.T) {
	for err, want := range map[error]*fault.Kind{pcsc.ErrNoService: cardtool.NoReaderService, pcsc.ErrNoReader: cardtool.NoSuchReader, pcsc.ErrNoCard: cardtool.NoCardInReader,
		pcsc.ErrBusy: cardtool.ReaderBusy, pcsc.ErrRemoved: cardtool.CardGone, errors.New("other"): cardtool.CardGone} {
		if got := pcscRefusal(errors.Join(err, nil), "x"); !want.Is(got) {
			t.Errorf("%v: %v", err, got)
		}
	}
}

// TestUnknownReader_NamesTheOthers: whoever slips in a reader's name is shown what
// is connected.
func TestUnknownReader_NamesTheOthers(t *testing.T) {
	for _, c := range []struct {
		readers []pcsc.Reader
		ja, en  string
	}{
		{nil, "そのカードリーダーはありません：9（つながっているもの：なし）", "There is no such card reader: 9 (connected: none)"},
		{[]pcsc.Reader{{Name: "A"}, {Name: "B 00"}}, "そのカードリーダーはありません：9（つながっているもの：0 A、1 B 00）", "There is no such card reader: 9 (connected: 0 A, 1 B 00)"},
	} {
		_, err := pickReader(c.readers, "9")
		f := fault.Of(pcscRefusal(errors.Join(err, nil), "9"))
		ja, _, _ := f.In(lang.JA)
		en, _, _ := f.In(lang.EN)
		if ja != c.ja || en != c.en {
			t.Errorf("%q %q", ja, en)
		}
	}
}
