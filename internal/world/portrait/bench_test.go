package portrait_test

import (
	"bytes"
	"testing"

	"kado/internal/world/portrait"
	"kado/mynumber"
)

func BenchmarkDraw(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		seed := bytes.Repeat([]byte{byte(i % 16)}, 32)
		if _, err := portrait.Draw(bytes.NewReader(seed), portrait.Subject{Age: 20 + i%60, Sex: mynumber.Female}); err != nil {
			b.Fatal(err)
		}
	}
}
