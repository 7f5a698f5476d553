package oidc

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// partiesDocument is the text for developers of relying parties.
func partiesDocument(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../../docs/relying-parties.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func lasts(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d%time.Minute == 0 && d > time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}

// Every lifetime that the document gives is the one of the code.
func TestDocument_Lifetimes(t *testing.T) {
	doc := partiesDocument(t)
	for what, d := range map[string]time.Duration{"a login under way, until the card has answered": interactionLife, "`code`": codeLife, "`request_uri`": pushedLife, "access token": accessLife,
		"ID token": idLife, "refresh token": refreshLife, "a grant, however often it is refreshed": grantLife, "a signing transaction, to be signed and fetched": signingLife} {
		if !regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(what) + ` \| ` + lasts(d) + `(, once)? \|$`).MatchString(doc) {
			t.Errorf("%s lasts %s, and the document says otherwise", what, lasts(d))
		}
	}
	for _, d := range []time.Duration{strictAssertion, lenientAssertion} {
		if !strings.Contains(doc, lasts(d)+" at most") {
			t.Errorf("an assertion lives %s", lasts(d))
		}
	}
}

// Every path and every name in the JSON of the signing interface stands in the
// document, and the clients file shown there is read.
func TestDocument_NamesAndClients(t *testing.T) {
	doc := partiesDocument(t)
	for _, path := range []string{authPath, tokenPath, userinfoPath, certsPath, pushPath, discoveryPath, signPath, resultPath, clientsPath} {
		if !strings.Contains(doc, "`"+path+"`") {
			t.Errorf("no %s", path)
		}
	}
	for _, name := range []string{signDigestName, signIDName, signExpiresName, signStatusName, signSignatureName, signCertificateName, signSignedAtName, signStatusDone} {
		if !strings.Contains(doc, `"`+name+`"`) {
			t.Errorf("no %q", name)
		}
	}
	for _, name := range []string{signVerdictName, signEncryptedName, acrCard} {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("no %s", name)
		}
	}
	file := regexp.MustCompile("(?s)```json\n(\\[.*?)```").FindStringSubmatch(doc)
	if file == nil {
		t.Fatal("no clients file")
	}
	if all, err := ReadClients(strings.NewReader(file[1])); err != nil || len(all) != 1 {
		t.Errorf("%v", err)
	}
}
