package oidc_test

import (
	"context"
	"testing"
	"time"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// What is long over goes, beside new requests and on both engines; what is not stays.
func TestSweep_WhatIsLongOverGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, opener func() *db.DB) {
		h := open(t, opener())
		cert := h.Issue(t, validationtest.Order{})
		tables := []string{"login_oidc_interaction", "login_oidc_grant", "login_oidc_refresh", "login_oidc_assertion", "login_challenge"}
		count := func(table string) (n int) {
			t.Helper()
			ctx := context.Background()
			if err := h.db.View(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n) }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 3 {
			h.shop.tokens(cert, "openid")
		}
		for _, table := range tables {
			if count(table) < 3 {
				t.Errorf("%s: %d rows after three logins", table, count(table))
			}
		}
		later := func(d time.Duration) {
			t.Helper()
			if err := h.Clock.Advance(d); err != nil {
				t.Fatal(err)
			}
			if err := h.party.Advance(d); err != nil {
				t.Fatal(err)
			}
			h.ask(h.browser(), h.shop.query("openid"))
		}
		later(50 * time.Minute)
		if n := count("login_oidc_interaction"); n != 4 {
			t.Errorf("%d interactions after 50 minutes, want all 4", n)
		}
		later(48 * time.Hour)
		for _, table := range tables {
			want := 0
			if table == "login_oidc_interaction" || table == "login_challenge" {
				want = 1
			}
			if n := count(table); n != want {
				t.Errorf("%s: %d rows two days later, want %d", table, n, want)
			}
		}
	})
}
