package vpcd

import (
	"io"
	"net"
	"syscall"
)

// prompt returns a reader of conn that acknowledges at once whatever arrives.
func prompt(conn net.Conn) io.Reader {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	p := &promptReader{conn: tcp, raw: raw}
	p.rearm()
	return p
}

type promptReader struct {
	conn *net.TCPConn
	raw  syscall.RawConn
}

// rearm asks for immediate acknowledgement. Where it fails the card is slow
// and not wrong.
func (p *promptReader) rearm() {
	_ = p.raw.Control(quickAcknowledge)
}

func quickAcknowledge(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
}

func (p *promptReader) Read(b []byte) (int, error) {
	n, err := p.conn.Read(b)
	p.rearm()
	return n, err
}
