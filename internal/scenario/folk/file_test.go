package folk

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"kado/mynumber"
)

const sound = `{"version":1,"begun":["adult","child"],"people":[{"id":"adult","card":"CARD","person":"per_0123456789abcdef","name":"佐藤　健一",` +
	`"pins":{"signature":"KADO3141","authentication":"3141","text":"3141","register":"3141"}}]}`

func soundFile(t testing.TB) string {
	t.Helper()
	card, err := mynumber.DrawCardID(strings.NewReader(strings.Repeat("a card's id", 20)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(sound, "CARD", string(card), 1)
}

func TestFileIsReadStrictly(t *testing.T) {
	good := soundFile(t)
	f, err := decode([]byte(good))
	if err != nil || len(f.People) != 1 || f.People[0].Title.EN != "Adult" {
		t.Fatalf("%+v %v", f, err)
	}
	for _, bad := range []struct{ from, to string }{
		{`"version":1`, `"version":2`},
		{`"version":1`, `"version":1,"more":1`},
		{`"adult","child"`, `"adult","adult"`},
		{`"adult","child"`, `"adult","nobody"`},
		{`"adult","child"`, `"child"`},
		{`"per_0123456789abcdef"`, `"per_x"`},
		{`"3141"`, `"31"`},
		{`KADO3141`, `kado3141`},
		{`"佐藤　健一"`, `""`},
		{`"card":"`, `"card":"x`},
		{`}]}`, `}]} {}`},
		{`}]}`, `}]`},
		{`"id":"adult"`, `"id":"nobody"`},
	} {
		if _, err := decode([]byte(strings.Replace(good, bad.from, bad.to, 1))); err == nil {
			t.Errorf("%s for %s was read", bad.to, bad.from)
		}
	}
	for _, making := range []struct {
		text string
		good bool
	}{
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"events":{"child":0},"pins":{"child":{"text":"3141"}}}`, true},
		{`{"whom":["child"]}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":[]}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["woman"]}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child","child"]}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"events":{"adult":0}}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"events":{"child":1}}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"pins":{"child":{"text":"31"}}}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"phones":{"child":{"id":"phn_x"}}}`, false},
		{`{"now":"2026-11-23T03:00:00Z","whom":["child"],"more":1}`, false},
	} {
		if _, err := decode([]byte(strings.TrimSuffix(good, "}") + `,"making":` + making.text + "}")); (err == nil) != making.good {
			t.Errorf("%s: %v", making.text, err)
		}
	}
	person := good[strings.Index(good, `[{`)+1 : strings.LastIndex(good, `]`)]
	if _, err := decode([]byte(strings.Replace(good, person, person+","+person, 1))); err == nil {
		t.Error("one person twice was read")
	}
	if _, err := decode([]byte(good + strings.Repeat(" ", maxFile))); err == nil {
		t.Error("an endless file was read")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(soundFile(f)))
	f.Add([]byte(`{"version":1,"begun":null,"people":null}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decode(raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := decode(again); err != nil || !reflect.DeepEqual(second, got) {
			t.Fatalf("%v: %+v is not %+v", err, second, got)
		}
	})
}

// The table itself is in order: ids are stable words of a URL, and nothing that
// people read is missing.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range table {
		if !idForm.MatchString(s.id) || seen[s.id] || s.title.JA == "" || s.about.JA == "" || s.kana == "" {
			t.Errorf("%q", s.id)
		}
		seen[s.id] = true
		for i, e := range s.events {
			if e.days >= recent-10 || e.days < 1 || i > 0 && e.days >= s.events[i-1].days {
				t.Errorf("%s: an event %d days before", s.id, e.days)
			}
		}
	}
}
