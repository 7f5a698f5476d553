//go:build !kado_nopcsc

package pcsc

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/ElMostafaIdrassi/goscard"
	"golang.org/x/sys/windows"
)

// scardTransmit finds SCardTransmit in the system's own library.
var scardTransmit = sync.OnceValues(func() (transmitFunc, error) {
	proc := windows.NewLazySystemDLL("WinSCard.dll").NewProc("SCardTransmit")
	if err := proc.Find(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoService, err)
	}
	return func(card goscard.SCardHandle, pci *goscard.SCardIORequest, command *byte, length dword, back *goscard.SCardIORequest, answer *byte, answered *dword) dword {
		code, _, _ := proc.Call(uintptr(card), uintptr(unsafe.Pointer(pci)), uintptr(unsafe.Pointer(command)), uintptr(length),
			uintptr(unsafe.Pointer(back)), uintptr(unsafe.Pointer(answer)), uintptr(unsafe.Pointer(answered)))
		return dword(code)
	}, nil
})
