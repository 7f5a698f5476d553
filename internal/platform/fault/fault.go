// Package fault is the numbered catalogue of refusals. Every input that Kado
// refuses gets one number, the same in page, API, CLI and log, with what
// happened, why, and what to do next, in Japanese and English (house rule 10).
//
// An office defines its kinds in its own faults.go:
//
//	var TooSmall = fault.Define(fault.Kind{
//		Number: 2203,
//		Class:  fault.Invalid,
//		What:   lang.Text{JA: "写真が小さすぎます（%dバイト）。", EN: "The photo is too small (%d bytes)."},
//		Why:    lang.Text{JA: "...", EN: "..."},
//		Cure:   lang.Text{JA: "...", EN: "..."},
//	})
//
// and returns TooSmall.New(n) or TooSmall.Because(err, n). What may hold fmt
// verbs for the arguments; Why and Cure are fixed texts. Arguments are shown to
// whoever caused the refusal: never pass a secret, a PIN or an Individual
// Number.
//
// Number ranges: 1000 command line and files, 1100 database, 1200 vault,
// 1300 key store, 1400 staff, 1500 journal, 1600 pages, 2000 registry, 2100 intake, 2200 photo,
// 3000 production, 3100 custody, 3200 cards, 4000 authority, 4100 validation,
// 4200 login, 5000 counter, 5100 hotline, 6000 chip and reader, 6100 card tool, 6300 attack corpus,
// 7000 world and server, 7100 shelf, 7200 a card's life, 8000 the site,
// 8100 OpenID Connect, 8200 the shelf's pages, 8300 ways of a card to the browser, 8400 faults on request.
package fault

import (
	"errors"
	"fmt"
	"sort"
	"sync"

	"kado/internal/platform/lang"
)

// Class says who has to act and decides exit codes and HTTP statuses.
type Class string

// The classes.
const (
	Invalid     Class = "invalid"     // the input is malformed or against a rule; the sender mends it
	NotFound    Class = "not_found"   // what was named does not exist
	Conflict    Class = "conflict"    // the state does not permit this act now
	Forbidden   Class = "forbidden"   // the actor may not do this
	Unavailable Class = "unavailable" // a needed part does not answer; trying later may help
	Internal    Class = "internal"    // Kado is at fault
)

// Kind is one row of the catalogue.
type Kind struct {
	Number          int // 1000..9999, shown as KADO-nnnn
	Class           Class
	What, Why, Cure lang.Text
}

var (
	mu    sync.Mutex
	kinds = map[int]*Kind{}
)

// Define puts k into the catalogue. It panics on a number used twice, since
// that is a mistake in the program text and must not reach a user.
func Define(k Kind) *Kind {
	mu.Lock()
	defer mu.Unlock()
	if kinds[k.Number] != nil {
		panic(fmt.Sprintf("fault: KADO-%04d defined twice", k.Number))
	}
	kinds[k.Number] = &k
	return &k
}

// All returns the catalogue in number order.
func All() []*Kind {
	mu.Lock()
	defer mu.Unlock()
	out := make([]*Kind, 0, len(kinds))
	for _, k := range kinds {
		out = append(out, k)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Number < out[j].Number })
	return out
}

// Code returns the number as users see it: "KADO-2203".
func (k *Kind) Code() string { return fmt.Sprintf("KADO-%04d", k.Number) }

// New makes an error of this kind.
func (k *Kind) New(args ...any) *Error { return &Error{Kind: k, Args: args} }

// Because makes an error of this kind with an inner cause. The cause goes to
// the log and to errors.Is/As, never to the user.
func (k *Kind) Because(err error, args ...any) *Error {
	return &Error{Kind: k, Args: args, Err: err}
}

// Is reports whether err is, or wraps, an error of this kind.
func (k *Kind) Is(err error) bool {
	for err != nil {
		if e, ok := err.(*Error); ok && e.Kind == k {
			return true
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inner := range u.Unwrap() {
				if k.Is(inner) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}

// Error is one refusal.
type Error struct {
	Kind *Kind
	Args []any
	Err  error
}

// Error gives number and English text, for logs and developers.
func (e *Error) Error() string {
	s := e.Kind.Code() + ": " + e.Kind.What.With(lang.EN, e.Args...)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the inner cause.
func (e *Error) Unwrap() error { return e.Err }

// Code returns "KADO-nnnn".
func (e *Error) Code() string { return e.Kind.Code() }

// In returns what happened, why and what to do, in one language.
func (e *Error) In(l lang.Lang) (what, why, cure string) {
	return e.Kind.What.With(l, e.Args...), e.Kind.Why.In(l), e.Kind.Cure.In(l)
}

// Unexpected is what a user is told of an error that has no number of its own.
// Its cause is in the log only.
var Unexpected = Define(Kind{
	Number: 1000,
	Class:  Internal,
	What:   lang.Text{JA: "予期しない誤りが起きました。", EN: "Something went wrong inside Kado."},
	Why:    lang.Text{JA: "Kado の側の誤りです。入力が悪いのではありません。", EN: "The fault is on Kado's side, not in what you entered."},
	Cure:   lang.Text{JA: "ログの同じ番号の行を添えて知らせてください。データは変わっていません。", EN: "Report it with the log line of this number. No data was changed."},
})

// Of returns err's outermost numbered error, or Unexpected wrapping err.
// Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Unexpected.Because(err)
}
