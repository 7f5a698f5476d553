package cardtool

import (
	"errors"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/reader/trace"
)

// Replay does a saved trace again on a virtual card and compares the answers.
// What the trace hides is asked for.
func (t *Tool) Replay(tr *trace.Trace, p Prompt) error {
	if t.source.Physical {
		return VirtualOnly.New()
	}
	defer t.card.Reset()
	err := trace.Replay(t.recorder, tr, func(n int, x trace.Exchange) ([]byte, error) {
		value, err := p.Ask(lang.Text{JA: x.Name + " " + x.Target + " の隠された値（記録）", EN: "hidden value of " + x.Name + " " + x.Target})
		if err != nil {
			return nil, NoSecret.Because(err)
		}
		defer value.Wipe()
		return []byte(value.Reveal()), nil
	})
	var f *fault.Error
	var deviation *trace.ReplayError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.As(err, &deviation):
		return Deviated.Because(err, clean(deviation.Error()))
	}
	return Deviated.Because(err, clean(err.Error()))
}
