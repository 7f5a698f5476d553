package cardtool

import "kado/reader"

// Guarded is the way to a physical card.
func Guarded(t reader.Transport) reader.Transport { return &guard{Transport: t, physical: true} }
