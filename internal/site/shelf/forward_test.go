package shelf

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"kado/internal/digital/login/oidc"
)

// Whatever the desk is told to forward to, the browser ends at this house or at
// the relying party.
func FuzzForward(f *testing.F) {
	for _, s := range []string{"/login/int_1/next", "https://himawari.example/cb?code=a&state=b#x", "//evil.example", "/\\evil.example", "https://himawari.example@evil.example/",
		"https://himawari.example.evil.example/", "javascript:alert(1)", "/\t/evil.example", "", "https:himawari.example", "HTTPS://HIMAWARI.example/"} {
		f.Add(s)
	}
	i := oidc.Interaction{ReturnOrigin: "https://himawari.example"}
	f.Fuzz(func(t *testing.T, next string) {
		w := httptest.NewRecorder()
		err := forward(w, httptest.NewRequest("POST", "http://house.example/shelf/login", nil), i, next)
		to := w.Header().Get("Location")
		if (err == nil) != (to != "") {
			t.Fatalf("%q: %v and %q", next, err, to)
		}
		if err != nil {
			return
		}
		// As browsers read an address.
		to = strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "").Replace(to)
		base, _ := url.Parse("http://house.example/shelf/login") // a constant
		u, e := base.Parse(to)
		if e != nil {
			t.Fatal(e)
		}
		if at := u.Scheme + "://" + u.Host; at != "http://house.example" && at != i.ReturnOrigin {
			t.Fatalf("%q leads to %q", next, at)
		}
	})
}
