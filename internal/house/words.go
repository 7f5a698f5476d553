package house

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// unspoken are words that have no place in the product: paths of one machine,
// the tools that people write programs with, and marks of unfinished work. They
// are put together from parts, so that this file does not hold them. Each
// expression is tried only on files that hold one of its hints, which are in
// small letters.
var unspoken = []struct {
	hints []string
	re    *regexp.Regexp
}{
	expression(`(?:^|[\s"'`+"`"+`(=])/(?:`, `)/`, "wo"+"rk", "ro"+"ot", "ho"+"me", "t"+"mp", "use"+"rs"),
	expression(`\.\./(?:`, `)`, "sha"+"red"),
	expression(`\b(?:`, `)\b`, "cla"+"ude", "anthro"+"pic", "open"+"ai", "chat"+"gpt", "copi"+"lot", "gemi"+"ni", "l"+"lm", "l"+"lms",
		"language mod"+"el", "suba"+"gent", "sub-a"+"gent", "ai ag"+"ent", "ai ag"+"ents", "ai assis"+"tant", "ai to"+"ol", "ai to"+"ols",
		"ai mod"+"el", "coding ag"+"ent", "helper sess"+"ion", "context win"+"dow", "system pro"+"mpt"),
	{[]string{"to" + "do", "fix" + "me", "xx" + "x"}, regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b`)},
}

func expression(before, after string, words ...string) (u struct {
	hints []string
	re    *regexp.Regexp
}) {
	u.hints = words
	u.re = regexp.MustCompile("(?i)" + before + strings.Join(words, "|") + after)
	return u
}

// unread are files whose words are not the product's own.
var unread = map[string]bool{"go.sum": true}

// Words checks that the product speaks of itself alone.
func Words(t *Tree) []Breach {
	var out []Breach
	for _, p := range t.Files {
		b := t.Text(p)
		if unread[p] || bytes.IndexByte(b, 0) >= 0 {
			continue
		}
		small := bytes.ToLower(b)
		for _, u := range unspoken {
			if !slices.ContainsFunc(u.hints, func(h string) bool { return bytes.Contains(small, []byte(h)) }) {
				continue
			}
			for _, m := range u.re.FindAllIndex(b, -1) {
				line := 1 + bytes.Count(b[:m[0]], []byte("\n"))
				if b[m[0]] == '\n' {
					line++
				}
				out = append(out, Breach{p, line, "the product does not speak of " + strings.TrimSpace(string(b[m[0]:m[1]]))})
			}
		}
	}
	return out
}

var (
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdHeading = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	codeSpan  = regexp.MustCompile("`[^`]*`")
)

// Links checks that links between the product's documents lead somewhere: to a
// file or folder of the product, and to a heading of it where one is named.
func Links(t *Tree) []Breach {
	var out []Breach
	heads := map[string]map[string]bool{}
	for _, p := range t.Files {
		if path.Ext(p) == ".md" {
			heads[p] = headings(string(t.Text(p)))
		}
	}
	for _, p := range t.Files {
		if path.Ext(p) != ".md" {
			continue
		}
		eachLine(string(t.Text(p)), func(n int, line string) {
			for _, m := range mdLink.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
				target, anchor, _ := strings.Cut(m[1], "#")
				if strings.Contains(target, ":") {
					continue // another site
				}
				file := p
				if target != "" {
					file = path.Join(path.Dir(p), target)
				}
				switch {
				case strings.HasPrefix(file, "..") || !t.Has(file):
					out = append(out, Breach{p, n, m[1] + " leads nowhere"})
				case anchor != "" && heads[file] != nil && !heads[file][anchor]:
					out = append(out, Breach{p, n, m[1] + ": no such heading"})
				}
			}
		})
	}
	return out
}

// eachLine calls see for every line outside fenced code.
func eachLine(s string, see func(n int, line string)) {
	fenced := false
	for i, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			see(i+1, line)
		}
	}
}

func headings(s string) map[string]bool {
	out := map[string]bool{}
	eachLine(s, func(_ int, line string) {
		if m := mdHeading.FindStringSubmatch(line); m != nil {
			out[slug(m[1])] = true
		}
	})
	return out
}

// slug is the anchor that Git hosts give a heading: small letters, blanks as
// hyphens, no punctuation.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}
