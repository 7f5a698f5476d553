// Package bridge lets a card in the holder's own reader answer a login. The page
// shows a code; the holder types it into kado bridge on the same machine. The
// bridge fetches by the code, over HTTPS, what is asked and by whom, shows it,
// asks for the PIN in the terminal, lets the card sign and sends the answer; the
// page waits and goes on by itself.
//
// A bridge that already runs (kado bridge, without a code) can be given the code by
// a button of the page. It is a form that goes to the holder's own machine, not a
// script: the content security policy of these pages lets no script speak to any
// other place than this site.
//
// # Who is trusted with what
//
// The PIN goes from the holder to the card and nowhere else: no message below has
// room for it. The bridge lets the card sign nothing but a login.Statement, and
// shows the holder its origin (P-42). The code serves one bridge, once; what the
// bridge gets with it is a ticket that only it knows. The browser is bound by the
// provider's cookie (oidc.Desk.Bound). What proves the attributes goes through here
// sealed (package sealed): neither this way nor the provider can open it.
//
// Codes live in the process's memory for a few minutes. After a restart the page
// shows a new one.
package bridge

import (
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/site"
)

const (
	// codeLife is how long a code can be typed.
	codeLife = 5 * time.Minute
	// ticketLife is how long the card then has. The interaction's own end may come
	// first.
	ticketLife = 5 * time.Minute
	// maxCodes is how many codes one login may show, one after the other.
	maxCodes = 10
	// maxLogins bounds the memory; it is more than one network can begin before its
	// first ones are over (web.Shell.Begins), so that nobody alone fills it.
	maxLogins = 50_000
)

// Listener is where a running bridge takes a code from the page's button, unless
// it was started with another port.
const Listener = "127.0.0.1:35980"

// Options of the way.
type Options struct {
	Desk  oidc.Desk
	Clock clock.Clock
	// Entropy gives codes and tickets: in service the system's, since nobody may be
	// able to compute them.
	Entropy entropy.Source
	// Base is the site's public address, which the page tells to type; "" for the
	// address by which the browser reached the site.
	Base   string
	Secure bool // reached over TLS
}

// Bridge is this way. Make it with New. Safe for concurrent use.
type Bridge struct {
	o    Options
	book *book
}

// New returns the way.
func New(o Options) *Bridge { return &Bridge{o, newBook(o.Clock, o.Entropy)} }

// Way is what the provider offers.
func (b *Bridge) Way() oidc.Way {
	return oidc.Way{ID: "bridge", Icon: "reader",
		Title: lang.Text{JA: "自分のカードリーダーを使う", EN: "Use your own card reader"},
		Text:  lang.Text{JA: "このパソコンにつないだリーダーのカードを、kado bridge で使います。", EN: "A card in a reader of this computer, through kado bridge."},
		Path:  func(interaction string) string { return pagePath + interaction }}
}

// Part is what the site serves.
func (b *Bridge) Part() site.Part { return site.Part{Room: room(), Mount: b.mount} }
