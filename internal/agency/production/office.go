// Package production makes cards: it gathers the attributes from the register,
// the photo from the application, the number from the vault and keys and
// certificates from the authorities, writes them into a blank chip through
// APDUs, inspects what was written, and consigns the cards to the
// municipality.
package production

import (
	"context"
	"fmt"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/authority"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/internal/platform/vault/sealed"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// OrderState is the state of a production order.
type OrderState string

// The order states.
const (
	Placed    OrderState = "placed"
	Written   OrderState = "written"
	Inspected OrderState = "inspected"
	Packed    OrderState = "packed"
	Failed    OrderState = "failed"
)

// Orders is the table of a production order. A failed order is never mended:
// the card is spoiled, its keys and certificates end, and a new order with a new
// card id and new keys takes its place (PRD-10, CRT-27).
var Orders = states.New(states.Machine[OrderState]{
	Name: "order", Title: lang.Text{JA: "製造指示", EN: "Production order"}, Initial: Placed,
	States: []states.State[OrderState]{
		{ID: Placed, Text: lang.Text{JA: "受付", EN: "placed"}},
		{ID: Written, Text: lang.Text{JA: "書込み済み", EN: "written"}},
		{ID: Inspected, Text: lang.Text{JA: "検査済み", EN: "inspected"}},
		{ID: Packed, Text: lang.Text{JA: "梱包済み", EN: "packed"}, End: true},
		{ID: Failed, Text: lang.Text{JA: "不良", EN: "failed"}, End: true},
	},
	Moves: []states.Move[OrderState]{
		{Act: "write", From: Placed, To: Written},
		{Act: "inspect", From: Written, To: Inspected},
		{Act: "pack", From: Inspected, To: Packed},
		{Act: "fail", From: Placed, To: Failed},
		{Act: "fail", From: Written, To: Failed},
		{Act: "fail", From: Inspected, To: Failed},
	},
})

// ConsignmentState is the state of a consignment.
type ConsignmentState string

// The consignment states.
const (
	InTransit ConsignmentState = "in_transit"
	Arrived   ConsignmentState = "arrived"
	Stopped   ConsignmentState = "stopped"
)

// Consignments is the table of a consignment: a count or list that differs
// from the manifest stops it (PRD-08, P-14).
var Consignments = states.New(states.Machine[ConsignmentState]{
	Name: "consignment", Title: lang.Text{JA: "発送", EN: "Consignment"}, Initial: InTransit,
	States: []states.State[ConsignmentState]{
		{ID: InTransit, Text: lang.Text{JA: "輸送中", EN: "in transit"}},
		{ID: Arrived, Text: lang.Text{JA: "到着・照合済み", EN: "arrived and matched"}, End: true},
		{ID: Stopped, Text: lang.Text{JA: "不一致により停止", EN: "stopped: does not match"}},
	},
	Moves: []states.Move[ConsignmentState]{
		{Act: "receive", From: InTransit, To: Arrived},
		{Act: "stop", From: InTransit, To: Stopped},
		{Act: "receive", From: Stopped, To: Arrived},
	},
})

// Order is one production order.
type Order struct {
	ID          string // ord_…
	Application mynumber.ApplicationID
	Person      string
	Card        mynumber.CardID
	State       OrderState
	PhotoDigest [32]byte // of the application's photo (P-03)
	ChipPhoto   [32]byte // of the photo as written to the chip
	Keys        map[string]authority.KeyPath
	Consignment string // "" before packing
	PlacedAt    time.Time
}

// Consignment is a sealed box of cards for one municipality.
type Consignment struct {
	ID           string // con_…
	Municipality mynumber.MunicipalityCode
	State        ConsignmentState
	Cards        []mynumber.CardID // the manifest
	SentAt       time.Time
}

// Effects. EffectConsigned: ConsignmentEffect, to production itself.
const EffectConsigned = "production.consigned"

// ConsignmentEffect is the payload of EffectConsigned.
type ConsignmentEffect struct {
	Consignment string `json:"consignment"`
}

// Shipments is what custody asks and reports. KADO-3004 no such consignment,
// KADO-3005 what was scanned is not what was sent.
type Shipments interface {
	Consignment(ctx context.Context, id string) (Consignment, error)
	// Arrive compares the scanned cards with the manifest: equal, and the
	// consignment has arrived; otherwise it is stopped, nothing is received, and
	// KADO-3005 counts the missing and the foreign cards; the journal names them.
	Arrive(ctx context.Context, by journal.Actor, id string, scanned []mynumber.CardID) (Consignment, error)
}

// IssuerKeys lets other offices rewrite what production wrote: the same
// municipality-level issuing key signs the records at a change of attributes.
type IssuerKeys interface {
	// Root is the public root that certifies the issuing keys, for readers that
	// check the records (CHP-38).
	Root(ctx context.Context) (RootKeys, error)
	// Announce signs, with the root of the text records, the key to which readers of
	// cards seal the proof of what they read there. It signs nothing else.
	Announce(ctx context.Context, site string, key []byte, notAfter time.Time) (sealed.Announcement, error)
	// Rewrite builds the issuer script that brings a card's attribute files to
	// the register's present state (LIF-34); the caller has it authorised and
	// runs it. It also returns the number of bytes, for progress.
	Rewrite(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) (script []byte, err error)
}

// RootKeys are the roots of the record signers, as SubjectPublicKeyInfo.
type RootKeys struct {
	Text   []byte // card information input application
	Face   []byte // card face application
	Master []byte // master level: the certificate in 00F8 leads to it
}

// Works is what the makers do. Every method can be repeated after a crash.
// KADO-3001 no such order, KADO-3002 not in a state for it, KADO-3003 the chip
// did not take or show what it should and the order has failed, KADO-3006 the
// inspector is the operator who wrote the chip (PRD-07, PRD-32), KADO-3007 the
// holder may no longer have the card and the order has failed, KADO-3008
// the photo is not the ordered one, KADO-3009 the chip did not answer and the
// order is as before, KADO-3010 another chip lies on the machine, KADO-3011 no
// certificate can be dated today (no CA generation). Actors are
// active maker operators (KADO-14nn); the system itself may place orders.
type Works interface {
	Shipments
	IssuerKeys
	// Place orders a card for an accepted application; once per application
	// unless the earlier order failed.
	Place(ctx context.Context, by journal.Actor, application mynumber.ApplicationID) (Order, error)
	Order(ctx context.Context, id string) (Order, error)
	// Personalise writes a blank chip. On any failure after keys were made it
	// ends cleanly (CRT-27): certificates revoked, card spoiled, order failed.
	Personalise(ctx context.Context, by journal.Actor, order string, blank reader.Transport) (Order, error)
	// Inspect reads the finished chip back and compares it with the order.
	Inspect(ctx context.Context, by journal.Actor, order string, card reader.Transport) (Order, error)
	// Consign packs inspected cards of one municipality and sends them.
	Consign(ctx context.Context, by journal.Actor, to mynumber.MunicipalityCode, orders []string) (Consignment, error)
}

// CertificateFiles are the two files that go with a certificate on the card:
// itself, and the CA certificate of the generation that signed it.
func CertificateFiles(ctx context.Context, a authority.Authority, c authority.Certificate) (cardmgmt.Script, error) {
	generations, err := a.Generations(ctx, c.Kind)
	if err != nil {
		return nil, err
	}
	own, ca := layout.JPKIAuthenticationCertificate, layout.JPKIAuthenticationCA
	if c.Kind == jpki.Signature {
		own, ca = layout.JPKISignatureCertificate, layout.JPKISignatureCA
	}
	for _, g := range generations {
		if g.Number == c.Generation {
			return cardmgmt.Script{
				cardmgmt.WriteFile{Application: layout.JPKI, File: own, Content: c.DER},
				cardmgmt.WriteFile{Application: layout.JPKI, File: ca, Content: g.Certificate},
			}, nil
		}
	}
	return nil, fmt.Errorf("production: no %s CA of generation %d", c.Kind, c.Generation)
}
