package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/reader/pcsc"
)

func init() { openReaders = pcscOpener{} }

// pcscOpener reaches cards through the reader service of the system.
type pcscOpener struct{}

// Open implements cardtool.Opener.
func (pcscOpener) Open(_ context.Context, name string) (*cardtool.Source, error) {
	service, err := pcsc.Open()
	if err != nil {
		return nil, pcscRefusal(err, name)
	}
	readers, err := service.Readers()
	if err == nil {
		name, err = pickReader(readers, name)
	}
	var card *pcsc.Card
	if err == nil {
		card, err = service.Connect(name)
	}
	if err != nil {
		return nil, pcscRefusal(errors.Join(err, service.Close()), name)
	}
	return cardtool.NewSource(card, card.ATR(), true, name, func() error { return errors.Join(card.Close(), service.Close()) }), nil
}

// pickReader finds a reader by name, or by its number from 0.
func pickReader(readers []pcsc.Reader, name string) (string, error) {
	for _, r := range readers {
		if r.Name == name {
			return name, nil
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(readers) && strconv.Itoa(n) == name {
		return readers[n].Name, nil
	}
	return name, unknownReader{readers}
}

// unknownReader is pcsc.ErrNoReader with what there is instead.
type unknownReader struct{ connected []pcsc.Reader }

func (u unknownReader) Error() string {
	return fmt.Sprintf("%v: %d readers", pcsc.ErrNoReader, len(u.connected))
}

func (u unknownReader) Unwrap() error { return pcsc.ErrNoReader }

// names lists the readers with their numbers.
func (u unknownReader) names() lang.Text {
	if len(u.connected) == 0 {
		return lang.Text{JA: "なし", EN: "none"}
	}
	var all []string
	for i, r := range u.connected {
		all = append(all, fmt.Sprintf("%d %s", i, shorten(r.Name)))
	}
	return lang.Text{JA: strings.Join(all, "、"), EN: strings.Join(all, ", ")}
}

func pcscRefusal(err error, name string) error {
	switch {
	case errors.Is(err, pcsc.ErrNoService):
		return cardtool.NoReaderService.Because(err)
	case errors.Is(err, pcsc.ErrNoReader):
		var u unknownReader
		errors.As(err, &u)
		return cardtool.NoSuchReader.Because(err, shorten(name), u.names())
	case errors.Is(err, pcsc.ErrNoCard):
		return cardtool.NoCardInReader.Because(err, shorten(name))
	case errors.Is(err, pcsc.ErrBusy):
		return cardtool.ReaderBusy.Because(err)
	}
	return cardtool.CardGone.Because(err)
}
