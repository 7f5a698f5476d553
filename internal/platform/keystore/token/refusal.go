//go:build cgo

package token

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
)

// refusal turns an error of the library into a numbered one. Return values of
// PKCS#11 are shown by number: the names differ from module to module.
func refusal(err error) error {
	var code pkcs11.Error
	if !errors.As(err, &code) {
		switch text := err.Error(); {
		// The library has no values for these.
		case strings.Contains(text, "could not find PKCS#11 token"), strings.Contains(text, "closed"):
			return TokenGone.Because(err)
		case strings.Contains(text, "failed to open module"):
			return NoModule.Because(err)
		case errors.Is(err, context.DeadlineExceeded), strings.Contains(text, "timed out"):
			return TokenFailed.Because(err, "no session")
		}
		return TokenFailed.Because(err, "PKCS#11")
	}
	switch code {
	case pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE:
		return WrongPIN.Because(err)
	case pkcs11.CKR_PIN_LOCKED, pkcs11.CKR_PIN_EXPIRED, pkcs11.CKR_USER_PIN_NOT_INITIALIZED:
		return PINLocked.Because(err)
	case pkcs11.CKR_TOKEN_NOT_PRESENT, pkcs11.CKR_TOKEN_NOT_RECOGNIZED, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_DEVICE_ERROR,
		pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_SLOT_ID_INVALID,
		pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED, pkcs11.CKR_OBJECT_HANDLE_INVALID, pkcs11.CKR_KEY_HANDLE_INVALID:
		return TokenGone.Because(err)
	}
	if strings.Contains(err.Error(), "initialize module") {
		return NoModule.Because(err)
	}
	return TokenFailed.Because(err, fmt.Sprintf("CKR 0x%X", uint(code)))
}
