package corpus

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"path/filepath"

	"kado/jpki"
	"kado/jpki/pdfsig"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

// Judge runs this program's own verifier on one case.
func Judge(dir string, c *Case) (*verify.Report, error) {
	f := &folder{dir: filepath.Join(dir, "cases", c.Name)}
	kind, err := jpki.ParseKind(c.Kind)
	if err != nil {
		return nil, err
	}
	o := verify.Options{Kind: kind, At: c.At, AllowUnbound: c.Unbound}
	if authorities := f.certificates(c.Trust); len(authorities) > 0 {
		if o.Trust, err = verify.NewTrust(authorities...); err != nil {
			return nil, err
		}
	}
	o.Trust.TSA = f.certificates(c.TSA)
	for _, name := range c.CRL {
		o.Material = append(o.Material, verify.Material{Source: "given", Name: name, CRL: present(f.read(name))})
	}
	for _, name := range c.OCSP {
		o.Material = append(o.Material, verify.Material{Source: "given", Name: name, OCSP: present(f.read(name))})
	}
	document := f.read(c.Document)
	var content []byte
	if c.Content != "" {
		content = present(f.read(c.Content))
	}
	detached := map[string][]byte{}
	for uri, name := range c.Detached {
		detached[uri] = f.read(name)
	}
	var in verify.BareInput
	if c.Form == verify.FormatBare {
		in = verify.BareInput{Value: document, Certificate: f.signer(c.Signer)}
		switch c.Means {
		case "content":
			in.Content = content
		case "digest":
			in.Digest = content
		case "digest-info":
			in.DigestInfo = content
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	switch c.Form {
	case verify.FormatBare:
		return verify.Bare(in, o), nil
	case verify.PDF:
		return pdfsig.Verify(document, o), nil
	case verify.XML:
		d := xmlsig.Demand{}
		if c.Demand != nil {
			d = xmlsig.Demand{ID: c.Demand.ID, Space: c.Demand.Space, Local: c.Demand.Local}
		}
		return xmlsig.VerifyElement(document, o, detached, d), nil
	}
	return verify.CMS(document, content, o), nil
}

// present makes no octets different from none given.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// folder reads the files of a case and keeps the first error.
type folder struct {
	dir string
	err error
}

func (f *folder) read(name string) []byte {
	b, err := readLimited(filepath.Join(f.dir, name), maxFile)
	if err != nil && f.err == nil {
		f.err = err
	}
	return b
}

func (f *folder) certificates(names []string) []*x509.Certificate {
	var out []*x509.Certificate
	for _, name := range names {
		if c := f.signer(name); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (f *folder) signer(name string) *x509.Certificate {
	b, rest := pem.Decode(f.read(name))
	if b == nil || b.Type != "CERTIFICATE" || len(rest) > 0 {
		f.note(errors.New("not one certificate in PEM"))
		return nil
	}
	c, err := x509.ParseCertificate(b.Bytes)
	f.note(err)
	return c
}

func (f *folder) note(err error) {
	if err != nil && f.err == nil {
		f.err = err
	}
}
