package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"

	"kado/jpki"
	"kado/jpki/verify"
)

// Caps of a corpus that is read.
const (
	maxManifest = 8 << 20
	maxCases    = 5000
	maxFile     = 64 << 20
	maxFiles    = 64 // of one kind and case
)

var (
	caseName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	fileName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,80}$`)
	groups   = []string{"certificate", "revocation", "cms", "bare", "time-stamp", "pdf", "xml"}
)

// Write makes the corpus in an empty or new folder.
func Write(dir string) (*Manifest, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, FolderNotEmpty.New(dir)
	}
	items, err := build()
	if err != nil {
		return nil, err
	}
	m := &Manifest{Format: Format, Version: Version}
	for _, i := range items {
		if err := i.write(filepath.Join(dir, "cases", i.Name)); err != nil {
			return nil, CannotWrite.Because(err, i.Name)
		}
		m.Cases = append(m.Cases, i.Case)
	}
	// Last, so that a folder with a manifest is complete.
	if err := writeJSON(filepath.Join(dir, "manifest.json"), m); err != nil {
		return nil, CannotWrite.Because(err, "manifest.json")
	}
	return m, nil
}

func (i *item) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, b := range i.files {
		if !fileName.MatchString(name) {
			return fmt.Errorf("the file name %q", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(dir, "case.json"), i.Case)
}

func writeJSON(path string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Load reads the manifest of a folder and checks every entry.
func Load(dir string) (*Manifest, error) {
	b, err := readLimited(filepath.Join(dir, "manifest.json"), maxManifest)
	if err != nil {
		return nil, NotACorpus.Because(err, "manifest.json")
	}
	m, err := Parse(b)
	if err != nil {
		return nil, err
	}
	for i := range m.Cases {
		c := &m.Cases[i]
		for _, name := range c.files() {
			info, err := os.Lstat(filepath.Join(dir, "cases", c.Name, name))
			if err != nil || !info.Mode().IsRegular() {
				return nil, NotACorpus.Because(err, c.Name)
			}
		}
	}
	return m, nil
}

// Parse reads a manifest: no unknown fields, nothing behind it, every entry whole.
func Parse(b []byte) (*Manifest, error) {
	if len(b) > maxManifest {
		return nil, NotACorpus.New("manifest.json")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	m := &Manifest{}
	if err := d.Decode(m); err != nil {
		return nil, NotACorpus.Because(err, "manifest.json")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, NotACorpus.New("manifest.json")
	}
	if m.Format != Format || m.Version != Version || len(m.Cases) == 0 || len(m.Cases) > maxCases {
		return nil, NotACorpus.New("manifest.json")
	}
	seen := map[string]bool{}
	for i := range m.Cases {
		c := &m.Cases[i]
		if err := c.check(); err != nil || seen[c.Name] {
			name := c.Name
			if !caseName.MatchString(name) || len(name) > 100 {
				name = fmt.Sprintf("case %d", i+1)
			}
			return nil, NotACorpus.Because(err, name)
		}
		seen[c.Name] = true
	}
	return m, nil
}

func (c *Case) check() error {
	switch {
	case !caseName.MatchString(c.Name) || len(c.Name) > 100 || !slices.Contains(groups, c.Group):
		return errors.New("name or group")
	case c.About == "" || len(c.About) > 500:
		return errors.New("about")
	case c.Form != verify.FormatCMS && c.Form != verify.FormatBare && c.Form != verify.PDF && c.Form != verify.XML:
		return errors.New("form")
	case c.At.IsZero():
		return errors.New("at")
	case c.Reason.Verdict() != c.Verdict:
		return errors.New("verdict and reason")
	case len(c.Trust) > maxFiles || len(c.TSA) > maxFiles || len(c.CRL) > maxFiles || len(c.OCSP) > maxFiles || len(c.Detached) > maxFiles:
		return errors.New("too many files")
	}
	if _, err := jpki.ParseKind(c.Kind); err != nil {
		return err
	}
	bare := c.Form == verify.FormatBare
	if bare != (c.Signer != "") || bare != slices.Contains([]string{"content", "digest", "digest-info"}, c.Means) || bare && c.Content == "" {
		return errors.New("bare")
	}
	if c.Form != verify.XML && (c.Detached != nil || c.Demand != nil) {
		return errors.New("detached")
	}
	for _, name := range c.files() {
		if !fileName.MatchString(name) || name == "case.json" {
			return errors.New("file name")
		}
	}
	return nil
}

// files are the names of all files of a case.
func (c *Case) files() []string {
	out := []string{c.Document}
	for _, name := range []string{c.Content, c.Signer} {
		if name != "" {
			out = append(out, name)
		}
	}
	for _, list := range [][]string{c.Trust, c.TSA, c.CRL, c.OCSP} {
		out = append(out, list...)
	}
	var beside []string
	for _, name := range c.Detached {
		beside = append(beside, name)
	}
	sort.Strings(beside)
	return append(out, beside...)
}

func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, errors.New("not a file of a size that is read")
	}
	return os.ReadFile(path)
}
