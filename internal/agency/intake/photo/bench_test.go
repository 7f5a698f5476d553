package photo_test

import (
	"testing"

	"kado/internal/agency/intake/photo"
	"kado/internal/world/portrait"
	"kado/mynumber"
)

func BenchmarkExamine(b *testing.B) {
	data := drawn(b, "bench", portrait.Subject{Age: 40, Sex: mynumber.Female}, portrait.None)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := photo.Examine(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNormalise(b *testing.B) {
	data := drawn(b, "bench", portrait.Subject{Age: 40, Sex: mynumber.Female}, portrait.None)
	for b.Loop() {
		if _, err := photo.Normalise(data); err != nil {
			b.Fatal(err)
		}
	}
}
