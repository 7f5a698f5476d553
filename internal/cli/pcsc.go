package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"kado/internal/cardtool"
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
	return name, fmt.Errorf("%w: %d readers", pcsc.ErrNoReader, len(readers))
}

func pcscRefusal(err error, name string) error {
	switch {
	case errors.Is(err, pcsc.ErrNoService):
		return cardtool.NoReaderService.Because(err)
	case errors.Is(err, pcsc.ErrNoReader):
		return cardtool.NoSuchReader.Because(err, shorten(name))
	case errors.Is(err, pcsc.ErrNoCard):
		return cardtool.NoCardInReader.Because(err, shorten(name))
	case errors.Is(err, pcsc.ErrBusy):
		return cardtool.ReaderBusy.Because(err)
	}
	return cardtool.CardGone.Because(err)
}
