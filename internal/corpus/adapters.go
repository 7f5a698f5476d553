package corpus

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kado/jpki"
	pdfforgery "kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
)

// openSSL asks `openssl cms -verify`, `dgst`, `pkeyutl`, `verify` and `ocsp`, with
// the trust, the policies, the lists and the instant of the case, as strictly as
// its options allow.
func openSSL(path string) Adapter {
	return func(ctx context.Context, dir string, c *Case) (Answer, string) {
		if c.Form != verify.FormatCMS && c.Form != verify.FormatBare {
			return Skip, "not a kind of document that it reads"
		}
		if len(c.TSA) > 0 {
			return Skip, "time-stamps over signatures are not judged"
		}
		t := &openSSLRun{ctx: ctx, path: path, c: c, dir: filepath.Join(dir, "cases", c.Name)}
		tmp, err := os.MkdirTemp("", "kado-corpus-")
		if err != nil {
			return Broken, err.Error()
		}
		defer os.RemoveAll(tmp)
		t.tmp = tmp
		if err := t.bundle(); err != nil {
			return Refuse, "the trust or a list is not read: " + err.Error()
		}
		if c.Form == verify.FormatBare {
			return t.bare()
		}
		return t.cms()
	}
}

type openSSLRun struct {
	ctx            context.Context
	path, dir, tmp string
	c              *Case
	trusted        []string // CA certificates of the kind that is asked for
}

// bundle writes CA certificates and lists into one PEM file.
func (t *openSSLRun) bundle() error {
	var b bytes.Buffer
	kind, err := jpki.ParseKind(t.c.Kind)
	if err != nil {
		return err
	}
	s := jpki.DefaultSettings()
	f := &folder{dir: t.dir}
	for _, name := range t.c.Trust {
		if ca := f.signer(name); ca != nil && bytes.Equal(ca.RawSubject, s.AuthorityName(kind)) {
			t.trusted = append(t.trusted, name)
			b.Write(pemOf(ca))
		}
	}
	if f.err != nil {
		return f.err
	}
	for _, name := range t.c.CRL {
		der, err := readLimited(filepath.Join(t.dir, name), maxFile)
		if err != nil {
			return err
		}
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}))
	}
	return os.WriteFile(filepath.Join(t.tmp, "trust.pem"), b.Bytes(), 0o600)
}

func (t *openSSLRun) run(args ...string) (string, bool, error) {
	out, code, err := program(t.ctx, t.dir, t.path, args...)
	return out, code == 0, err
}

// chain are the arguments about trust, time, policy and lists.
func (t *openSSLRun) chain() []string {
	s := jpki.DefaultSettings()
	kind, _ := jpki.ParseKind(t.c.Kind)
	args := []string{"-CAfile", filepath.Join(t.tmp, "trust.pem"), "-no-CApath", "-attime", fmt.Sprint(t.c.At.Unix()), "-x509_strict", "-auth_level", "2", "-explicit_policy",
		"-policy", s.Policy(kind, jpki.Card).String(), "-policy", s.Policy(kind, jpki.Phone).String()}
	if len(t.c.OCSP) == 0 || len(t.c.CRL) > 0 {
		args = append(args, "-crl_check", "-extended_crl")
	}
	return args
}

func (t *openSSLRun) cms() (Answer, string) {
	signer := filepath.Join(t.tmp, "signer.pem")
	args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", t.c.Document, "-out", filepath.Join(t.tmp, "out"), "-signer", signer, "-purpose", "smimesign", "-cades"}
	if t.c.Unbound {
		args = args[:len(args)-1]
	}
	if t.c.Content != "" {
		args = append(args, "-content", t.c.Content)
	}
	out, ok, err := t.run(append(args, t.chain()...)...)
	if err != nil {
		return Broken, err.Error()
	}
	if !ok {
		return Refuse, lastError(out)
	}
	return t.answers(signer)
}

func (t *openSSLRun) bare() (Answer, string) {
	key := filepath.Join(t.tmp, "key.pem")
	if out, ok, err := t.run("x509", "-in", t.c.Signer, "-pubkey", "-noout", "-out", key); err != nil || !ok {
		return Refuse, lastError(out)
	}
	// Some versions print the key to standard output whatever -out says.
	if info, err := os.Stat(key); err != nil || info.Size() == 0 {
		out, _, _ := t.run("x509", "-in", t.c.Signer, "-pubkey", "-noout")
		if err := os.WriteFile(key, []byte(out), 0o600); err != nil {
			return Broken, err.Error()
		}
	}
	args := []string{"pkeyutl", "-verify", "-pubin", "-inkey", key, "-sigfile", t.c.Document, "-in", t.c.Content}
	switch t.c.Means {
	case "content":
		args = []string{"dgst", "-sha256", "-verify", key, "-signature", t.c.Document, t.c.Content}
	case "digest":
		args = append(args, "-pkeyopt", "digest:sha256")
	}
	out, ok, err := t.run(args...)
	if err != nil {
		return Broken, err.Error()
	}
	if !ok {
		return Refuse, lastError(out)
	}
	if out, ok, err = t.run(append(append([]string{"verify", "-purpose", "smimesign"}, t.chain()...), t.c.Signer)...); err != nil {
		return Broken, err.Error()
	}
	if !ok {
		return Refuse, lastError(out)
	}
	return t.answers(filepath.Join(t.dir, t.c.Signer))
}

// answers asks about each OCSP answer. The program compares the times in it with
// the clock of the machine, so the times it prints are compared here.
func (t *openSSLRun) answers(signer string) (Answer, string) {
	if len(t.c.OCSP) == 0 {
		return Accept, "valid"
	}
	text := ""
	for _, name := range t.c.OCSP {
		good := false
		for _, ca := range t.trusted {
			for _, hash := range []string{"-sha256", "-sha1"} {
				out, ok, err := t.run("ocsp", "-respin", name, "-issuer", ca, hash, "-cert", signer, "-CAfile", filepath.Join(t.tmp, "trust.pem"), "-no-CApath",
					"-VAfile", ca, "-no_nonce", "-attime", fmt.Sprint(t.c.At.Unix()))
				if err != nil {
					return Broken, err.Error()
				}
				says := certStatus(out)
				switch {
				case says == "revoked", says == "unknown":
					return Refuse, "the answer says " + says
				case ok && strings.Contains(out, "Response verify OK") && says == "good":
					good = good || t.inForce(out)
				default:
					text = lastError(out)
				}
			}
		}
		if !good {
			return Refuse, "an answer that is not good: " + text
		}
	}
	return Accept, "valid, and the answer says good"
}

// certStatus finds the status, which stands behind the file's name or, where
// openssl warns of the times, on a line of its own.
func certStatus(out string) string {
	for _, line := range strings.Split(out, "\n") {
		for _, word := range []string{"good", "revoked", "unknown"} {
			if line = strings.TrimSpace(line); line == word || strings.HasSuffix(line, ": "+word) {
				return word
			}
		}
	}
	return ""
}

func (t *openSSLRun) inForce(out string) bool {
	read := func(label string) (time.Time, bool) {
		_, s, ok := strings.Cut(out, label)
		s, _, _ = strings.Cut(s, "\n")
		v, err := time.Parse("Jan _2 15:04:05 2006 MST", strings.TrimSpace(s))
		return v, ok && err == nil
	}
	from, ok := read("This Update:")
	until, has := read("Next Update:")
	return ok && !t.c.At.Before(from) && (!has || t.c.At.Before(until))
}

// lastError picks the line that says most.
func lastError(out string) string {
	best := ""
	for _, line := range strings.Split(out, "\n") {
		if line = strings.TrimSpace(line); line != "" && (best == "" || strings.Contains(line, "rror")) {
			best = line
		}
	}
	return best
}

// pdfSig asks Poppler's pdfsig whether the signatures hold and cover the document.
// It knows neither the CAs nor revocation here.
func pdfSig(path string) Adapter {
	return func(ctx context.Context, dir string, c *Case) (Answer, string) {
		if c.Form != verify.PDF {
			return Skip, "not a PDF document"
		}
		out, _, err := program(ctx, filepath.Join(dir, "cases", c.Name), path, "-nocert", c.Document)
		if err != nil {
			return Broken, err.Error()
		}
		answer := pdfforgery.PDFSigAnswer(out)
		if answer == pdfforgery.Accepts {
			return Accept, answer
		}
		return Refuse, answer
	}
}

// xmlSec asks xmlsec1, with the CAs of the case and the Id attributes of the
// documents made known to it.
func xmlSec(path string) Adapter {
	return func(ctx context.Context, dir string, c *Case) (Answer, string) {
		if c.Form != verify.XML {
			return Skip, "not an XML document"
		}
		args := []string{"--verify", "--verification-time", c.At.UTC().Format("2006-01-02 15:04:05")}
		for _, ca := range c.Trust {
			args = append(args, "--trusted-pem", ca)
		}
		for _, name := range []string{"http://xml.filing.test/2026:DATA", "http://xml.filing.test/2026:FORM", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"} {
			args = append(args, "--id-attr:Id", name)
		}
		out, code, err := program(ctx, filepath.Join(dir, "cases", c.Name), path, append(args, c.Document)...)
		if err != nil {
			return Broken, err.Error()
		}
		if code == 0 {
			return Accept, "valid"
		}
		return Refuse, lastError(out)
	}
}
