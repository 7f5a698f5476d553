package login_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"kado/internal/digital/login"
)

const example = "kado-login/1\nparty: rp_0123456789abcdefghjkmnpqrs\norigin: https://shop.example\npurpose: login\n" +
	"nonce: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\nnot-after: 2026-04-01T03:05:00Z\n"

// Shows: P-42
func TestP42_StatementHasOneSpelling(t *testing.T) {
	s, err := login.ParseStatement([]byte(example))
	if err != nil || s.Party != "rp_0123456789abcdefghjkmnpqrs" || s.Origin != "https://shop.example" || s.Nonce[1] != 0x11 ||
		!s.NotAfter.Equal(time.Date(2026, 4, 1, 3, 5, 0, 0, time.UTC)) || string(s.Message()) != example {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, change := range [][2]string{{"kado-login/1", "kado-login/2"}, {"\n", "\r\n"}, {"party: ", "party:  "}, {"party: rp_", "party: xx_"}, {"https://shop.example", "https://shop.example/"},
		{"https://shop", "http://shop"}, {"purpose: login", "purpose: Login"}, {"aabb", "AABB"}, {"0011", "011"}, {"03:05:00Z", "12:05:00+09:00"}, {"03:05:00Z", "03:05:00.000Z"},
		{"2026-04-01", "2026-02-30"}, {"00Z\n", "00Z"}, {"00Z\n", "00Z\n\n"}, {"origin", "Origin"}, {"origin: ", "purpose: "}, {"shop", strings.Repeat("s", 500)}} {
		if s, err := login.ParseStatement([]byte(strings.Replace(example, change[0], change[1], 1))); err == nil {
			t.Errorf("%q for %q: %+v", change[1], change[0], s)
		}
	}
}

// The longest origin still gives a message within the limit.
func TestStatement_Longest(t *testing.T) {
	r := small(t)
	origin := "https://" + strings.Repeat("a.", 117) + "example:65535"
	p := r.register(t, "x", origin)
	c, err := r.Begin(context.Background(), p.ID)
	if err != nil || len(c.Message) > login.MaxMessage {
		t.Errorf("%d octets, %v", len(c.Message), err)
	}
}

func FuzzParseStatement(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(strings.Replace(example, "shop.example", "[::1]:8443", 1)))
	f.Fuzz(func(t *testing.T, message []byte) {
		s, err := login.ParseStatement(message)
		if err == nil && !bytes.Equal(s.Message(), message) {
			t.Errorf("%q comes out as %q", message, s.Message())
		}
	})
}
