package web

import (
	"net"
	"net/http"
	"regexp"
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

// ownMachine reports whether a request came from this machine.
func ownMachine(r *http.Request) bool {
	ip := net.ParseIP(address(r))
	return ip != nil && ip.IsLoopback()
}
