// Package handover lets a phone, or any other device, bring the card to a login
// that began on a computer. The computer shows a QR code and a number of six
// digits; the phone opens the code's address and its holder picks that number out
// of three; then the phone's own ways of using a card are open for this one login.
// The computer's page waits and goes on by itself.
//
// # What is bound to what
//
//   - The computer: by the provider's cookie (oidc.Desk.Bound). Only that browser
//     gets the code of the login, whoever brought the card.
//   - The phone: by a cookie that it gets when it picks the right number. Without it
//     the address in the QR code opens nothing.
//   - The two: by the number, which only who sees the computer's screen knows.
//
// Picking a wrong number ends the handover at once; guessing succeeds once in
// three times, and only before the holder has picked. What remains is told in
// docs/threats-ways.md.
//
// Handovers live in the process's memory for a few minutes. After a restart the
// computer's page shows a new code.
package handover

import (
	"net/http"
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/site"
)

const (
	// matchLife is how long the number can be picked.
	matchLife = 3 * time.Minute
	// cardLife is how long the phone then has for the card. The interaction's own
	// end may come first.
	cardLife = 5 * time.Minute
	// maxCodes is how many codes one login may show, one after the other.
	maxCodes = 5
	// maxHandovers bounds the memory.
	maxHandovers = 10_000
	// choices is how many numbers the phone is shown.
	choices = 3
)

// Options of the way.
type Options struct {
	Desk  oidc.Desk
	Clock clock.Clock
	// Entropy gives codes, cookies and numbers: in service the system's, since
	// nobody may be able to compute them.
	Entropy entropy.Source
	// Base is the site's public address, for the QR code. Where it is "" the
	// address by which the computer reached the site serves; that is for a sandbox.
	Base    string
	Sandbox bool // the code's address is also shown as a link
	Secure  bool // reached over TLS
}

// Handover is this way. Make it with New. Safe for concurrent use.
type Handover struct {
	o    Options
	book *book
	ways []oidc.Way
}

// New returns the way without any other way for the phone.
func New(o Options) *Handover { return &Handover{o: o, book: newBook(o.Clock, o.Entropy)} }

// Phone adds ways that the phone can use. They must have been given the desk that
// Desk returns.
func (h *Handover) Phone(ways ...oidc.Way) { h.ways = append(h.ways, ways...) }

// Desk is the provider's desk for ways that a phone may use, too: it knows the
// phone's name of an interaction beside the computer's.
func (h *Handover) Desk() oidc.Desk { return desk{h.o.Desk, h.book} }

// Way is what the provider offers.
func (h *Handover) Way() oidc.Way {
	return oidc.Way{ID: "handover", Icon: "phone",
		Title: lang.Text{JA: "スマートフォンで読み取る", EN: "Use a phone"},
		Text:  lang.Text{JA: "QRコードを読み取り、カードの操作は別の端末で行います。", EN: "Scan a QR code and use your card on another device."},
		Path:  func(interaction string) string { return pcPath + interaction }}
}

// Part is what the site serves.
func (h *Handover) Part() site.Part {
	return site.Part{Room: room(), Mount: h.mount}
}

// cookieName is the phone's proof that it picked the right number.
const cookieName = "kado_handover"

func (h *Handover) setCookie(w http.ResponseWriter, value string) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: int((matchLife + cardLife) / time.Second),
		Secure: h.o.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func cookieOf(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	return c.Value
}
