package trace

import (
	"bytes"

	"kado/reader"
)

// Recorder is a Transport that keeps what passes through it. It is not safe for
// concurrent use.
type Recorder struct {
	transport reader.Transport
	follower  *follower
	trace     Trace
	options   options
}

// Record returns a recorder on the way to a card. With Unmasked it keeps
// everything, PINs included; Watch shows each exchange as it happens, hidden
// parts hidden in any case.
func Record(t reader.Transport, opts ...Option) *Recorder {
	o := settings(opts)
	return &Recorder{transport: t, follower: newFollower(o.language), trace: Trace{Unmasked: o.unmasked}, options: o}
}

// SetATR notes the card's answer to reset.
func (r *Recorder) SetATR(atr []byte) { r.trace.ATR = bytes.Clone(atr) }

// Transmit passes the command on and keeps it with its answer. After
// MaxExchanges nothing more is kept.
func (r *Recorder) Transmit(command []byte) ([]byte, error) {
	response, err := r.transport.Transmit(command)
	if err != nil {
		response = nil
	}
	if len(command) == 0 || len(command) > maxAPDU || len(response) > maxAPDU || len(r.trace.Exchanges) >= MaxExchanges {
		return response, err
	}
	e, c, s := r.follower.next(command, response)
	masked := Exchange{e, hide(command, c), hide(response, s)}
	if r.options.watch != nil {
		r.options.watch(len(r.trace.Exchanges)+1, masked)
	}
	if r.trace.Unmasked {
		masked.Command, masked.Response = Bytes{Data: bytes.Clone(command)}, Bytes{Data: bytes.Clone(response)}
	}
	r.trace.Exchanges = append(r.trace.Exchanges, masked)
	return response, err
}

// Trace returns what was recorded so far.
func (r *Recorder) Trace() *Trace {
	t := r.trace
	t.Exchanges = append([]Exchange(nil), r.trace.Exchanges...)
	return &t
}

// Explain explains a conversation that was recorded elsewhere, and masks it.
// Commands and responses belong together by position; a missing response means
// that none came. Of the options In counts.
func Explain(commands, responses [][]byte, opts ...Option) *Trace {
	t := &Trace{}
	f := newFollower(settings(opts).language)
	for i, command := range commands {
		var response []byte
		if i < len(responses) {
			response = responses[i]
		}
		e, c, r := f.next(command, response)
		t.Exchanges = append(t.Exchanges, Exchange{e, hide(command, c), hide(response, r)})
	}
	return t
}
