package validation

import (
	"context"

	"kado/jpki"
)

// Answer is an OCSP request answered without HTTP around it.
func (o *Office) Answer() func(context.Context, jpki.Kind, []byte) []byte {
	return func(ctx context.Context, k jpki.Kind, request []byte) []byte { return o.respond(ctx, k, request).der }
}

// Remembered is what the index says of a number now.
func (o *Office) Remembered(ctx context.Context, number []byte) (Known, bool, error) {
	_, err := o.memory.catchUp(ctx)
	k, ok := o.memory.index.Look(number)
	return k, ok, err
}

// Read is what the records say, one certificate at a time; lasting is whether the
// index may hold it.
func (o *Office) Read(ctx context.Context, kind jpki.Kind, serial string) (k Known, lasting bool, err error) {
	return o.read(ctx, kind, serial, o.clock.Now())
}
