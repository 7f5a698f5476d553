package cardtool

import (
	"errors"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/reader/trace"
)

// Replay does a saved trace again on a virtual card and compares the answers.
// What the trace hides is taken from hidden, and asked for where it is not
// there.
func (t *Tool) Replay(tr *trace.Trace, hidden trace.Hidden, p Prompt) error {
	if t.source.Physical {
		return VirtualOnly.New()
	}
	defer t.card.Reset()
	err := trace.Replay(t.recorder, tr, hidden.Secrets(func(_ int, x trace.Exchange) ([]byte, error) {
		value, err := p.Ask(lang.Text{JA: x.Name + " " + x.Target + " の隠された値（記録）", EN: "hidden value of " + x.Name + " " + x.Target})
		if err != nil {
			return nil, NoSecret.Because(err)
		}
		defer value.Wipe()
		return []byte(value.Reveal()), nil
	}))
	return Deviation(err)
}

// Deviation is what is told of a replay that ended with err.
func Deviation(err error) error {
	var f *fault.Error
	var told interface{ In(trace.Language) string }
	var deviation *trace.ReplayError
	var value *trace.HiddenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.As(err, &deviation):
		told = deviation
	case errors.As(err, &value):
		told = value
	default:
		return CardGone.Because(err)
	}
	return Deviated.Because(err, lang.Text{JA: clean(told.In(trace.Japanese)), EN: clean(told.In(trace.English))})
}
