package validation_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var all = []validation.Purpose{validation.PurposeStatus, validation.PurposeLinkage, validation.PurposeAttributes, validation.PurposeNotify}

// Only a CA operator, or the house itself, keeps the register.
// Shows: CRT-58, OPS-22
func TestCRT58_TheRegisterIsKeptByOperators(t *testing.T) {
	ctx, r := context.Background(), small(t)
	id := r.accredit(t, all...)
	good := validation.Verifier{Name: "銀行", Purposes: all, From: mynumber.DateOf(r.Clock.Now())}
	for _, by := range []journal.Actor{{Kind: journal.Staff, ID: "hot-1"}, {Kind: journal.Staff, ID: "nobody"}, {Kind: journal.RelyingParty, ID: id}, {Kind: journal.Holder, ID: "per_1"}} {
		_, e1 := r.Accredit(ctx, by, good)
		_, e2 := r.Withdraw(ctx, by, id)
		_, e3 := r.Entrust(ctx, by, id, validation.Firm{Name: "店", From: good.From})
		_, e4 := r.BindKey(ctx, by, id, clientKey(t).Certificate[0])
		e5 := r.UnbindKey(ctx, by, id, "00")
		_, e6 := r.Verifiers(ctx, by)
		for i, err := range []error{e1, e2, e3, e4, e5, e6} {
			if !staff.NotStaff.Is(err) && !staff.NoRole.Is(err) {
				t.Errorf("%s, act %d: %v", by.ID, i+1, err)
			}
		}
	}
	if rs, err := r.Verifiers(ctx, operator); err != nil || len(rs) != 1 || len(rs[0].Keys)+len(rs[0].Firms) != 0 {
		t.Errorf("%+v, %v", rs, err)
	}
}

// Every refusal has a number of its own, and says so in both languages.
// Shows: CRT-57, CRT-58, CRT-61, CRT-62
func TestCRT57_OverTheWire(t *testing.T) {
	ctx, r := context.Background(), small(t)
	w := r.wire(t)
	id := r.accredit(t, validation.PurposeStatus)
	mine := clientKey(t)
	key, err := r.BindKey(ctx, operator, id, mine.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	c := w.as(t, mine)
	good := r.Issue(t, validationtest.Order{Person: "per_7"})
	held := r.Issue(t, validationtest.Order{Person: "per_8"})
	r.hold(serial(held))
	gone := r.Issue(t, validationtest.Order{Person: "per_9"})
	r.revoke(serial(gone), mynumber.Superseded)
	old := r.Issue(t, validationtest.Order{Person: "per_10", NotAfter: mynumber.DateOf(r.Clock.Now()).EndOfDay()})
	forgedDER := append([]byte(nil), good.Raw...)
	forgedDER[len(forgedDER)-1] ^= 1
	key2 := validationtest.Key(validationtest.StrangerKey)
	foreign, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: "x"}, NotBefore: good.NotBefore, NotAfter: good.NotAfter},
		&x509.Certificate{Subject: pkix.Name{CommonName: "another authority"}}, key2.Public(), key2)
	if err != nil {
		t.Fatal(err)
	}
	r.advance(t, 24*3600e9)
	type item map[string]string
	ref := func(c *x509.Certificate) item { return item{"kind": "authentication", "serial": serial(c)} }
	ask := map[string]any{"for": id, "reason": "口座の開設", "certificates": []item{ref(good), ref(held), ref(gone), ref(old),
		{"kind": "signature", "serial": serial(good)}, {"certificate": b64(forgedDER)}, {"certificate": b64(foreign)}}}
	var got struct {
		Certificates []struct{ Verdict, Reason string }
	}
	if code, n := w.ask(t, c, "/v1/status", ask, &got); code != http.StatusOK {
		t.Fatal(code, n)
	}
	for i, want := range []string{"valid", "suspended", "revoked", "expired", "unknown", "bad_signature", "wrong_authority"} {
		if got.Certificates[i].Verdict != want {
			t.Errorf("item %d: %+v, want %s", i, got.Certificates[i], want)
		}
	}
	if got.Certificates[2].Reason != "superseded" {
		t.Errorf("%+v", got.Certificates[2])
	}
	one := map[string]any{"for": id, "reason": "口座の開設", "certificates": []item{ref(good)}}
	link := map[string]any{"for": id, "reason": "x", "certificate": ref(good), "way": "older", "depth": 1}
	stranger := clientKey(t)
	for name, q := range map[string]struct {
		c    *http.Client
		path string
		doc  any
		code int
		want string
	}{
		"no key of ours":    {w.as(t, stranger), "/v1/status", one, 401, "KADO-4110"},
		"purpose":           {c, "/v1/links", link, 403, "KADO-4102"},
		"for somebody else": {c, "/v1/status", map[string]any{"for": "frm_0", "reason": "x", "certificates": one["certificates"]}, 403, "KADO-4114"},
		"for nobody":        {c, "/v1/status", map[string]any{"reason": "x", "certificates": one["certificates"]}, 400, "KADO-4105"},
		"unknown member":    {c, "/v1/status", []byte(`{"for":"` + id + `","reason":"x","certificates":[],"x":1}`), 400, "KADO-4111"},
		"other case":        {c, "/v1/status", []byte(`{"For":"` + id + `","reason":"x","certificates":[]}`), 400, "KADO-4111"},
		"twice":             {c, "/v1/status", []byte(`{"for":"` + id + `","for":"x","reason":"x","certificates":[]}`), 400, "KADO-4111"},
		"null":              {c, "/v1/status", []byte(`{"for":null}`), 400, "KADO-4111"},
		"behind":            {c, "/v1/status", []byte(`{} {}`), 400, "KADO-4111"},
		"no Unicode":        {c, "/v1/status", []byte("{\"reason\":\"\xff\"}"), 400, "KADO-4111"},
		"half a pair":       {c, "/v1/status", []byte(`{"reason":"\ud800"}`), 400, "KADO-4111"},
		"too deep":          {c, "/v1/status", []byte(`{"certificates":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`), 400, "KADO-4111"},
		"large":             {c, "/v1/status", append([]byte(`{"reason":"`), make([]byte, validation.MaxDocument)...), 413, "KADO-4112"},
		"nothing there":     {c, "/v1/nothing", one, 404, "KADO-4130"},
		"query":             {c, "/v1/status?x=1", one, 404, "KADO-4130"},
		"none":              {c, "/v1/status", map[string]any{"for": id, "reason": "x", "certificates": []item{}}, 400, "KADO-4105"},
		"the same twice":    {c, "/v1/status", map[string]any{"for": id, "reason": "x", "certificates": []item{ref(good), ref(good)}}, 400, "KADO-4105"},
	} {
		if code, n := w.ask(t, q.c, q.path, q.doc, nil); code != q.code || n != q.want {
			t.Errorf("%s: %d %s, want %d %s", name, code, n, q.code, q.want)
		}
	}
	if answer, _ := get2(t, c, w.URL+"/v1/status"); answer.StatusCode != 405 || answer.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d", answer.StatusCode)
	}
	if _, err := w.as(t).Post(w.URL+"/v1/status", "application/json", strings.NewReader("{}")); err == nil {
		t.Error("answered without a client certificate")
	}
	if done, _ := r.entries(t, "per_7", validation.ActStatusAsked); done != 1 {
		t.Errorf("%d questions in the holder's journal", done)
	}
	// A key that is taken out counts on the open connection too.
	if err := r.UnbindKey(ctx, operator, id, key); err != nil {
		t.Fatal(err)
	}
	if code, n := w.ask(t, c, "/v1/status", one, nil); code != 401 || n != "KADO-4110" {
		t.Errorf("%d %s", code, n)
	}
	if _, err := r.BindKey(ctx, operator, id, mine.Certificate[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Withdraw(ctx, operator, id); err != nil {
		t.Fatal(err)
	}
	if code, n := w.ask(t, c, "/v1/status", one, nil); code != 403 || n != "KADO-4101" {
		t.Errorf("withdrawn: %d %s", code, n)
	}
	if _, refused := r.entries(t, "per_7", validation.ActStatusAsked); refused == 0 {
		t.Error("refused questions are not seen by the holder")
	}
	other := r.accredit(t, validation.PurposeStatus)
	if _, err := r.BindKey(ctx, operator, other, mine.Certificate[0]); !validation.KeyTaken.Is(err) {
		t.Error(err)
	}
}

func get2(t testing.TB, c *http.Client, url string) (*http.Response, []byte) {
	t.Helper()
	answer, err := c.Get(url)
	return read(t, answer, err)
}

// A firm behind a verifier counts on the days of its entrustment, and its name
// stands in the holder's journal.
// Shows: CRT-59, CRT-61
func TestCRT61_EntrustingFirms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		id, other := r.accredit(t, all...), r.accredit(t, all...)
		today := mynumber.DateOf(r.Clock.Now())
		f, err := r.Entrust(ctx, operator, id, validation.Firm{Name: "質店", From: today.AddDays(1), To: today.AddDays(2)})
		if err != nil {
			t.Fatal(err)
		}
		cert := r.Issue(t, validationtest.Order{})
		for day, want := range []bool{false, true, true, false} {
			if day > 0 {
				r.advance(t, 24*3600e9)
			}
			_, err := r.StatusOf(ctx, validation.Question{Verifier: id, For: f.ID, Why: "w"}, []validation.Item{{Ref: ref(cert)}})
			if (err == nil) != want || err != nil && !validation.NotEntrusted.Is(err) {
				t.Errorf("day %d: %v", day, err)
			}
			_, err = r.StatusOf(ctx, validation.Question{Verifier: other, For: f.ID, Why: "w"}, []validation.Item{{Ref: ref(cert)}})
			if !validation.NotEntrusted.Is(err) {
				t.Errorf("day %d: another verifier for the firm: %v", day, err)
			}
		}
		if _, err := r.Entrust(ctx, operator, other, validation.Firm{ID: f.ID, Name: "質店", From: today}); !validation.Malformed.Is(err) {
			t.Errorf("taken over: %v", err)
		}
		err = r.db.View(ctx, func(tx *db.Tx) error {
			es, err := journal.OfPerson(ctx, tx, "per_1", 0, 1)
			if len(es) != 1 || es[0].Details["for"] != f.ID {
				t.Errorf("%+v", es)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Linkage in all directions, as deep as the setting says, and never past death or
// a return.
// Shows: CRT-17, CRT-18, CRT-20
func TestCRT20_LinksInEveryDirection(t *testing.T) {
	ctx := context.Background()
	w := validationtest.New(t)
	d := dbtest.SQLite(t)
	r := newRoom(t, d)
	r.World = w
	r.Office = validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: seeded(t), Authority: w.Authority(), Cards: w.Cards(),
		Register: w.Residents(), Settings: w.Settings, Places: w, LinkDepth: 2})
	q := question2(r.accredit(t, all...))
	a := r.Issue(t, validationtest.Order{Card: "one"})
	b := r.Issue(t, validationtest.Order{Card: "two", Previous: serial(a)})
	c := r.Issue(t, validationtest.Order{Card: "three", Previous: serial(b)})
	e := r.Issue(t, validationtest.Order{Card: "four", Previous: serial(c)})
	s := r.Issue(t, validationtest.Order{Kind: sig, Card: "four"})
	for _, x := range []*x509.Certificate{a, b, c} {
		r.revoke(serial(x), mynumber.Superseded)
	}
	links := func(x validation.Ref, way validation.Way, depth int) string {
		got, err := r.Links(ctx, q, x, way, depth)
		if validation.NoLink.Is(err) {
			return "none"
		}
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, g := range got {
			for name, c := range map[string]*x509.Certificate{"a": a, "b": b, "c": c, "e": e, "s": s} {
				if g.Serial == serial(c) {
					out += name
				}
			}
		}
		return out
	}
	want := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	signature := validation.Ref{Kind: sig, Serial: serial(s)}
	want(links(ref(e), validation.Older, 1), "c")
	want(links(ref(e), validation.Older, 2), "cb")
	want(links(ref(a), validation.Newer, 2), "bc")
	want(links(ref(e), validation.Newer, 1), "none")
	want(links(ref(e), validation.Other, 1), "s")
	want(links(signature, validation.Other, 1), "e")
	want(links(ref(a), validation.Other, 1), "none")
	if _, err := r.Links(ctx, q, ref(e), validation.Older, 3); !validation.TooFar.Is(err) {
		t.Error(err)
	}
	for _, depth := range []int{0, -1} {
		if _, err := r.Links(ctx, q, ref(e), validation.Older, depth); !validation.Malformed.Is(err) {
			t.Error(depth, err)
		}
	}
	if _, err := r.Links(ctx, q, ref(e), validation.Other, 2); !validation.Malformed.Is(err) {
		t.Error(err)
	}
	r.endCard("two", cards.EndReturn)
	want(links(ref(e), validation.Older, 2), "c")
	want(links(ref(a), validation.Newer, 2), "none")
	r.Person("per_1", func(p *registry.Person) { p.Standing = registry.Dead })
	for _, way := range []validation.Way{validation.Older, validation.Newer, validation.Other} {
		want(links(ref(e), way, 1), "none")
	}
	r.Certificate(serial(e), func(c *authority.Certificate) { c.State = authority.Issued })
	want(links(signature, validation.Other, 1), "none")
}
