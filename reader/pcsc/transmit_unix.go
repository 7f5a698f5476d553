//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin)

package pcsc

import (
	"fmt"
	"sync"

	"github.com/ebitengine/purego"
)

// scardTransmit finds SCardTransmit in the client library, which load has made
// known to the whole process.
var scardTransmit = sync.OnceValues(func() (transmitFunc, error) {
	symbol, err := purego.Dlsym(purego.RTLD_DEFAULT, "SCardTransmit")
	if err != nil || symbol == 0 {
		return nil, fmt.Errorf("%w: no SCardTransmit in the client library", ErrNoService)
	}
	var f transmitFunc
	purego.RegisterFunc(&f, symbol)
	return f, nil
})
