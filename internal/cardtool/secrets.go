package cardtool

import (
	"errors"
	"io"

	"kado/internal/platform/lang"
	"kado/mynumber"
)

// MaxSecret is the longest line taken for a PIN, password or number, in bytes.
const MaxSecret = 64

// Prompt is where PINs come from. They never come from arguments or the
// environment.
type Prompt interface {
	// Ask shows what is wanted and reads one line without showing it. An empty
	// line is the zero Secret, the end of the input io.EOF.
	Ask(what lang.Text) (mynumber.Secret, error)
	// Warn tells the holder something before it happens.
	Warn(what lang.Text, args ...any)
}

// ReadSecret reads one line of printable ASCII, at most MaxSecret bytes long,
// byte by byte so that nothing beyond it is taken. A line without end is taken
// at the end of the input. The buffer is wiped. Errors: io.EOF at the end of the
// input, NoSecret.
func ReadSecret(r io.Reader) (mynumber.Secret, error) {
	var line [MaxSecret + 1]byte
	defer clear(line[:])
	var one [1]byte
	defer clear(one[:])
	n := 0
	for {
		k, err := r.Read(one[:])
		switch {
		case k == 0 && err == nil:
			continue
		case k == 0 && errors.Is(err, io.EOF):
			if n == 0 {
				return mynumber.Secret{}, io.EOF
			}
			return mynumber.NewSecret(string(line[:n])), nil
		case k == 0:
			return mynumber.Secret{}, NoSecret.Because(err)
		case one[0] == '\n':
			return mynumber.NewSecret(string(line[:n])), nil
		case one[0] < 0x20 || one[0] > 0x7E || n == MaxSecret:
			return mynumber.Secret{}, NoSecret.New()
		}
		line[n] = one[0]
		n++
	}
}
