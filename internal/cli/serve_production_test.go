package cli

import "testing"

// Addresses are spelt as browsers spell origins, whatever the operator wrote.
func TestPublicAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://login.example": "https://login.example", "https://login.example/": "https://login.example", "https://LOGIN.example:443": "https://login.example",
		"https://login.example:8443": "https://login.example:8443", "https://127.0.0.1:8443/": "https://127.0.0.1:8443", "https://[::1]:8443": "https://[::1]:8443",
	} {
		if u := publicAddress(in); u == nil || origin(u) != want {
			t.Errorf("%s: %v", in, u)
		}
	}
	for _, in := range []string{"", "login.example", "http://login.example", "https://", "https://:443", "https:///x", "https://login.example/x", "https://login.example?",
		"https://login.example?a=b", "https://login.example#x", "https://a@login.example", "https://login.example:port", "https://login.example\n"} {
		if u := publicAddress(in); u != nil {
			t.Errorf("%q was read as %s", in, u)
		}
	}
}
