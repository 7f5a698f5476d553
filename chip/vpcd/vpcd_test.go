package vpcd_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kado/chip/chiptest"
	"kado/chip/vpcd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a card that answers with its command and counts what it was told.
type echo struct {
	mu     sync.Mutex
	resets int
	reply  func([]byte) []byte
}

func (e *echo) Transmit(command []byte) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reply != nil {
		return e.reply(command)
	}
	return append(bytes.Clone(command), 0x90, 0x00)
}

func (e *echo) Reset() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resets++
	return e.ATR()
}

func (e *echo) ATR() []byte { return []byte{0x3B, 0x80, 0x80, 0x01, 0x01} }

func (e *echo) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.resets
}

func send(t testing.TB, conn net.Conn, message []byte) {
	t.Helper()
	// Length and body apart, as the reader sends them.
	for _, b := range [][]byte{binary.BigEndian.AppendUint16(nil, uint16(len(message))), message} {
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

func receive(t testing.TB, conn net.Conn) []byte {
	t.Helper()
	var n [2]byte
	if _, err := io.ReadFull(conn, n[:]); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, binary.BigEndian.Uint16(n[:]))
	if _, err := io.ReadFull(conn, b); err != nil {
		t.Fatal(err)
	}
	return b
}

// slot is a reader's side: it listens on a free port.
func slot(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func accept(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestSlot_Protocol: controls are not answered except the question for the
// answer to reset; everything else is a command.
func TestSlot_Protocol(t *testing.T) {
	l, card := slot(t), &echo{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	events := make(chan vpcd.Event, 10)
	go func() {
		done <- vpcd.Slot{Address: l.Addr().String(), Notify: func(e vpcd.Event) { events <- e }}.Serve(ctx, card)
	}()
	conn := accept(t, l)
	send(t, conn, []byte{4})
	if got := receive(t, conn); !bytes.Equal(got, card.ATR()) {
		t.Errorf("ATR %X", got)
	}
	if e := <-events; e != vpcd.Inserted {
		t.Error(e)
	}
	for i, control := range []byte{1, 2, 0} {
		send(t, conn, []byte{control})
		// The next answer belongs to the next command: the control had none.
		send(t, conn, []byte{0x00, 0xA4, 0x04, control})
		if got := receive(t, conn); !bytes.Equal(got, []byte{0x00, 0xA4, 0x04, control, 0x90, 0x00}) {
			t.Errorf("after control %d: %X", control, got)
		}
		if card.count() != i+1 {
			t.Errorf("control %d: %d resets", control, card.count())
		}
	}
	// One byte that is no control, no byte at all, and the longest message that
	// has room for a status word.
	for _, m := range [][]byte{{3}, {0xFF}, {}, make([]byte, 65533)} {
		send(t, conn, m)
		if got := receive(t, conn); len(got) != len(m)+2 {
			t.Errorf("%d bytes gave %d", len(m), len(got))
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the card still lies in the slot")
	}
	if card.count() != 4 {
		t.Errorf("%d resets: a removed card has no power", card.count())
	}
}

// TestSlot_AnswersThatCannotBeSent become 6F00.
func TestSlot_AnswersThatCannotBeSent(t *testing.T) {
	for _, n := range []int{0, 1, 65536, 70000} {
		near, far := net.Pipe()
		card := &echo{reply: func([]byte) []byte { return make([]byte, n) }}
		done := make(chan error, 1)
		go func() { done <- vpcd.Attach(context.Background(), far, card, nil) }()
		send(t, near, []byte{0, 0, 0, 0})
		if got := receive(t, near); !bytes.Equal(got, []byte{0x6F, 0x00}) {
			t.Errorf("an answer of %d bytes became %d", n, len(got))
		}
		near.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestAttach_CutMessage: a reader that stops in the middle is an error, one
// that stops between messages is not.
func TestAttach_CutMessage(t *testing.T) {
	for _, b := range [][]byte{{0}, {0, 4}, {0, 4, 1, 2, 3}} {
		near, far := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- vpcd.Attach(context.Background(), far, &echo{}, nil) }()
		if _, err := near.Write(b); err != nil {
			t.Fatal(err)
		}
		near.Close()
		if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%X: %v", b, err)
		}
	}
}

// TestSlot_Reconnects: after the reader has gone the card waits for it and is
// told so once.
func TestSlot_Reconnects(t *testing.T) {
	l, card := slot(t), &echo{}
	address := l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events := make(chan vpcd.Event, 10)
	done := make(chan error, 1)
	go func() {
		done <- vpcd.Slot{Address: address, Retry: time.Millisecond, Notify: func(e vpcd.Event) { events <- e }}.Serve(ctx, card)
	}()
	conn := accept(t, l)
	send(t, conn, []byte{4})
	receive(t, conn)
	l.Close()
	conn.Close()
	for _, want := range []vpcd.Event{vpcd.Inserted, vpcd.Removed, vpcd.Waiting} {
		if got := <-events; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	defer again.Close()
	conn = accept(t, again)
	send(t, conn, []byte{4})
	receive(t, conn)
	if got := <-events; got != vpcd.Inserted {
		t.Error(got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	for n, want := range map[int]string{0: "127.0.0.1:35963", 1: "127.0.0.1:35964", 15: "127.0.0.1:35978", -1: "", 16: ""} {
		got, err := vpcd.Address(n)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("slot %d: %q, %v", n, got, err)
		}
	}
	err := vpcd.Slot{Address: "nowhere"}.Serve(context.Background(), &echo{})
	if err == nil {
		t.Error("an address without a port was taken")
	}
}

// TestAttach_Property: any row of messages is answered in order, one answer for
// each that is not a control, whatever the pieces it arrives in.
func TestAttach_Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 10).Draw(t, "messages")
		var stream, want []byte
		card := &echo{}
		for _, m := range messages {
			stream = append(binary.BigEndian.AppendUint16(stream, uint16(len(m))), m...)
			answer := append(bytes.Clone(m), 0x90, 0x00)
			if len(m) == 1 && m[0] <= 2 {
				continue
			}
			if len(m) == 1 && m[0] == 4 {
				answer = card.ATR()
			}
			want = append(binary.BigEndian.AppendUint16(want, uint16(len(answer))), answer...)
		}
		near, far := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- vpcd.Attach(context.Background(), far, card, nil) }()
		got := make(chan []byte, 1)
		go func() {
			b := make([]byte, len(want))
			_, _ = io.ReadFull(near, b)
			got <- b
		}()
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "piece")
			if _, err := near.Write(stream[:n]); err != nil {
				t.Fatal(err)
			}
			stream = stream[n:]
		}
		if !bytes.Equal(<-got, want) {
			t.Fatal("answers differ")
		}
		near.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

// duplex is a connection whose input is fixed.
type duplex struct {
	net.Conn
	in  *bytes.Reader
	out bytes.Buffer
}

func (d *duplex) Read(b []byte) (int, error)  { return d.in.Read(b) }
func (d *duplex) Write(b []byte) (int, error) { return d.out.Write(b) }
func (d *duplex) Close() error                { return nil }

// FuzzAttach: whatever a reader sends to a real card, every complete message
// gets at most one well-formed answer.
func FuzzAttach(f *testing.F) {
	card := chiptest.Operational(f).Card
	f.Add([]byte{0, 1, 4, 0, 1, 1, 0, 5, 0x00, 0xA4, 0x00, 0x00, 0x00})
	f.Add([]byte{0, 15, 0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01, 0, 4, 0x00, 0x20, 0x00, 0x80})
	f.Add([]byte{0xFF, 0xFF, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := &duplex{in: bytes.NewReader(b)}
		_ = vpcd.Attach(context.Background(), conn, card, nil)
		for out := conn.out.Bytes(); len(out) > 0; {
			if len(out) < 2 || len(out) < 2+int(binary.BigEndian.Uint16(out)) || binary.BigEndian.Uint16(out) < 2 {
				t.Fatalf("malformed answer %X", out)
			}
			out = out[2+int(binary.BigEndian.Uint16(out)):]
		}
	})
}

// BenchmarkSlot is the protocol over loopback without pcscd.
func BenchmarkSlot(b *testing.B) {
	l, card := slot(b), &echo{reply: func([]byte) []byte { return []byte{0x90, 0x00} }}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- vpcd.Slot{Address: l.Addr().String()}.Serve(ctx, card) }()
	conn := accept(b, l)
	message := []byte{0, 4, 0, 0xA4, 0, 0}
	answer := make([]byte, 4)
	for b.Loop() {
		if _, err := conn.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(conn, answer); err != nil {
			b.Fatal(err)
		}
	}
	cancel()
	<-done
}
