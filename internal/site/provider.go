package site

import (
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/entropy"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault"
	"kado/internal/server"
	"kado/jpki"
)

// NewProvider makes the OpenID Connect provider of a house. What d leaves out of
// the offices is the house's own; base address, clocks and modes are the caller's.
func NewProvider(h *server.House, keys keystore.Store, e entropy.Source, settings jpki.Settings, d oidc.Deps) (*oidc.Provider, error) {
	d.DB, d.Keys, d.Entropy, d.Settings = h.DB, keys, e, settings
	d.Login, d.Authority, d.Validation, d.Verifier, d.Consents = h.Login, h.Authority, h.Validation, h.LoginVerifier, h.Validation
	// Readers of cards judge what the provider announces by the time that relying
	// parties have, too.
	at := d.PartyClock
	if at == nil {
		at = d.Clock
	}
	d.Proofs = h.Vault.Proofs(vault.ProofOptions{Site: d.Base, Clock: at, Announce: h.Production.Announce})
	return oidc.New(d)
}

// LoginParts are the provider's endpoints and pages; clients puts the page on which
// they are registered before the visitor.
func LoginParts(p *oidc.Provider, clients bool) []Part {
	ofConsents, ofClients := oidc.TileTexts()
	out := []Part{{Room: p.Room(), Mount: p.Mount, Machine: p.Machine(),
		Tile: Tile{Path: "/consents", Icon: "list", Title: ofConsents[0], Text: ofConsents[1]}}}
	if clients {
		out = append(out, Part{Tile: Tile{Path: "/clients", Icon: "key", Title: ofClients[0], Text: ofClients[1]}})
	}
	return out
}
