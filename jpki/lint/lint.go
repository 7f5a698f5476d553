// Package lint holds one certificate against the clauses of the profile, one
// clause per file. It reads the DER by itself and shares no code with the package
// that builds certificates, so that one mistake cannot hide in both. Its rules
// name the clause they enforce; each has a fixture that breaks it and nothing else.
package lint

import (
	"fmt"
	"strings"
	"time"
)

// Shape is the profile that a certificate is held against.
type Shape uint8

// The shapes.
const (
	AuthorityShape      Shape = iota + 1 // CA certificate, chapter 8.1
	SignatureShape                       // chapter 9.1
	AuthenticationShape                  // chapter 9.2
	ResponderShape                       // OCSP responder, RFC 6960, 4.2.2.2
)

// Algorithm is that of a CA generation: it signs with it and certifies keys of it
// alone.
type Algorithm uint8

// The algorithms.
const (
	RSASHA256       Algorithm = iota // sha256WithRSAEncryption, RSA of at least 2048 bits
	ECDSAP384SHA384                  // ecdsa-with-SHA384, P-384
)

// Expectation is what a certificate cannot say about itself.
type Expectation struct {
	Shape           Shape
	Algorithm       Algorithm // of the CA generation
	IssuerSubject   []byte    // DER of the CA's subject
	IssuerKeyID     []byte    // the CA's subjectKeyIdentifier
	IssuerNotBefore time.Time
	IssuerNotAfter  time.Time
	// Policy is the one certificate policy, dotted; unused for shapes without one.
	Policy string
	// ExtKeyUsage are the extended key usages of a holder's certificate, dotted.
	ExtKeyUsage []string
	// WantsAuthorityKey: the settings demand an authorityKeyIdentifier.
	WantsAuthorityKey bool
}

// Rule is one clause.
type Rule struct {
	Name   string // as in the file name
	Clause string // what it enforces
	Shapes []Shape
	Check  func(c *Certificate, e Expectation) string // empty, or what is wrong
}

func (r *Rule) concerns(s Shape) bool {
	for _, x := range r.Shapes {
		if x == s {
			return true
		}
	}
	return false
}

// Shape lists that the rules share.
var (
	everyShape  = []Shape{AuthorityShape, SignatureShape, AuthenticationShape, ResponderShape}
	issuedShape = []Shape{SignatureShape, AuthenticationShape, ResponderShape}
	holderShape = []Shape{SignatureShape, AuthenticationShape}
)

// Finding is a broken rule.
type Finding struct {
	Rule   string
	Clause string
	Detail string // never holds personal data
}

// Error lists the findings of one certificate.
type Error struct{ Findings []Finding }

// Error names every broken rule.
func (e *Error) Error() string {
	parts := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		parts[i] = fmt.Sprintf("%s: %s (%s)", f.Rule, f.Detail, f.Clause)
	}
	return "lint: " + strings.Join(parts, "; ")
}

// Run holds the certificate against every rule of its shape. It returns nil or
// an *Error with all findings.
func Run(der []byte, e Expectation) error {
	c, err := Parse(der)
	if err != nil {
		return &Error{[]Finding{{Rule: "parse", Clause: "RFC 5280, 4.1", Detail: err.Error()}}}
	}
	var findings []Finding
	for i := range Rules {
		r := &Rules[i]
		if !r.concerns(e.Shape) {
			continue
		}
		if detail := r.Check(c, e); detail != "" {
			findings = append(findings, Finding{r.Name, r.Clause, detail})
		}
	}
	if findings != nil {
		return &Error{findings}
	}
	return nil
}
