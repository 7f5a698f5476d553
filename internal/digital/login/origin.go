package login

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// maxOrigin is the longest origin in octets.
const maxOrigin = 256

// hostName is a name of letters, digits and hyphens; names in other scripts come
// in their ASCII form.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// checkOrigin accepts an origin (RFC 6454) in one spelling only. Two parties whose
// origins differ for a machine must not look alike to a person, and one site must
// not register twice.
func checkOrigin(s string) error {
	if len(s) > maxOrigin {
		return Malformed.New("origin")
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme+"://"+u.Host != s {
		return Malformed.New("origin")
	}
	host, own := u.Hostname(), false
	if ip, err := netip.ParseAddr(host); err == nil {
		own = ip.IsLoopback() && ip.Zone() == "" && ip.String() == host
		if !own {
			return Malformed.New("origin")
		}
	} else {
		own = host == "localhost"
		if !hostName.MatchString(host) || len(host) > 253 || !strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz") {
			return Malformed.New("origin")
		}
	}
	standard := 443
	switch {
	case u.Scheme == "http" && own:
		standard = 80
	case u.Scheme != "https":
		return Malformed.New("origin")
	}
	rest := strings.TrimPrefix(u.Host, host)
	if strings.Contains(host, ":") {
		rest = strings.TrimPrefix(u.Host, "["+host+"]")
	}
	if rest == "" {
		return nil
	}
	port, err := strconv.Atoi(strings.TrimPrefix(rest, ":"))
	if err != nil || port < 1 || port > 65535 || port == standard || ":"+strconv.Itoa(port) != rest {
		return Malformed.New("origin")
	}
	return nil
}
