// Package rfc5280 holds a certificate against the lints of zlint that stem from
// RFC 5280: another house's reading of the standard beside Kado's own lints of the
// JPKI profile (package lint). The rules of browsers and of web authorities are
// left out; JPKI is not the web.
//
// A lint that the profile contradicts by law or by its known form is listed in
// exempted.go with its reason, and nowhere else.
package rfc5280

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	zx509 "github.com/zmap/zcrypto/x509"
	"github.com/zmap/zlint/v3"
	zlints "github.com/zmap/zlint/v3/lint"
)

// registry holds the lints that count, made at first use.
var registry = sync.OnceValues(func() (zlints.Registry, error) {
	return zlints.GlobalRegistry().Filter(zlints.FilterOptions{IncludeSources: zlints.SourceList{zlints.RFC5280}, ExcludeNames: names()})
})

func names() []string {
	out := make([]string, 0, len(Exempted))
	for name := range Exempted {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// Lints names every lint that is run.
func Lints() ([]string, error) {
	r, err := registry()
	if err != nil {
		return nil, err
	}
	return r.Names(), nil
}

// Error lists the lints that a certificate breaks.
type Error struct{ Broken []string }

// Error names them.
func (e *Error) Error() string {
	return "rfc5280: " + strings.Join(e.Broken, ", ")
}

// Run holds a certificate against every lint. Errors and warnings count alike. It
// returns nil or an *Error; a certificate that cannot be read is one.
func Run(der []byte) error {
	r, err := registry()
	if err != nil {
		return err
	}
	cert, err := zx509.ParseCertificate(der)
	if err != nil {
		return &Error{[]string{"parse"}}
	}
	result := zlint.LintCertificateEx(cert, r)
	var broken []string
	for name, of := range result.Results {
		switch of.Status {
		case zlints.Warn, zlints.Error, zlints.Fatal:
			broken = append(broken, fmt.Sprintf("%s (%s)", name, of.Status))
		}
	}
	if broken == nil {
		return nil
	}
	sort.Strings(broken)
	return &Error{broken}
}

// Breaks tells whether a certificate breaks one lint, exempted or not.
func Breaks(name string, der []byte) bool {
	cert, err := zx509.ParseCertificate(der)
	if err != nil {
		return true
	}
	l := zlints.GlobalRegistry().ByName(name)
	if l == nil {
		return false
	}
	only, err := zlints.GlobalRegistry().Filter(zlints.FilterOptions{IncludeNames: []string{name}})
	if err != nil {
		return false
	}
	of := zlint.LintCertificateEx(cert, only).Results[name]
	return of != nil && of.Status >= zlints.Warn
}
