package pdfsig

import (
	"context"
	"crypto"
	"crypto/sha1" // names of records in the security store, not a signature
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"kado/jpki/cms"
	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

// Room for the signature value, in octets of DER: the CMS without certificates,
// and a time-stamp token.
const (
	roomForValue = 4 << 10
	roomForStamp = 16 << 10
)

func sign(file []byte, key crypto.Signer, cert *x509.Certificate, o SignOptions) ([]byte, error) {
	if o.Level == "" {
		o.Level = LevelB
	}
	if err := checkOptions(o); err != nil {
		return nil, err
	}
	f, err := pdf.Open(file)
	if err != nil {
		return nil, &Error{Reason: reasonOf(err), Detail: err.Error(), Err: err}
	}
	if len(f.Revisions)+2 > pdf.MaxRevisions {
		return nil, refuse(verify.TooLarge, "revisions")
	}
	room := roomForValue + len(cert.Raw)
	for _, c := range o.Chain {
		room += len(c.Raw)
	}
	if o.Level != LevelB {
		room += roomForStamp
	}
	p, err := prepare(f, o, room)
	if err != nil {
		return nil, err
	}
	// Before the card is asked: what would not be accepted is not signed.
	if err := p.check(f); err != nil {
		return nil, err
	}
	der, err := p.value(key, cert, o)
	if err != nil {
		return nil, err
	}
	if len(der) > room {
		return nil, refuse(verify.TooLarge, "the signature value is larger than the room for it")
	}
	hex.Encode(p.file[p.hole+1:], der)
	if o.Level != LevelLT {
		return p.file, nil
	}
	list := o.Material
	if o.Revocation != nil {
		ctx := o.Context
		if ctx == nil {
			ctx = context.Background()
		}
		more, err := o.Revocation(ctx)
		if err != nil {
			return nil, err
		}
		list = append(slices.Clone(list), more...)
	}
	return addStore(p.file, append([]*x509.Certificate{cert}, o.Chain...), list)
}

func checkOptions(o SignOptions) error {
	switch o.Level {
	case LevelB, LevelT, LevelLT:
	default:
		return refuse(verify.Unsupported, "level")
	}
	if o.Level != LevelB && o.TSA == nil {
		return refuse(verify.BadTimeStamp, "this level needs a time-stamp authority")
	}
	if o.Level == LevelLT && len(o.Material) == 0 && o.Revocation == nil {
		return refuse(verify.NoRevocationData, "this level needs revocation data")
	}
	for _, s := range []string{o.Name, o.Reason, o.Location, o.Field} {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > MaxText {
			return refuse(verify.Malformed, "a text is too long or not UTF-8")
		}
	}
	if strings.Contains(o.Field, ".") {
		return refuse(verify.Malformed, "a point in the name of a field")
	}
	return nil
}

// prepared is a document with an empty hole for the signature value.
type prepared struct {
	file []byte
	hole int // octet of the "<"
	room int // octets of DER
}

// mayBeSigned refuses documents in which a further signature would not count.
func mayBeSigned(f *pdf.File, nodes []*field, name string) error {
	last := f.Last()
	catalog := f.Catalog(last)
	if catalog == nil {
		return refuse(verify.Malformed, "document catalog")
	}
	if f.Dict(last, catalog.Get("AcroForm")).Has("XFA") {
		return refuse(verify.Unsupported, "a form that programs draw (XFA)")
	}
	for _, n := range nodes {
		v := f.Dict(last, n.dict.Get("V"))
		if !n.isSignature() || v == nil {
			continue
		}
		p := permissionOf(f, last, v, n.dict)
		if !p.signatures() || p.locked(name) {
			return refuse(verify.ChangedAfter, "a signature in the document forbids another")
		}
	}
	return nil
}

// prepare appends a revision with a signature dictionary and its field.
func prepare(f *pdf.File, o SignOptions, room int) (*prepared, error) {
	last := f.Last()
	nodes, err := fields(f, last)
	if err != nil {
		return nil, &Error{Reason: verify.Malformed, Detail: err.Error(), Err: err}
	}
	pageRefs, err := pages(f, last)
	if err != nil {
		return nil, &Error{Reason: verify.Malformed, Detail: err.Error(), Err: err}
	}
	name, empty, err := chooseField(nodes, o.Field)
	if err != nil {
		return nil, err
	}
	if err := mayBeSigned(f, nodes, name); err != nil {
		return nil, err
	}
	u := newUpdate(f)
	sig := u.add(nil)
	if empty != nil {
		u.objects[empty.ref] = empty.dict.With("V", sig)
	} else {
		u.addField(pageRefs[0], name, sig)
	}
	p := &prepared{room: room}
	rangeAt := 0
	p.file = u.write(sig, func(b []byte) []byte {
		b = fmt.Appendf(b, "%d 0 obj\n<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange ", sig.Number)
		rangeAt = len(b)
		b = append(b, byteRange(0, 0, 0)...)
		b = append(b, " /Contents "...)
		p.hole = len(b)
		b = append(b, '<')
		b = append(b, strings.Repeat("0", 2*room)...)
		b = append(b, '>')
		for _, t := range []struct{ key, text string }{{"Name", o.Name}, {"Reason", o.Reason}, {"Location", o.Location}} {
			if t.text != "" {
				b = fmt.Appendf(b, " /%s ", t.key)
				b = pdf.Append(b, textString(t.text))
			}
		}
		if !o.Time.IsZero() {
			b = pdf.Append(append(b, " /M "...), dateString(o.Time))
		}
		return append(b, ">>\nendobj\n"...)
	})
	behind := p.hole + 2*room + 2
	copy(p.file[rangeAt:], byteRange(p.hole, behind, len(p.file)-behind))
	return p, nil
}

// check reads the prepared document as a verifier does: the signature covers it,
// and earlier signatures that held still hold.
func (p *prepared) check(before *pdf.File) error {
	f, err := pdf.Open(p.file)
	if err != nil {
		return &Error{Reason: reasonOf(err), Detail: err.Error(), Err: err}
	}
	all, err := signatures(f)
	if err != nil {
		return &Error{Reason: reasonOf(err), Detail: err.Error(), Err: err}
	}
	found := false
	for _, s := range all {
		hole, _ := s.dict.Get("Contents").(pdf.String)
		c, err := locate(f, s)
		switch {
		case hole.Start == p.hole && s.stray == "":
			if err == nil {
				_, err = holder(f, c.rev, s)
			}
			if err == nil {
				err = wholeInside(f, c.rev)
			}
			if err != nil {
				return &Error{Reason: verify.NotAllSigned, Detail: err.Error(), Err: err}
			}
			found = true
		case err == nil && s.stray == "":
			node, err := holder(f, c.rev, s)
			if err != nil {
				continue
			}
			allowed := permissionOf(f, c.rev, s.dict, node)
			if changes(before, c.rev, allowed) == nil && changes(f, c.rev, allowed) != nil {
				return refuse(verify.ChangedAfter, "a signature in the document would not outlive another")
			}
		}
	}
	if !found {
		return refuse(verify.Malformed, "the document holds the signature where no reader finds it")
	}
	return nil
}

// byteRange is always of the same length.
func byteRange(hole, behind, rest int) string {
	return fmt.Sprintf("[0 %10d %10d %10d]", hole, behind, rest)
}

// chooseField finds the empty field of that name, or a name for a new one.
func chooseField(nodes []*field, want string) (string, *field, error) {
	taken := map[string]*field{}
	for _, n := range nodes {
		taken[n.name] = n
	}
	if want == "" {
		for i := 1; ; i++ {
			if name := fmt.Sprintf("Signature%d", i); taken[name] == nil {
				return name, nil, nil
			}
		}
	}
	n := taken[want]
	if n == nil {
		return want, nil, nil
	}
	if !n.isSignature() || n.dict.Has("V") || n.dict.Has("Kids") {
		return "", nil, refuse(verify.ChangedAfter, "the field is taken or no signature field")
	}
	if n.dict.Has("Lock") || n.dict.Has("SV") {
		return "", nil, refuse(verify.Unsupported, "a signature field with conditions")
	}
	return want, n, nil
}

// addField adds an invisible signature field to the form and to page 1.
func (u *update) addField(page pdf.Ref, name string, sig pdf.Ref) {
	zero := pdf.Integer(0)
	node := (&pdf.Dict{}).With("Type", pdf.Name("Annot")).With("Subtype", pdf.Name("Widget")).With("FT", pdf.Name("Sig")).
		With("T", textString(name)).With("V", sig).With("F", pdf.Integer(132)).With("Rect", pdf.Array{zero, zero, zero, zero}).With("P", page)
	ref := u.add(node)
	if d, ok := u.resolve(page).(*pdf.Dict); ok {
		if with := u.push(d, "Annots", ref); with != d {
			u.objects[page] = with
		}
	}
	root := u.f.Revisions[u.f.Last()].Trailer.Get("Root").(pdf.Ref)
	catalog := u.resolve(root).(*pdf.Dict)
	form, _ := u.resolve(catalog.Get("AcroForm")).(*pdf.Dict)
	flags, _ := u.resolve(form.Get("SigFlags")).(pdf.Integer)
	with := form
	if with == nil {
		with = &pdf.Dict{}
	}
	with = u.push(with, "Fields", ref)
	if flags&3 != 3 {
		with = with.With("SigFlags", flags|3)
	}
	if with == form {
		return
	}
	if at, ok := catalog.Get("AcroForm").(pdf.Ref); ok && form != nil {
		u.objects[at] = with
		return
	}
	u.objects[root] = catalog.With("AcroForm", with)
}

// value signs the octets around the hole.
func (p *prepared) value(key crypto.Signer, cert *x509.Certificate, o SignOptions) ([]byte, error) {
	hash, err := cms.Hash(cert)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(p.file[:p.hole])
	h.Write(p.file[p.hole+2*p.room+2:])
	co := cms.Options{Chain: o.Chain, Context: o.Context}
	if o.Level != LevelB {
		co.TSA = o.TSA
	}
	return cms.SignDigest(key, cert, h.Sum(nil), co)
}

// addStore appends a revision with the document security store: what was there,
// the new evidence, and a record that names the evidence of the newest signature.
func addStore(file []byte, certs []*x509.Certificate, list []verify.Material) ([]byte, error) {
	f, err := pdf.Open(file)
	if err != nil {
		return nil, &Error{Reason: reasonOf(err), Detail: err.Error(), Err: err}
	}
	all, err := signatures(f)
	if err != nil {
		return nil, &Error{Reason: reasonOf(err), Detail: err.Error(), Err: err}
	}
	i := slices.IndexFunc(all, func(s *found) bool { return s.stray == "" && s.rev == f.Last() })
	if i < 0 {
		return nil, refuse(verify.Malformed, "the signature that was made is not found")
	}
	hole, _ := all[i].dict.Get("Contents").(pdf.String)
	name := fmt.Sprintf("%X", sha1.Sum(hole.Text))

	u := newUpdate(f)
	root := f.Revisions[f.Last()].Trailer.Get("Root").(pdf.Ref)
	catalog := f.Catalog(f.Last())
	store, _ := u.resolve(catalog.Get("DSS")).(*pdf.Dict)
	if store == nil {
		store = (&pdf.Dict{}).With("Type", pdf.Name("DSS"))
	}
	record := &pdf.Dict{}
	put := func(list, own pdf.Name, der []byte) {
		ref := u.add(&pdf.Stream{Dict: &pdf.Dict{}, Raw: der})
		store = u.push(store, list, ref)
		record = u.push(record, own, ref)
	}
	for _, c := range certs {
		put("Certs", "Cert", c.Raw)
	}
	for _, m := range list {
		if m.OCSP != nil {
			put("OCSPs", "OCSP", m.OCSP)
		}
		if m.CRL != nil {
			put("CRLs", "CRL", m.CRL)
		}
	}
	records, _ := u.resolve(store.Get("VRI")).(*pdf.Dict)
	records = records.With(pdf.Name(name), record)
	if ref, ok := store.Get("VRI").(pdf.Ref); ok {
		u.objects[ref] = records
	} else {
		store = store.With("VRI", records)
	}
	if ref, ok := catalog.Get("DSS").(pdf.Ref); ok {
		u.objects[ref] = store
	} else {
		u.objects[root] = catalog.With("DSS", store)
	}
	return u.write(pdf.Ref{}, nil), nil
}
