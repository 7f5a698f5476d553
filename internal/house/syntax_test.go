package house

import (
	"slices"
	"testing"
	"testing/fstest"
)

func TestIDsIn(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
		odd  int
	}{
		{"R10_BirthdayOnDayOfIssue", []string{"R-10"}, 0},
		{"CHP51_P56_Counter", []string{"CHP-51", "P-56"}, 0},
		{"R_10, P-15; APP-43.", []string{"R-10", "P-15", "APP-43"}, 0},
		{"LIF-01..03 and more", []string{"LIF-01", "LIF-02", "LIF-03"}, 0},
		{"LIF-03..01", []string{"LIF-03"}, 0},
		{"R 10, R--10, R-100, R-1, P256, P1363, xR10, R10x, SHA-25", nil, 0},
		{"APP7 CHP123", nil, 2},
		{"", nil, 0},
	} {
		ids, odd := idsIn(c.in)
		if !slices.Equal(ids, c.want) || len(odd) != c.odd {
			t.Errorf("idsIn(%q) = %q, %q", c.in, ids, odd)
		}
	}
}

func FuzzIDsIn(f *testing.F) {
	for _, s := range []string{"R10_P15", "LIF-01..07", "APP7", "R-10..", "P-99..00", "個R10人"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, _ := idsIn(s)
		for _, id := range ids {
			if !requirementID.MatchString(id) {
				t.Errorf("%q gave %q", s, id)
			}
		}
	})
}

func TestVerbs(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"100%%":                   "",
		"%d of %s":                "1%d 2%s",
		"%[2]s by %[1]d":          "1%d 2%s",
		"%[1]q, again %[1]s":      "1%s",
		"%5.2f %-3d %% %+v %[1]x": "1%f 1%x 2%d 3%s",
	} {
		if got := verbs(in); got != want {
			t.Errorf("verbs(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Rules of the house":      "rules-of-the-house",
		"The カード, and `more` (2)": "the-カード-and-more-2",
		"A_b - c":                 "a_b---c",
	} {
		if got := slug(in); got != want {
			t.Errorf("slug(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestLayersHaveNoCircle takes the table itself: following permitted imports
// never leads back.
func TestLayersHaveNoCircle(t *testing.T) {
	may := map[string][]string{}
	for _, l := range layers {
		may[l.name] = l.may
	}
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		if slices.Contains(path, name) {
			t.Fatalf("circle: %v", append(path, name))
		}
		for _, next := range may[name] {
			if _, ok := may[next]; !ok {
				t.Fatalf("%s may import %s, which is no layer", name, next)
			}
			visit(next, append(slices.Clone(path), name))
		}
	}
	for name := range may {
		visit(name, nil)
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct{ have, want, says string }{
		{"a\nb", "a\nb", ""},
		{"a\nb", "a\nc", "x:2:\n  is:     b\n  should: c"},
		{"a", "a\nb", "x ends at line 1, the generator goes on: b"},
		{"a\nb", "a", "x goes on at line 2 where the generator ends: b"},
	} {
		if got := Difference("x", []byte(c.have), []byte(c.want)); got != c.says {
			t.Errorf("%q and %q: %q", c.have, c.want, got)
		}
	}
}

// TestIgnoring keeps to the forms of .gitignore that the product uses.
func TestIgnoring(t *testing.T) {
	ignored := ignoring(fstest.MapFS{".gitignore": {Data: []byte("/a\n/b/\nc/\n*.d\n")}})
	for _, c := range []struct {
		path string
		dir  bool
		want bool
	}{
		{"a", false, true}, {"a", true, true}, {"x/a", false, false},
		{"b", true, true}, {"b", false, false}, {"x/b", true, false},
		{"c", true, true}, {"x/c", true, true}, {"x/c", false, false},
		{"x/y.d", false, true}, {"y.dd", false, false},
	} {
		if got := ignored(c.path, c.dir); got != c.want {
			t.Errorf("ignored(%q, %v) = %v", c.path, c.dir, got)
		}
	}
}
