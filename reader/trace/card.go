package trace

// Deviation says how a replay left the recorded conversation.
type Deviation string

// The deviations.
const (
	OutOfOrder  Deviation = "the command stands elsewhere in the trace"
	Unknown     Deviation = "the command is not in the trace"
	AfterEnd    Deviation = "the trace has ended"
	HiddenReply Deviation = "the answer is hidden in this masked trace"
	NoReply     Deviation = "no answer was recorded: the card was gone"
	OtherAnswer Deviation = "the card gives another answer"
	Unfinished  Deviation = "commands of the trace did not come"
)

// Text is the deviation in both languages.
func (d Deviation) Text() Text { return Text{JA: deviationJA[d], EN: string(d)} }

var deviationJA = map[Deviation]string{
	OutOfOrder:  "命令は、記録の別の場所にあります",
	Unknown:     "命令が記録にありません",
	AfterEnd:    "記録は終わっています",
	HiddenReply: "この記録では応答が隠されています",
	NoReply:     "応答が記録されていません（カードがなくなっていました）",
	OtherAnswer: "カードの応答が記録と違います",
	Unfinished:  "記録にある命令が来ませんでした",
}

// ReplayError says where and how a replay deviated. It shows no bytes.
type ReplayError struct {
	Exchange  int    // due exchange, from 1
	Name      string // what the due command does, as the trace has it
	Deviation Deviation
	Elsewhere int  // OutOfOrder: where the command stands
	Detail    Text // may be zero
}

// Error tells exchange and deviation in English.
func (e *ReplayError) Error() string { return "trace: " + e.In(English) }

// In tells exchange and deviation in a language.
func (e *ReplayError) In(l Language) string {
	s := Text{JA: "やり取り%d", EN: "exchange %d"}.In(l, e.Exchange)
	if e.Name != "" {
		s += Text{JA: "（%s）", EN: " (%s)"}.In(l, e.Name)
	}
	s += Text{JA: "：", EN: ": "}.In(l) + e.Deviation.Text().In(l)
	if e.Elsewhere > 0 {
		s += Text{JA: "（やり取り%d）", EN: " (exchange %d)"}.In(l, e.Elsewhere)
	}
	if e.Detail != (Text{}) {
		s += Text{JA: "：", EN: ": "}.In(l) + e.Detail.In(l)
	}
	return s
}

// Is makes errors.Is(err, &ReplayError{Deviation: d}) compare deviations.
func (e *ReplayError) Is(target error) bool {
	t, ok := target.(*ReplayError)
	return ok && t.Deviation == e.Deviation
}

// Card replays a trace as a card: a reader.Transport that gives the recorded
// answers. Commands must come in the recorded order, since on a card the order
// is what is permitted; at the first deviation the card is dead and gives the
// same error for ever. Hidden bytes of a command match any.
type Card struct {
	trace *Trace
	next  int
	dead  error
}

// NewCard returns a card that replays t.
func NewCard(t *Trace) *Card { return &Card{trace: t} }

// Transmit answers the command that is due. Errors are *ReplayError.
func (c *Card) Transmit(command []byte) ([]byte, error) {
	if c.dead != nil {
		return nil, c.dead
	}
	answer, err := c.answer(command)
	if err != nil {
		c.dead = err
		return nil, err
	}
	c.next++
	return answer, nil
}

func (c *Card) answer(command []byte) ([]byte, error) {
	n := c.next
	if n >= len(c.trace.Exchanges) {
		return nil, &ReplayError{Exchange: n + 1, Deviation: AfterEnd}
	}
	x := c.trace.Exchanges[n]
	fail := func(d Deviation, elsewhere int) error {
		return &ReplayError{Exchange: n + 1, Name: x.Name, Deviation: d, Elsewhere: elsewhere}
	}
	if !x.Command.Matches(command) {
		for i, other := range c.trace.Exchanges {
			if i != n && other.Command.Matches(command) {
				return nil, fail(OutOfOrder, i+1)
			}
		}
		return nil, fail(Unknown, 0)
	}
	switch {
	case x.Response.Len() == 0:
		return nil, fail(NoReply, 0)
	case x.Response.Masked():
		return nil, fail(HiddenReply, 0)
	}
	return append([]byte(nil), x.Response.Data...), nil
}

// Done reports whether the whole trace was replayed: an error where it deviated,
// or where commands are still due.
func (c *Card) Done() error {
	switch {
	case c.dead != nil:
		return c.dead
	case c.next < len(c.trace.Exchanges):
		return &ReplayError{Exchange: c.next + 1, Name: c.trace.Exchanges[c.next].Name, Deviation: Unfinished,
			Detail: fixed(Text{JA: "残り%d件", EN: "%d left"}, len(c.trace.Exchanges)-c.next)}
	}
	return nil
}

// fixed fills in both sides of a text.
func fixed(t Text, args ...any) Text {
	return Text{JA: t.In(Japanese, args...), EN: t.In(English, args...)}
}
