package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestDrawIsWellFormedAndLeavesTimesOut(t *testing.T) {
	var out strings.Builder
	in := " 1  A town & <people>\n    ✓ entered #12\n    ✗ refused (KADO-4206) #13\n    131 ms\n    · told\n\nThe holder's journal\n    secret\n"
	if err := draw(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]bool{"A town &amp; &lt;people&gt;": true, `<tspan class="ok">✓</tspan> entered`: true,
		`class="no"`: true, "131 ms": false, "secret": false} {
		if strings.Contains(out.String(), text) != want {
			t.Errorf("%q in the picture: %v, want %v", text, !want, want)
		}
	}
}
