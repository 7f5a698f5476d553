package iso7816

import (
	"errors"
	"fmt"
)

// ErrMalformedResponse is wrapped by the errors of ParseResponse.
var ErrMalformedResponse = errors.New("iso7816: malformed response APDU")

// Response is a response APDU.
type Response struct {
	Data []byte
	SW   Status
}

// ParseResponse splits an answer into data and status word. Data aliases b.
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 || len(b) > MaxExtendedLe+2 {
		return Response{}, fmt.Errorf("%w: %d bytes", ErrMalformedResponse, len(b))
	}
	n := len(b) - 2
	return Response{Data: b[:n:n], SW: Status(b[n])<<8 | Status(b[n+1])}, nil
}

// Encode writes data and status word.
func (r Response) Encode() []byte {
	out := make([]byte, 0, len(r.Data)+2)
	out = append(out, r.Data...)
	return append(out, byte(r.SW>>8), byte(r.SW))
}
