package chip

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// plan turns a parsed script into one change and one answer, or into a
// refusal. It touches nothing: applying it is the caller's single commit.
type plan struct {
	card   *Card
	act    *act
	change *change
	answer []byte
	// made are the keys the script loads, makes or takes into use.
	made []madeKey
	// installed are the applets the script brings.
	installed []cardmgmt.Applet
}

type madeKey struct {
	entry *entry
	key   crypto.Signer
}

func newPlan(c *Card, a *act) *plan {
	return &plan{card: c, act: a, change: newChange(c.nv)}
}

// The steps that check one item; a nil step refuses the item.
type steps struct {
	writeFile     func(cardmgmt.WriteFile) iso7816.Status
	loadReference func(cardmgmt.LoadReference) iso7816.Status
	loadKey       func(cardmgmt.LoadWrappedKey) iso7816.Status
	generate      func(cardmgmt.GenerateKeyItem) iso7816.Status
	useKey        func(cardmgmt.UseKey) iso7816.Status
	deleteKey     func(cardmgmt.DeleteKeyItem) iso7816.Status
	listPIN       func(cardmgmt.ListPIN) iso7816.Status
	listFile      func(cardmgmt.ListFile) iso7816.Status
	install       func(cardmgmt.InstallAppletItem) iso7816.Status
	remove        func(cardmgmt.RemoveAppletItem) iso7816.Status
	// empty permits a script without items.
	empty bool
	// finish runs after the items.
	finish func() iso7816.Status
}

// steps is the table of what each operation permits.
func (p *plan) steps() steps {
	switch p.act.Op {
	case cardmgmt.Personalise:
		return steps{writeFile: p.writeAnyFile, loadReference: p.loadReference, loadKey: p.loadKey,
			generate: p.generateCurrent, useKey: p.useKey, finish: p.finishPersonalise}
	case cardmgmt.Inspect:
		return steps{listFile: p.inspect}
	case cardmgmt.Prove:
		return steps{empty: true, finish: p.prove}
	case cardmgmt.Activate:
		return steps{listPIN: p.setPIN, empty: true}
	case cardmgmt.InitialisePIN:
		return steps{listPIN: p.setPIN}
	case cardmgmt.Rewrite:
		return steps{writeFile: p.rewriteFile, loadReference: p.loadReference}
	case cardmgmt.GenerateKey:
		return steps{generate: p.generateBeside, finish: p.reportKeys}
	case cardmgmt.SwitchKey:
		return steps{writeFile: p.writeKeyFile, useKey: p.switchKey, finish: p.finishSwitch}
	case cardmgmt.DeleteKey:
		return steps{deleteKey: p.deleteKey, finish: p.finishJPKI}
	case cardmgmt.LockPINs:
		return steps{listPIN: p.lockPIN, deleteKey: p.deleteSignatureKey, finish: p.finishLock}
	case cardmgmt.ReleasePINs:
		return steps{listPIN: p.releasePIN}
	case cardmgmt.InstallApplet:
		return steps{install: p.installApplet, listPIN: p.appletPIN, generate: p.appletKey, finish: p.finishInstall}
	case cardmgmt.RemoveApplet:
		return steps{remove: p.removeApplet}
	case cardmgmt.ListApplets:
		return steps{empty: true, finish: p.listApplets}
	case cardmgmt.Terminate:
		return steps{empty: true, finish: p.terminate}
	}
	return steps{}
}

func (p *plan) build() iso7816.Status {
	to, ok := next(p.card.nv.state(), p.act.Op)
	if !ok {
		return iso7816.ConditionsNotSatisfied
	}
	s := p.steps()
	if len(p.act.items) == 0 && !s.empty {
		return iso7816.WrongData
	}
	before := p.change.used()
	for _, item := range p.act.items {
		if sw := s.take(item); !sw.OK() {
			return sw
		}
	}
	if s.finish != nil {
		if sw := s.finish(); !sw.OK() {
			return sw
		}
	}
	if used := p.change.used(); used > before && used > p.card.nv.freeArea() {
		return iso7816.NotEnoughMemory
	}
	if to != p.card.nv.state() {
		p.change.set(recordState, []byte{byte(to)})
	}
	return iso7816.OK
}

func (s steps) take(item cardmgmt.Item) iso7816.Status {
	switch i := item.(type) {
	case cardmgmt.WriteFile:
		return run(s.writeFile, i)
	case cardmgmt.LoadReference:
		return run(s.loadReference, i)
	case cardmgmt.LoadWrappedKey:
		return run(s.loadKey, i)
	case cardmgmt.GenerateKeyItem:
		return run(s.generate, i)
	case cardmgmt.UseKey:
		return run(s.useKey, i)
	case cardmgmt.DeleteKeyItem:
		return run(s.deleteKey, i)
	case cardmgmt.ListPIN:
		return run(s.listPIN, i)
	case cardmgmt.ListFile:
		return run(s.listFile, i)
	case cardmgmt.InstallAppletItem:
		return run(s.install, i)
	case cardmgmt.RemoveAppletItem:
		return run(s.remove, i)
	}
	return iso7816.WrongData
}

func run[T cardmgmt.Item](step func(T) iso7816.Status, item T) iso7816.Status {
	if step == nil {
		return iso7816.ConditionsNotSatisfied
	}
	return step(item)
}

// Files. A kind of data that the access table does not know has no place on
// the card (CHP-13, CHP-14).

func (p *plan) fileEntry(app layout.Application, id layout.FileID) *entry {
	e := p.entry(app, uint16(id))
	if e == nil || !e.isFile() || e.fixed != nil {
		return nil
	}
	return e
}

func isPresence(e *entry) bool {
	return e.app == layout.JPKI && e.id == uint16(layout.JPKIPresence)
}

func (p *plan) writeAnyFile(i cardmgmt.WriteFile) iso7816.Status {
	e := p.fileEntry(i.Application, i.File)
	if e == nil {
		return iso7816.FileNotFound
	}
	p.change.setFile(e, i.Content)
	return iso7816.OK
}

// rewriteFile leaves out what must agree with the keys.
func (p *plan) rewriteFile(i cardmgmt.WriteFile) iso7816.Status {
	e := p.fileEntry(i.Application, i.File)
	if e != nil && (e.withKey || isPresence(e)) {
		return iso7816.ConditionsNotSatisfied
	}
	return p.writeAnyFile(i)
}

func (p *plan) writeKeyFile(i cardmgmt.WriteFile) iso7816.Status {
	e := p.fileEntry(i.Application, i.File)
	if e == nil || !e.withKey {
		return iso7816.ConditionsNotSatisfied
	}
	return p.writeAnyFile(i)
}

func (p *plan) inspect(i cardmgmt.ListFile) iso7816.Status {
	e := p.entry(i.Application, uint16(i.File))
	if e == nil || !e.isFile() || p.card.nv.file(e) == nil {
		return iso7816.FileNotFound
	}
	d := sha256.Sum256(p.card.nv.file(e))
	p.answer = append(p.answer, d[:]...)
	return iso7816.OK
}

// References.

func (p *plan) loadReference(i cardmgmt.LoadReference) iso7816.Status {
	e := lookupRef(i.Application, i.Reference)
	switch {
	case e == nil || e.kind != number || e.never:
		return iso7816.ReferenceNotFound
	case !e.format.fits(i.Value):
		return iso7816.WrongData
	}
	p.change.setReference(e, i.Value, i.Tries)
	return iso7816.OK
}

// pinEntry finds a PIN; an applet whose policy has none has none.
func (p *plan) pinEntry(i cardmgmt.ListPIN) *entry {
	e := p.entry(i.Application, uint16(i.Reference))
	if e == nil || e.kind != pin || p.limit(e) == 0 {
		return nil
	}
	return e
}

func (p *plan) setPIN(i cardmgmt.ListPIN) iso7816.Status {
	e := p.pinEntry(i)
	if e == nil {
		return iso7816.ReferenceNotFound
	}
	value := p.act.pins[e]
	if value == nil {
		return iso7816.ConditionsNotSatisfied
	}
	p.change.setReference(e, value, p.limit(e))
	return iso7816.OK
}

// lockPIN leaves no value behind: nobody knows the PIN of a PIN-less card.
func (p *plan) lockPIN(i cardmgmt.ListPIN) iso7816.Status {
	e := p.pinEntry(i)
	if e == nil {
		return iso7816.ReferenceNotFound
	}
	p.change.erase(valueRecord(e))
	p.change.erase(triesRecord(e))
	return iso7816.OK
}

// deleteSignatureKey lets the act that makes a card PIN-less take the
// signature certificate with it (P-46, R-13): one batch, no state between.
func (p *plan) deleteSignatureKey(i cardmgmt.DeleteKeyItem) iso7816.Status {
	if i.Application != layout.JPKI || i.Reference != layout.JPKISignatureKey {
		return iso7816.ConditionsNotSatisfied
	}
	return p.deleteKey(i)
}

// finishLock wants a PIN, and lets a signature key go only with its password.
func (p *plan) finishLock() iso7816.Status {
	pins, deleted := 0, false
	for _, item := range p.act.items {
		if _, ok := item.(cardmgmt.ListPIN); ok {
			pins++
		} else {
			deleted = true
		}
	}
	password := lookupRef(layout.JPKI, layout.JPKISignaturePassword)
	switch {
	case pins == 0, deleted && p.change.get(valueRecord(password)) != nil:
		return iso7816.WrongData
	case deleted:
		return p.finishJPKI()
	}
	return iso7816.OK
}

func (p *plan) releasePIN(i cardmgmt.ListPIN) iso7816.Status {
	e := p.pinEntry(i)
	if e != nil && p.card.nv[valueRecord(e)] != nil {
		return iso7816.ConditionsNotSatisfied
	}
	return p.setPIN(i)
}

// Keys.

func (p *plan) keyEntry(app layout.Application, ref layout.Reference) *entry {
	e := p.entry(app, uint16(ref))
	if e == nil || e.kind != key {
		return nil
	}
	return e
}

func (p *plan) loadKey(i cardmgmt.LoadWrappedKey) iso7816.Status {
	e := p.keyEntry(i.Application, i.Reference)
	if e == nil {
		return iso7816.ReferenceNotFound
	}
	k, err := cardmgmt.UnwrapKey(p.card.nv[recordTransportPrivate], p.card.serial(), i.Application, i.Reference, i.Ciphertext)
	if err != nil {
		return iso7816.WrongData
	}
	if t, err := cardmgmt.KeyTypeOf(k.Public()); err != nil || !e.takes(t) {
		return iso7816.WrongData
	}
	p.change.erase(besideRecord(e))
	return p.keep(e, keyRecord(e), k)
}

// keep puts a key into a record.
func (p *plan) keep(e *entry, record string, k crypto.Signer) iso7816.Status {
	der, err := encodeKey(k)
	if err != nil {
		return iso7816.NoDiagnosis
	}
	p.change.set(record, der)
	p.made = append(p.made, madeKey{e, k})
	return iso7816.OK
}

// takes reports whether a key of that type has a place there. The card's own keys
// stand in records that have no room for anything but a modulus.
func (e *entry) takes(t cardmgmt.KeyType) bool { return t == cardmgmt.RSA2048 || e.app == layout.JPKI }

func (p *plan) generate(i cardmgmt.GenerateKeyItem, record func(*entry) string) iso7816.Status {
	e := p.keyEntry(i.Application, i.Reference)
	switch {
	case e == nil:
		return iso7816.ReferenceNotFound
	case !e.takes(i.Type):
		return iso7816.WrongData
	}
	if i.Type == cardmgmt.P384 {
		k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			return iso7816.NoDiagnosis
		}
		return p.keep(e, record(e), k)
	}
	k, err := p.card.keys.RSA2048()
	if err != nil || k == nil || iso7816.CheckPublicKey(&k.PublicKey) != nil {
		return iso7816.NoDiagnosis
	}
	return p.keep(e, record(e), k)
}

func (p *plan) generateCurrent(i cardmgmt.GenerateKeyItem) iso7816.Status {
	sw := p.generate(i, keyRecord)
	if sw.OK() {
		p.change.erase(besideRecord(lookupRef(i.Application, i.Reference)))
	}
	return sw
}

// generateBeside makes keys for any place on a blank chip, and only for the
// certificates on one that is in operation.
func (p *plan) generateBeside(i cardmgmt.GenerateKeyItem) iso7816.Status {
	if p.card.nv.state() != StateBlank && i.Application != layout.JPKI {
		return iso7816.ConditionsNotSatisfied
	}
	return p.generate(i, besideRecord)
}

func (p *plan) useKey(i cardmgmt.UseKey) iso7816.Status {
	e := p.keyEntry(i.Application, i.Reference)
	if e == nil {
		return iso7816.ReferenceNotFound
	}
	k := p.card.privateKey(besideRecord(e))
	if k == nil || cardmgmt.PublicKeyDigest(k.Public()) != i.Digest {
		return iso7816.ReferenceNotFound
	}
	p.change.set(keyRecord(e), p.card.nv[besideRecord(e)])
	p.change.erase(besideRecord(e))
	p.made = append(p.made, madeKey{e, k})
	return iso7816.OK
}

func (p *plan) switchKey(i cardmgmt.UseKey) iso7816.Status {
	if i.Application != layout.JPKI {
		return iso7816.ConditionsNotSatisfied
	}
	return p.useKey(i)
}

func (p *plan) deleteKey(i cardmgmt.DeleteKeyItem) iso7816.Status {
	e := p.keyEntry(i.Application, i.Reference)
	if e == nil || e.app != layout.JPKI {
		return iso7816.ReferenceNotFound
	}
	if p.card.nv[keyRecord(e)] == nil && p.card.nv[besideRecord(e)] == nil {
		return iso7816.ReferenceNotFound
	}
	p.change.erase(keyRecord(e))
	p.change.erase(besideRecord(e))
	p.change.erase(fileRecord(lookup(e.app, uint16(e.certificate))))
	p.change.erase(fileRecord(lookup(e.app, uint16(e.ca))))
	return iso7816.OK
}

// Finishing.

func (p *plan) finishPersonalise() iso7816.Status {
	if p.change.get(keyRecord(lookupRef(layout.Face, layout.FaceKey))) == nil {
		// Without its own key the card could not prove itself before it is
		// handed over.
		return iso7816.WrongData
	}
	// Keys born for this person and not used must not stay behind.
	for i := range allEntries {
		if e := &allEntries[i]; e.kind == key && p.change.get(besideRecord(e)) != nil {
			p.change.erase(besideRecord(e))
		}
	}
	if sw := p.finishJPKI(); !sw.OK() {
		return sw
	}
	return p.reportKeys()
}

// finishSwitch asks for both files of each key taken into use, so that no old
// certificate survives its key, and no file without its key.
func (p *plan) finishSwitch() iso7816.Status {
	files := 0
	for _, m := range p.made {
		for _, id := range []layout.FileID{m.entry.certificate, m.entry.ca} {
			if p.change.over[fileRecord(lookup(m.entry.app, uint16(id)))] == nil {
				return iso7816.WrongData
			}
			files++
		}
	}
	if len(p.made) == 0 || files+len(p.made) != len(p.act.items) {
		return iso7816.WrongData
	}
	if sw := p.finishJPKI(); !sw.OK() {
		return sw
	}
	return p.reportKeys()
}

// finishJPKI refuses a JPKI application in which keys and certificates do not
// belong together, and writes the presence file to agree with them.
func (p *plan) finishJPKI() iso7816.Status {
	presence := []byte{0, 0, 0}
	for n, ref := range []layout.Reference{layout.JPKISignatureKey, layout.JPKIAuthenticationKey} {
		e := lookupRef(layout.JPKI, ref)
		der := p.change.get(keyRecord(e))
		certificate := p.change.get(fileRecord(lookup(e.app, uint16(e.certificate))))
		ca := p.change.get(fileRecord(lookup(e.app, uint16(e.ca))))
		if der == nil && certificate == nil && ca == nil {
			continue
		}
		if der == nil || certificate == nil || ca == nil {
			return iso7816.WrongData
		}
		// A chip does not read X.509; but a certificate of this key holds its
		// modulus or its point.
		k := p.keyOf(e, der)
		if k == nil {
			return iso7816.WrongData
		}
		if b, err := cardmgmt.KeyBytes(k.Public()); err != nil || !bytes.Contains(certificate, b) {
			return iso7816.WrongData
		}
		presence[n] = 0x8F
	}
	p.change.setFile(lookup(layout.JPKI, uint16(layout.JPKIPresence)), presence)
	return iso7816.OK
}

// keyOf decodes the key that e will have, sparing the decoding where the plan
// made it itself.
func (p *plan) keyOf(e *entry, der []byte) crypto.Signer {
	for _, m := range p.made {
		if m.entry == e {
			return m.key
		}
	}
	return decodeKey(der)
}

func (p *plan) reportKeys() iso7816.Status {
	for _, m := range p.made {
		ref := layout.Reference(m.entry.id)
		pub := m.key.Public()
		t, err := cardmgmt.KeyTypeOf(pub)
		if err != nil {
			return iso7816.NoDiagnosis
		}
		d := cardmgmt.PossessionDigest(p.card.serial(), p.act.Session, p.act.challenge, m.entry.app, ref, pub)
		sig, err := m.key.Sign(rand.Reader, d, t.Hash())
		if err != nil {
			return iso7816.NoDiagnosis
		}
		r := cardmgmt.KeyReport{Application: m.entry.app, Reference: ref, PublicKey: pub, Signature: sig}
		p.answer = append(p.answer, r.Encode()...)
	}
	return iso7816.OK
}

func (p *plan) prove() iso7816.Status {
	k := p.card.rsaKey(keyRecord(lookupRef(layout.Face, layout.FaceKey)))
	if k == nil {
		return iso7816.NoDiagnosis
	}
	d := cardmgmt.ProofDigest(p.card.serial(), p.act.Session, p.act.challenge)
	sig, err := rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, d[:])
	if err != nil {
		return iso7816.NoDiagnosis
	}
	p.answer = sig
	return iso7816.OK
}

func (p *plan) terminate() iso7816.Status {
	for k := range p.card.nv {
		p.change.erase(k)
	}
	return iso7816.OK
}
