package switchboard

import (
	"context"
	"net/http"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// Verifiers tells who asks, and what they may; validation.Office does.
type Verifiers interface {
	Identify(r *http.Request) (verifier string, err error)
	Permit(ctx context.Context, verifier string, p validation.Purpose) error
}

// Handler serves the switchboard to accredited verifiers whose purposes cover it:
// GET /v1/faults, POST /v1/faults/set and POST /v1/faults/clear. It belongs beside
// validation.Office.VerifierHandler.
func (b *Board) Handler(v Verifiers) http.Handler {
	mux := http.NewServeMux()
	for pattern, f := range map[string]func(w http.ResponseWriter, r *http.Request, by journal.Actor) (any, error){
		"GET /v1/faults":        b.apiList,
		"POST /v1/faults/set":   b.apiSet,
		"POST /v1/faults/clear": b.apiClear,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			id, err := v.Identify(r)
			if err == nil {
				err = v.Permit(r.Context(), id, validation.PurposeFaults)
			}
			var answer any
			if err == nil {
				answer, err = f(w, r, journal.Actor{Kind: journal.RelyingParty, ID: id})
			}
			if err != nil {
				validation.WriteFault(w, err)
				return
			}
			validation.WriteDocument(w, http.StatusOK, answer)
		})
	}
	return validation.NumberedRefusals(mux)
}

// scopeDocument names what a switch covers; without members, everything.
type scopeDocument struct {
	Kind   string `json:"kind,omitempty"`
	Serial string `json:"serial,omitempty"`
}

func (d scopeDocument) kind() (jpki.Kind, error) {
	if d.Kind == "" {
		return 0, nil
	}
	k, err := jpki.ParseKind(d.Kind)
	if err != nil {
		return 0, validation.Malformed.Because(err, "kind")
	}
	return k, nil
}

type setDocument struct {
	Fault string `json:"fault"`
	scopeDocument
}

type clearDocument struct {
	scopeDocument
	All bool `json:"all,omitempty"`
}

// SwitchDocument is a switch as a JSON document shows it.
type SwitchDocument struct {
	Fault  string `json:"fault"`
	Kind   string `json:"kind,omitempty"`
	Serial string `json:"serial,omitempty"`
	SetAt  string `json:"set_at"`
	SetBy  string `json:"set_by"`
}

// Document makes the document of a switch.
func (s Switch) Document() SwitchDocument {
	return SwitchDocument{s.Fault, kindText(s.Kind), s.Serial, s.SetAt.UTC().Format(time.RFC3339), s.SetBy}
}

type faultDocument struct {
	Name   string `json:"name"`
	Does   string `json:"does"`
	Client string `json:"client"`
	Lists  bool   `json:"lists"`
}

func (b *Board) apiList(_ http.ResponseWriter, r *http.Request, _ journal.Actor) (any, error) {
	all, err := b.List(r.Context())
	if err != nil {
		return nil, err
	}
	a := struct {
		On     []SwitchDocument `json:"on"`
		Faults []faultDocument  `json:"faults"`
	}{On: []SwitchDocument{}}
	for _, s := range all {
		a.On = append(a.On, s.Document())
	}
	for _, f := range Faults {
		a.Faults = append(a.Faults, faultDocument{f.Name, f.Does.EN, f.Client.EN, f.Lists})
	}
	return a, nil
}

func (b *Board) apiSet(w http.ResponseWriter, r *http.Request, by journal.Actor) (any, error) {
	var d setDocument
	if err := validation.ReadDocument(w, r, &d); err != nil {
		return nil, err
	}
	kind, err := d.kind()
	if err != nil {
		return nil, err
	}
	s, err := b.Set(r.Context(), by, d.Fault, kind, d.Serial)
	if err != nil {
		return nil, err
	}
	return s.Document(), nil
}

func (b *Board) apiClear(w http.ResponseWriter, r *http.Request, by journal.Actor) (any, error) {
	var d clearDocument
	if err := validation.ReadDocument(w, r, &d); err != nil {
		return nil, err
	}
	if d.All {
		if d.scopeDocument != (scopeDocument{}) {
			return nil, validation.Malformed.New("all")
		}
		return struct{}{}, b.ClearAll(r.Context(), by)
	}
	kind, err := d.kind()
	if err != nil {
		return nil, err
	}
	return struct{}{}, b.Clear(r.Context(), by, kind, d.Serial)
}
