package validation

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// Limits of a webhook.
const (
	maxTarget      = 300 // octets of the address
	webhookTimeout = 5 * time.Second
	maxWebhookRead = 4 << 10 // of the answer, which is not looked at
)

// SignatureHeader authenticates a notification: "t=<unix seconds>,v1=<hex>", with
// HMAC-SHA256 under the verifier's secret over the seconds, a full stop and the
// body.
const SignatureHeader = "Kado-Signature"

// checkTarget accepts an address to which notifications may go: http or https,
// the host this machine's loopback or an address (no name) in a permitted range,
// an explicit port from 1024 up, no credentials, query or fragment, in the one
// spelling that the standard library writes. Operators alone set it (SetWebhook), never
// the interface, so that nobody outside can aim it at something.
func (o *Office) checkTarget(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil || len(target) > maxTarget || u.String() != target || u.Scheme != "http" && u.Scheme != "https" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") {
		return nil, TargetRefused.Because(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port < 1024 {
		return nil, TargetRefused.Because(err)
	}
	host := u.Hostname()
	if host == "localhost" {
		return u, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.String() != host || !o.reachable(addr) {
		return nil, TargetRefused.Because(err)
	}
	return u, nil
}

// reachable reports whether notifications may go to an address.
func (o *Office) reachable(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	if a.Zone() != "" || a.Is4In6() {
		return false
	}
	for _, p := range o.targets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// webhookClient dials nothing but permitted addresses, looked at once more where
// the connection is made, so that no resolver can lead it elsewhere. It uses no
// proxy, follows no redirect, and keeps no connection.
func (o *Office) webhookClient() *http.Client {
	dialer := &net.Dialer{Timeout: webhookTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !o.reachable(to.Addr()) {
			return TargetRefused.Because(err)
		}
		return nil
	}}
	return &http.Client{
		Timeout:       webhookTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: webhookTimeout,
			ResponseHeaderTimeout: webhookTimeout, MaxResponseHeaderBytes: 16 << 10},
	}
}

// Deliver brings one event to its verifier's webhook: the handler of
// EffectNotify. An event that nobody may hear any more, or that is too old to be
// kept, counts as delivered.
func (o *Office) Deliver(ctx context.Context, e journal.Effect) error {
	var n notification
	if err := json.Unmarshal(e.Payload, &n); err != nil {
		return Malformed.Because(err, "effect")
	}
	now := o.clock.Now()
	var ev Event
	var target string
	err := o.db.View(ctx, func(tx *db.Tx) error {
		target = ""
		v, found, err := loadVerifier(ctx, tx, n.Verifier)
		if err != nil || !found {
			return err
		}
		if ev, found, err = loadEvent(ctx, tx, n.Verifier, n.Number); err != nil || !found {
			return err
		}
		refusal, err := Question{Verifier: v.ID, For: ev.For}.permitted(ctx, tx, v, PurposeNotify, now)
		if err != nil || refusal != nil {
			return err
		}
		target, err = webhookOf(ctx, tx, v.ID)
		return err
	})
	if err != nil || target == "" {
		return err
	}
	// The rule may have become narrower since the target was set.
	if _, err := o.checkTarget(target); err != nil {
		return err
	}
	secret, err := o.webhookSecret(ctx, n.Verifier)
	if err != nil {
		return err
	}
	body, err := json.Marshal(eventAnswer(ev))
	if err != nil {
		return err
	}
	return o.post(ctx, target, body, SignNotification(secret, now, body))
}

// SignNotification makes the value of SignatureHeader.
func SignNotification(secret []byte, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, "%d.", at.Unix())
	h.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(h.Sum(nil)))
}

func (o *Office) post(ctx context.Context, target string, body []byte, signature string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return NotTold.Because(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "kado-validation")
	r.Header.Set(SignatureHeader, signature)
	answer, err := o.webhooks.Do(r)
	if err != nil {
		return NotTold.Because(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, maxWebhookRead)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return NotTold.Because(fmt.Errorf("HTTP %d", answer.StatusCode))
	}
	return nil
}
