package chiptest

import (
	"crypto/rsa"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// AppletPIN is the PIN of the fixtures' applets.
var AppletPIN = mynumber.NewSecret("6194")

// LibraryRecord is the record of the fixtures' applets.
var LibraryRecord = files.MunicipalRecord{Municipality: "13101", Kind: files.LibraryCard, Number: "L-0042",
	Expiry: mynumber.Date{Year: 2030, Month: time.March, Day: 31}}

// MunicipalApplet describes a municipal card for a slot of the free area.
func MunicipalApplet(slot int, policy cardmgmt.PINPolicy) cardmgmt.Applet {
	a := cardmgmt.Applet{Slot: layout.Slot(slot), Type: cardmgmt.MunicipalCard, Area: cardmgmt.MunicipalArea, Version: 1, Policy: policy,
		Provider: "13101", Basis: "ordinance 7 of 2025", AID: append(cardmgmt.MunicipalCard.Prefix(), byte(slot))}
	if policy != 0 {
		a.Tries = 3
	}
	return a
}

// InstallScript installs an applet with a record, its key, and its PIN where
// the policy wants one.
func InstallScript(a cardmgmt.Applet, record []byte) (cardmgmt.Script, []reader.PIN) {
	script := cardmgmt.Script{cardmgmt.InstallAppletItem{Applet: a, Record: record},
		cardmgmt.GenerateKeyItem{Application: a.Slot, Reference: layout.AppletKey}}
	if a.Policy == 0 {
		return script, nil
	}
	return append(script, cardmgmt.ListPIN{Application: a.Slot, Reference: layout.AppletPIN}),
		[]reader.PIN{{Application: a.Slot, Reference: layout.AppletPIN, Value: AppletPIN}}
}

// Install installs a municipal card in two acts, as its municipality does: the
// applet with its record, and when its key is known the evidence. It returns
// the applet's public key.
func (f *Fixture) Install(tb testing.TB, a cardmgmt.Applet) *rsa.PublicKey {
	tb.Helper()
	record, err := LibraryRecord.Encode()
	check(tb, err)
	script, pins := InstallScript(a, record)
	reports, err := cardmgmt.ParseKeyReports(f.Run(tb, cardmgmt.InstallApplet, script, pins...))
	check(tb, err)
	if len(reports) != 1 {
		tb.Fatalf("%d key reports", len(reports))
	}
	pub := rsaPublic(tb, reports[0].PublicKey)
	evidence, err := files.MunicipalEvidence(a.AID, record, pub, f.issuer(tb))
	check(tb, err)
	f.Run(tb, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.WriteFile{Application: a.Slot, File: layout.AppletEvidence, Content: evidence}})
	return pub
}

// issuer is the municipality of the fixtures, certified by Key(0).
func (f *Fixture) issuer(tb testing.TB) files.Issuer {
	tb.Helper()
	rootID, err := iso7816.NewKeyID(9000033, 1)
	check(tb, err)
	issuerID, err := iso7816.NewKeyID(1310100, 1)
	check(tb, err)
	cvc, err := iso7816.CreateCVC(rootID, issuerID, &Key(1).PublicKey, Key(0))
	check(tb, err)
	return files.Issuer{Key: Key(1), CVC: cvc}
}
