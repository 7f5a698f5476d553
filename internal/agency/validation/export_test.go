package validation

import (
	"context"

	"kado/jpki"
)

// Answer is an OCSP request answered without HTTP around it.
func (o *Office) Answer() func(context.Context, jpki.Kind, []byte) []byte {
	return func(ctx context.Context, k jpki.Kind, request []byte) []byte { return o.respond(ctx, k, request).der }
}
