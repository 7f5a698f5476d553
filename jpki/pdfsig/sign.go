package pdfsig

import (
	"crypto"
	"crypto/x509"

	"kado/jpki/verify"
)

func sign(file []byte, key crypto.Signer, cert *x509.Certificate, o SignOptions) ([]byte, error) {
	return nil, refuse(verify.Unsupported, "the writer of documents is not built yet")
}
