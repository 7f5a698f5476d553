package scenario

import (
	"context"
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kado/internal/agency/authority"
	"kado/internal/server"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
	"kado/reader"
)

//go:embed document.txt
var embedded []byte

// maxAnswer bounds what is read of an OCSP answer.
const maxAnswer = 64 << 10

func (l *life) sign(ctx context.Context, s *step) error {
	if err := l.later(ctx, time.Hour); err != nil {
		return err
	}
	content, name := l.opts.Document, l.opts.DocumentName
	if content == nil {
		content, name = embedded, "document.txt"
	}
	now := l.clock.Now().Truncate(time.Second)
	var signed []byte
	err := l.withCard(func(t reader.Transport) error {
		j, err := reader.New(t).JPKI()
		if err != nil {
			return err
		}
		if err := j.Verify(reader.SignatureKey, l.pins.password); err != nil {
			return err
		}
		der, err := j.Certificate(reader.SignatureKey)
		if err != nil {
			return err
		}
		cert, err := jpki.ParseCertificate(der)
		if err != nil {
			return err
		}
		signed, err = cms.SignDetached(j.Signer(reader.SignatureKey, cert.PublicKey), cert, content, cms.Options{SigningTime: now})
		return err
	})
	if err != nil {
		return err
	}
	if err := l.verify(ctx, signed, content); err != nil {
		return err
	}
	s.fact("document_sha256", fmt.Sprintf("%x", digest(content)))
	s.fact("signed_at", now.UTC().Format(time.RFC3339))
	if err := s.done(ctx, saySigned, name, len(content)); err != nil {
		return err
	}
	changed := append([]byte(nil), content...)
	if len(changed) == 0 {
		changed = []byte{0}
	} else {
		changed[len(changed)/2] ^= 1
	}
	if _, err := cms.VerifyDetached(signed, changed, cms.VerifyOptions{}); !errors.Is(err, &cms.Error{Cause: cms.ContentChanged}) {
		return WrongRefusal.Because(err, s.result.Number)
	}
	if err := s.say(ctx, Refused, sayTampered); err != nil {
		return err
	}
	l.signedAt = now
	if err := l.leaveFiles(ctx, signed, content, name); err != nil {
		return err
	}
	return s.done(ctx, saySignedFiles, l.opts.Out.Dir())
}

// verify is what a relying party does: the signature, the chain, the status.
func (l *life) verify(ctx context.Context, signed, content []byte) error {
	got, err := cms.VerifyDetached(signed, content, cms.VerifyOptions{})
	if err != nil {
		return err
	}
	pool, err := l.pool(ctx)
	if err != nil {
		return err
	}
	_, err = pool.Verify(got.Certificate, jpki.Signature, l.clock.Now())
	if err != nil {
		return err
	}
	answer, query, err := l.ask(ctx, l.signature)
	if err != nil {
		return err
	}
	single, err := ocsp.Check(answer, query, l.clock.Now())
	if err != nil {
		return err
	}
	if single.Status != ocsp.Good {
		return DoesNotHold.New("OCSP says good")
	}
	return nil
}

// pool is the CAs a relying party trusts.
func (l *life) pool(ctx context.Context) (*jpki.Pool, error) {
	var trusted []*x509.Certificate
	for _, k := range jpki.Kinds {
		generations, err := l.House.Authority.Generations(ctx, k)
		if err != nil {
			return nil, err
		}
		for _, g := range generations {
			c, err := jpki.ParseCertificate(g.Certificate)
			if err != nil {
				return nil, err
			}
			trusted = append(trusted, c)
		}
	}
	return jpki.NewPool(jpki.DefaultSettings(), trusted...)
}

// generation returns the CA certificate that issued c.
func (l *life) generation(ctx context.Context, c authority.Certificate) (authority.Generation, error) {
	all, err := l.House.Authority.Generations(ctx, c.Kind)
	if err != nil {
		return authority.Generation{}, err
	}
	for _, g := range all {
		if g.Number == c.Generation {
			return g, nil
		}
	}
	return authority.Generation{}, DoesNotHold.New("the CA generation exists")
}

// ask sends an OCSP request over HTTP on loopback, as any client would.
func (l *life) ask(ctx context.Context, c authority.Certificate) ([]byte, ocsp.Query, error) {
	g, err := l.generation(ctx, c)
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	ca, err := jpki.ParseCertificate(g.Certificate)
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	leaf, err := jpki.ParseCertificate(c.DER)
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	id, err := ocsp.NewCertID(crypto.SHA1, ca, leaf.SerialNumber)
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	body, err := (&ocsp.Request{IDs: []ocsp.CertID{id}}).Marshal()
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.BaseURL()+"/ocsp/"+c.Kind.String(), strings.NewReader(string(body)))
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	req.Header.Set("Content-Type", "application/ocsp-request")
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return nil, ocsp.Query{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, ocsp.Query{}, DoesNotHold.Because(err, "OCSP answers "+res.Status)
	}
	return answer, ocsp.Query{ID: id, Authority: ca}, nil
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// leaveFiles collects what anybody needs to check the signature, and the exact
// commands. The times are given, since the sandbox's clock is not the machine's.
func (l *life) leaveFiles(ctx context.Context, signed, content []byte, name string) error {
	out := l.opts.Out
	name = safeName(name)
	out.Add(name, content)
	out.Add(name+".p7s", signed)
	for _, c := range []authority.Certificate{l.signature, l.authentication} {
		g, err := l.generation(ctx, c)
		if err != nil {
			return err
		}
		out.Add(c.Kind.String()+"-ca.pem", pemOf("CERTIFICATE", g.Certificate))
		out.Add(c.Kind.String()+"-certificate.pem", pemOf("CERTIFICATE", c.DER))
	}
	if err := l.leaveStatus(ctx, l.signature, ""); err != nil {
		return err
	}
	dir := out.Dir()
	at := l.clock.Now().Unix()
	file := func(n string) string { return quote(filepath.Join(dir, n)) }
	l.commands = append(l.commands,
		fmt.Sprintf("openssl cms -verify -binary -inform DER -in %s -content %s -CAfile %s -attime %d -out /dev/null", file(name+".p7s"), file(name), file("signature-ca.pem"), at),
		fmt.Sprintf("openssl verify -crl_check -attime %d -CAfile %s -CRLfile %s %s", at, file("signature-ca.pem"), file("signature-crl.pem"), file("signature-certificate.pem")),
		fmt.Sprintf("openssl ocsp -respin %s -issuer %s -cert %s -CAfile %s -validity_period %d -attime %d", file("signature-ocsp.der"), file("signature-ca.pem"), file("signature-certificate.pem"), file("signature-ca.pem"), ocspLeeway, at))
	return nil
}

// ocspLeeway lets openssl accept an answer whose time is the sandbox's and not
// the machine's: a hundred years in seconds.
const ocspLeeway = 3155760000

// leaveStatus leaves CRL and OCSP answer about one certificate.
func (l *life) leaveStatus(ctx context.Context, c authority.Certificate, suffix string) error {
	// The list of the municipality that the certificate's distribution point
	// names: where its holder lived when it was issued.
	list, err := l.House.Validation.IssueCRL(ctx, server.Staff(server.CAOperator, ""), c.Kind, c.Generation, l.town.Code)
	if err != nil {
		return err
	}
	answer, _, err := l.ask(ctx, c)
	if err != nil {
		return err
	}
	l.opts.Out.Add(c.Kind.String()+"-crl"+suffix+".pem", pemOf("X509 CRL", list.DER))
	l.opts.Out.Add(c.Kind.String()+"-ocsp"+suffix+".der", answer)
	return nil
}

// afterRevocation leaves the status files of a certificate that was revoked,
// beside those from before, and the commands that now refuse it.
func (l *life) afterRevocation(ctx context.Context, c authority.Certificate) error {
	answer, query, err := l.ask(ctx, c)
	if err != nil {
		return err
	}
	single, err := ocsp.Check(answer, query, l.clock.Now())
	if err != nil && !errors.As(err, new(*jpki.StatusError)) {
		return err
	}
	if err == nil && single.Status != ocsp.Revoked {
		return DoesNotHold.New("OCSP says revoked")
	}
	if err := l.leaveStatus(ctx, c, "-after-move"); err != nil {
		return err
	}
	dir := l.opts.Out.Dir()
	at := l.clock.Now().Unix()
	file := func(n string) string { return quote(filepath.Join(dir, n)) }
	l.commands = append(l.commands,
		fmt.Sprintf("openssl verify -crl_check -attime %d -CAfile %s -CRLfile %s %s", at, file("signature-ca.pem"), file("signature-crl-after-move.pem"), file("signature-certificate.pem")),
		fmt.Sprintf("openssl ocsp -respin %s -issuer %s -cert %s -CAfile %s -validity_period %d -attime %d", file("signature-ocsp-after-move.der"), file("signature-ca.pem"), file("signature-certificate.pem"), file("signature-ca.pem"), ocspLeeway, at))
	return nil
}

// quote makes a path safe to be pasted into a shell.
func quote(s string) string {
	for _, r := range s {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/", r) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	return s
}

// safeName keeps a file name of the user's from leaving the folder, and from
// taking the place of a file of ours.
func safeName(name string) string {
	name = filepath.Base(filepath.Clean(name))
	if name == "." || name == ".." || name == string(filepath.Separator) || len(name) > 120 || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "document"
	}
	for _, ours := range []string{"photo.jpg", "card-front.png", "card-back.png", "life.json"} {
		if name == ours {
			return "document-" + name
		}
	}
	if strings.HasPrefix(name, "signature-") || strings.HasPrefix(name, "authentication-") || strings.HasPrefix(name, ".") {
		return "document-" + name
	}
	return name
}
