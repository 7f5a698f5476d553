package validation

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/url"

	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// VerifierHandler serves the interface of the accredited verifiers (see
// docs/verifiers.md). It belongs behind a TLS listener that asks for client
// certificates (VerifierTLS); over anything else every question is refused.
func (o *Office) VerifierHandler() http.Handler {
	mux := http.NewServeMux()
	for path, f := range map[string]answerer{
		"POST /v1/status":                 documented(o.apiStatus),
		"POST /v1/links":                  documented(o.apiLinks),
		"POST /v1/consent-text":           documented(o.apiConsentText),
		"POST /v1/consents":               documented(o.apiConsent),
		"POST /v1/consents/{id}/withdraw": o.apiWithdraw,
		"POST /v1/attributes":             documented(o.apiAttributes),
		"POST /v1/watches":                documented(o.apiWatch),
		"POST /v1/watches/end":            documented(o.apiUnwatch),
		"POST /v1/events":                 documented(o.apiEvents),
		"GET /v1/me":                      o.apiMe,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			o.serveVerifier(w, r, f)
		})
	}
	return NumberedRefusals(mux)
}

// answerer answers one question of a verifier that was identified.
type answerer func(w http.ResponseWriter, r *http.Request, verifier string) (any, error)

// documented reads the document of a question before f answers it.
func documented[D any](f func(ctx context.Context, verifier string, d D) (any, error)) answerer {
	return func(w http.ResponseWriter, r *http.Request, verifier string) (any, error) {
		var d D
		if err := ReadDocument(w, r, &d); err != nil {
			return nil, err
		}
		return f(r.Context(), verifier, d)
	}
}

// NumberedRefusals gives what a mux refuses, an unknown address or a wrong
// method, a number like every other refusal.
func NumberedRefusals(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern != "" && r.URL.Path == r.URL.EscapedPath() {
			mux.ServeHTTP(w, r)
			return
		}
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "" && method != r.Method {
				w.Header().Set("Allow", method)
				WriteFault(w, WrongMethod.New())
				return
			}
		}
		WriteFault(w, NoEndpoint.New())
	})
}

// serveVerifier finds out who asks, and answers.
func (o *Office) serveVerifier(w http.ResponseWriter, r *http.Request, f answerer) {
	verifier, err := o.Identify(r)
	if err != nil {
		WriteFault(w, err)
		return
	}
	answer, err := f(w, r, verifier)
	if err != nil {
		WriteFault(w, err)
		return
	}
	WriteDocument(w, http.StatusOK, answer)
}

// asker is what every question holds.
type asker struct {
	For    string `json:"for"`
	Reason string `json:"reason"`
}

func (a asker) question(verifier string) Question { return Question{verifier, a.For, a.Reason} }

type statusDocument struct {
	asker
	Certificates []itemDocument `json:"certificates"`
}

// itemDocument is kind and serial, or certificate: DER in base64.
type itemDocument struct {
	Kind        string `json:"kind,omitempty"`
	Serial      string `json:"serial,omitempty"`
	Certificate string `json:"certificate,omitempty"`
}

func (d itemDocument) item() (Item, error) {
	if d.Certificate == "" {
		r, err := refDocument{d.Kind, d.Serial}.ref()
		return Item{Ref: r}, err
	}
	if d.Kind != "" || d.Serial != "" {
		return Item{}, Malformed.New("certificate")
	}
	der, err := parseBase64(d.Certificate, "certificate")
	if err == nil && len(der) > jpki.MaxCertificateSize {
		err = Malformed.New("certificate")
	}
	return Item{DER: der}, err
}

type statusAnswer struct {
	Kind    string `json:"kind,omitempty"`
	Serial  string `json:"serial,omitempty"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	Since   string `json:"since,omitempty"`
}

func answerOf(s Status) statusAnswer {
	d := refAnswer(Ref{s.Kind, s.Serial})
	a := statusAnswer{Kind: d.Kind, Serial: d.Serial, Verdict: string(s.Verdict), Since: instant(s.At)}
	if s.Verdict == Revoked {
		a.Reason = jpki.RevocationReason(s.Reason).String()
	}
	return a
}

type statusesAnswer struct {
	AsOf         string         `json:"as_of"`
	Certificates []statusAnswer `json:"certificates"`
}

func (o *Office) apiStatus(ctx context.Context, verifier string, d statusDocument) (any, error) {
	if len(d.Certificates) == 0 || len(d.Certificates) > MaxItems {
		return nil, Malformed.New("certificates")
	}
	items := make([]Item, len(d.Certificates))
	for i, c := range d.Certificates {
		var err error
		if items[i], err = c.item(); err != nil {
			return nil, err
		}
	}
	all, err := o.StatusOf(ctx, d.question(verifier), items)
	if err != nil {
		return nil, err
	}
	return statusesOf(all), nil
}

func statusesOf(all []Status) statusesAnswer {
	a := statusesAnswer{Certificates: make([]statusAnswer, len(all))}
	for i, s := range all {
		a.AsOf, a.Certificates[i] = instant(s.AsOf), answerOf(s)
	}
	return a
}

type linksDocument struct {
	asker
	Certificate refDocument `json:"certificate"`
	Way         string      `json:"way"`
	Depth       int         `json:"depth"`
}

func (o *Office) apiLinks(ctx context.Context, verifier string, d linksDocument) (any, error) {
	ref, err := d.Certificate.ref()
	if err != nil {
		return nil, err
	}
	links, err := o.Links(ctx, d.question(verifier), ref, Way(d.Way), d.Depth)
	if err != nil {
		return nil, err
	}
	a := struct {
		Links []refDocument `json:"links"`
	}{make([]refDocument, len(links))}
	for i, l := range links {
		a.Links[i] = refAnswer(l)
	}
	return a, nil
}

// termsDocument is what a holder consents to. Made and nonce come from
// /v1/consent-text, which takes none.
type termsDocument struct {
	Fields  []string `json:"fields"`
	Purpose string   `json:"purpose"`
	Onward  []string `json:"onward"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Made    string   `json:"made,omitempty"`
	Nonce   string   `json:"nonce,omitempty"`
}

func (d termsDocument) terms() (t Terms, err error) {
	t.Purpose, t.Onward, t.Nonce = d.Purpose, d.Onward, d.Nonce
	for _, f := range d.Fields {
		t.Fields = append(t.Fields, Field(f))
	}
	if t.From, err = parseDay(d.From, "from"); err != nil {
		return Terms{}, err
	}
	if t.To, err = parseDay(d.To, "to"); err != nil {
		return Terms{}, err
	}
	if t.Made, err = parseInstant(d.Made, "made"); err != nil {
		return Terms{}, err
	}
	return t, t.check()
}

func parseDay(s, field string) (d mynumber.Date, err error) {
	if err := d.UnmarshalText([]byte(s)); err != nil || !d.Valid() || d.String() != s {
		return mynumber.Date{}, Malformed.Because(err, field)
	}
	return d, nil
}

func (t Terms) document() termsDocument {
	d := termsDocument{Purpose: t.Purpose, Onward: t.Onward, From: t.From.String(), To: t.To.String(), Made: instant(t.Made), Nonce: t.Nonce}
	if d.Onward == nil {
		d.Onward = []string{}
	}
	for _, f := range t.Fields {
		d.Fields = append(d.Fields, string(f))
	}
	return d
}

type consentTextDocument struct {
	asker
	Terms termsDocument `json:"terms"`
}

func (o *Office) apiConsentText(ctx context.Context, verifier string, d consentTextDocument) (any, error) {
	if d.Terms.Made != "" || d.Terms.Nonce != "" {
		return nil, Malformed.New("made")
	}
	nonce, err := entropy.Bytes(o.entropy.Stream("validation.consent"), 16)
	if err != nil {
		return nil, err
	}
	d.Terms.Made, d.Terms.Nonce = instant(o.clock.Now()), hex.EncodeToString(nonce)
	t, err := d.Terms.terms()
	if err != nil {
		return nil, err
	}
	text, err := o.ConsentText(ctx, d.question(verifier), t)
	if err != nil {
		return nil, err
	}
	return struct {
		Terms termsDocument `json:"terms"`
		Text  string        `json:"text"`
	}{t.document(), text}, nil
}

type consentDocument struct {
	asker
	Terms     termsDocument `json:"terms"`
	Signature string        `json:"signature"`
}

type consentAnswer struct {
	ID        string        `json:"id"`
	For       string        `json:"for"`
	Serial    string        `json:"serial"`
	Terms     termsDocument `json:"terms"`
	GivenAt   string        `json:"given_at"`
	Withdrawn string        `json:"withdrawn_at,omitempty"`
}

func answerOfConsent(c Consent) consentAnswer {
	return consentAnswer{c.ID, c.For, c.Serial, c.Terms.document(), instant(c.GivenAt), instant(c.EndedAt)}
}

func (o *Office) apiConsent(ctx context.Context, verifier string, d consentDocument) (any, error) {
	t, err := d.Terms.terms()
	if err != nil {
		return nil, err
	}
	signature, err := parseBase64(d.Signature, "signature")
	if err != nil {
		return nil, err
	}
	c, err := o.Consent(ctx, d.question(verifier), t, signature)
	if err != nil {
		return nil, err
	}
	return answerOfConsent(c), nil
}

func (o *Office) apiWithdraw(w http.ResponseWriter, r *http.Request, verifier string) (any, error) {
	if err := ReadDocument(w, r, &struct{}{}); err != nil {
		return nil, err
	}
	// Also after the accreditation has ended: less is always permitted.
	c, err := o.WithdrawConsent(r.Context(), journal.Actor{Kind: journal.RelyingParty, ID: verifier}, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return answerOfConsent(c), nil
}

type attributesDocument struct {
	asker
	Consent string `json:"consent"`
}

type attributeAnswer struct {
	Field   string `json:"field"`
	Changed bool   `json:"changed"`
	Value   string `json:"value,omitempty"`
}

func (o *Office) apiAttributes(ctx context.Context, verifier string, d attributesDocument) (any, error) {
	all, err := o.Latest(ctx, d.question(verifier), d.Consent)
	if err != nil {
		return nil, err
	}
	a := struct {
		Attributes []attributeAnswer `json:"attributes"`
	}{make([]attributeAnswer, len(all))}
	for i, x := range all {
		a.Attributes[i] = attributeAnswer{string(x.Field), x.Changed, x.Value}
	}
	return a, nil
}

type watchDocument struct {
	asker
	Certificates []refDocument `json:"certificates"`
}

func (o *Office) apiWatch(ctx context.Context, verifier string, d watchDocument) (any, error) {
	rs, err := refs(d.Certificates)
	if err != nil {
		return nil, err
	}
	all, err := o.Watch(ctx, d.question(verifier), rs)
	if err != nil {
		return nil, err
	}
	return statusesOf(all), nil
}

func (o *Office) apiUnwatch(ctx context.Context, verifier string, d watchDocument) (any, error) {
	rs, err := refs(d.Certificates)
	if err != nil {
		return nil, err
	}
	return struct{}{}, o.Unwatch(ctx, d.question(verifier), rs)
}

type eventsDocument struct {
	asker
	After int64 `json:"after"`
	Limit int   `json:"limit"`
}

// eventDocument is one event, in answers and in what a webhook gets.
type eventDocument struct {
	Number  int64  `json:"number"`
	For     string `json:"for"`
	Kind    string `json:"kind"`
	Serial  string `json:"serial"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
	Since   string `json:"since,omitempty"`
	ToldAt  string `json:"told_at"`
}

func eventAnswer(e Event) eventDocument {
	d := eventDocument{Number: e.Number, For: e.For, Kind: e.Ref.Kind.String(), Serial: e.Ref.Serial, Verdict: string(e.Verdict),
		Since: instant(e.Since), ToldAt: instant(e.ToldAt)}
	if e.Verdict == Revoked {
		d.Reason = jpki.RevocationReason(e.Reason).String()
	}
	return d
}

func (o *Office) apiEvents(ctx context.Context, verifier string, d eventsDocument) (any, error) {
	all, err := o.Events(ctx, d.question(verifier), d.After, d.Limit)
	if err != nil {
		return nil, err
	}
	a := struct {
		Events []eventDocument `json:"events"`
		Next   int64           `json:"next"` // after, for the next call
	}{make([]eventDocument, len(all)), d.After}
	for i, e := range all {
		a.Events[i], a.Next = eventAnswer(e), e.Number
	}
	return a, nil
}

// apiMe shows what is recorded of whoever asks.
func (o *Office) apiMe(_ http.ResponseWriter, r *http.Request, verifier string) (any, error) {
	reg, err := o.registrationOf(r.Context(), verifier)
	if err != nil {
		return nil, err
	}
	return RegistrationDocument(reg), nil
}

func (o *Office) registrationOf(ctx context.Context, verifier string) (reg Registration, err error) {
	err = o.db.View(ctx, viewVerifier(ctx, verifier, &reg))
	return reg, err
}

type firmAnswer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

type registrationAnswer struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Purposes []string     `json:"purposes"`
	From     string       `json:"from"`
	To       string       `json:"to,omitempty"`
	Firms    []firmAnswer `json:"firms"`
	Keys     []string     `json:"keys"`
	Webhook  string       `json:"webhook,omitempty"`
}

// RegistrationDocument is a registration as a JSON document shows it.
func RegistrationDocument(r Registration) any {
	a := registrationAnswer{ID: r.ID, Name: r.Name, From: dayText(r.From), To: dayText(r.To), Webhook: r.Webhook, Firms: []firmAnswer{}, Keys: r.Keys}
	if a.Keys == nil {
		a.Keys = []string{}
	}
	for _, p := range r.Purposes {
		a.Purposes = append(a.Purposes, string(p))
	}
	for _, f := range r.Firms {
		a.Firms = append(a.Firms, firmAnswer{f.ID, f.Name, dayText(f.From), dayText(f.To)})
	}
	return a
}

// noQuery refuses parameters in an address: questions are in bodies, where no log
// keeps them.
func noQuery(u *url.URL) error {
	if u.RawQuery != "" || u.ForceQuery {
		return NoEndpoint.New()
	}
	return nil
}
