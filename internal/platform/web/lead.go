package web

import (
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// GoOn leads the browser to another page, be it the page itself that asks or its
// script. next is a path of this site or an address that the caller has checked.
func GoOn(w http.ResponseWriter, r *http.Request, next string) {
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", next)
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// hostForm is what may be shown, typed or scanned as the host that a browser
// named.
var hostForm = regexp.MustCompile(`^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?$`)

// Address is where the browser reached this site, for links that people carry to
// another device. otherwise is the host where the browser named none that may be
// shown.
func Address(r *http.Request, secure bool, otherwise string) string {
	host := r.Host
	if !hostForm.MatchString(host) {
		host = otherwise
	}
	if secure {
		return "https://" + host
	}
	return "http://" + host
}

// reached tells whether a request names a host that this site has. A page of
// another site can have its own name lead here (DNS rebinding) and would then be
// answered as if it were of this site; its name remains in the request. An address
// has no name that could be led anywhere.
func (s *Shell) reached(r *http.Request) bool {
	if len(s.o.Hosts) == 0 || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		return true
	}
	host := strings.ToLower(r.Host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(s.o.Hosts, host)
}

// ownMachine reports whether a request came from this machine, and not through a
// proxy on it.
func ownMachine(r *http.Request) bool {
	ip := net.ParseIP(address(r))
	return ip != nil && ip.IsLoopback() && !forwardedHere(r)
}

// forwardedHere reports whether a request says that a proxy has handed it on.
func forwardedHere(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded-") || slices.Contains(forwarded, name) {
			return true
		}
	}
	return false
}

// forwarded are the headers, beside X-Forwarded-…, by which proxies are known.
var forwarded = []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip"}
