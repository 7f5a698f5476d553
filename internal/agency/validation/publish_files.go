package validation

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kado/internal/platform/db"
	"kado/jpki"
	"kado/mynumber"
)

// The folder of lists: one file for each list, whose name tells its number and
// which is never written again, and a manifest that tells which are the newest.
// Every file comes under its name by a rename, whole and synced; the manifest
// comes last. Files that the manifest no longer names stay until the next
// publication, for readers who still hold the older one.

// ManifestFile is the name of the manifest.
const ManifestFile = "manifest.json"

const (
	manifestFormat  = 1
	maxManifest     = 64 << 20 // octets: some 200,000 lists
	maxManifestRows = 200_000
	newPrefix       = ".new-" // of files that are being written
	lockName        = ".lock"
)

// Manifest tells which files are the newest lists.
type Manifest struct {
	Format int            `json:"format"` // 1
	Lists  []ManifestList `json:"lists"`  // by kind, generation and municipality
}

// ManifestList is one list.
type ManifestList struct {
	Kind         jpki.Kind                 `json:"-"`
	KindName     string                    `json:"kind"`
	Generation   int                       `json:"generation"`
	Municipality mynumber.MunicipalityCode `json:"municipality,omitempty"`
	Number       int64                     `json:"number"`
	ThisUpdate   time.Time                 `json:"this_update"`
	NextUpdate   time.Time                 `json:"next_update"`
	File         string                    `json:"file"`
	Size         int64                     `json:"size"` // octets
	SHA256       string                    `json:"sha256"`
}

func (l *ManifestList) scope() scope { return scope{l.Kind, l.Generation, l.Municipality} }

// name is the one name that the file of a list may have.
func (l *ManifestList) name() string {
	m := string(cmp.Or(l.Municipality, "all"))
	return fmt.Sprintf("%s-%d-%s-%d.crl", l.KindName, l.Generation, m, l.Number)
}

// ErrManifest: the manifest is not one that this program writes.
var ErrManifest = errors.New("validation: the manifest of lists is malformed")

// ParseManifest reads a manifest strictly: one spelling, no unknown fields, each
// list once and in order, no file name but that which follows from the rest.
func ParseManifest(b []byte) (Manifest, error) {
	var m Manifest
	if len(b) > maxManifest {
		return m, ErrManifest
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil || m.Format != manifestFormat || len(m.Lists) > maxManifestRows {
		return Manifest{}, ErrManifest
	}
	for i := range m.Lists {
		l := &m.Lists[i]
		var err error
		l.Kind, err = jpki.ParseKind(l.KindName)
		sum, hexErr := hex.DecodeString(l.SHA256)
		if err != nil || l.Generation < 1 || l.Municipality != "" && !l.Municipality.Valid() || l.Number < 1 || l.File != l.name() ||
			l.Size < 1 || l.Size > jpki.MaxCRLSize || hexErr != nil || len(sum) != sha256.Size || !l.ThisUpdate.Before(l.NextUpdate) {
			return Manifest{}, ErrManifest
		}
		if i > 0 && compareScopes(m.Lists[i-1].scope(), l.scope()) >= 0 {
			return Manifest{}, ErrManifest
		}
	}
	if again, err := m.encode(); err != nil || !bytes.Equal(again, b) {
		return Manifest{}, ErrManifest
	}
	return m, nil
}

func (m Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

func compareScopes(a, b scope) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.generation, b.generation), cmp.Compare(a.municipality, b.municipality))
}

// writeLists brings a folder up to what the records hold.
func (o *Office) writeLists(ctx context.Context, dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, CannotPublish.Because(err)
	}
	unlock, err := lockLists(filepath.Join(dir, lockName))
	if err != nil {
		return 0, CannotPublish.Because(err)
	}
	defer unlock()
	last, err := o.lastLists(ctx)
	if err != nil {
		return 0, err
	}
	scopes := make([]scope, 0, len(last))
	for s := range last {
		scopes = append(scopes, s)
	}
	slices.SortFunc(scopes, compareScopes)
	before, _ := readManifest(dir) // one that cannot be read is replaced
	m := Manifest{Format: manifestFormat, Lists: make([]ManifestList, 0, len(scopes))}
	for _, s := range scopes {
		var l List
		err := o.db.View(ctx, func(tx *db.Tx) error {
			l, err = s.newest(ctx, tx)
			return err
		})
		if err != nil {
			return 0, err
		}
		row, err := writeList(dir, l)
		if err != nil {
			return 0, CannotPublish.Because(err)
		}
		m.Lists = append(m.Lists, row)
	}
	if err := m.put(dir, before); err != nil {
		return 0, CannotPublish.Because(err)
	}
	return len(m.Lists), nil
}

// writeList writes one list, unless it is there already.
func writeList(dir string, l List) (ManifestList, error) {
	sum := sha256.Sum256(l.DER)
	row := ManifestList{Kind: l.Kind, KindName: l.Kind.String(), Generation: l.Generation, Municipality: l.Municipality, Number: l.Number,
		ThisUpdate: l.ThisUpdate.UTC(), NextUpdate: l.NextUpdate.UTC(), Size: int64(len(l.DER)), SHA256: hex.EncodeToString(sum[:])}
	row.File = row.name()
	if row.intact(dir) == nil {
		return row, nil
	}
	return row, putFile(dir, row.File, l.DER)
}

// put makes a manifest the valid one and removes what neither it nor the one
// before names.
func (m Manifest) put(dir string, before Manifest) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	if err := syncFolder(dir); err != nil { // the names of the lists, before the name that leads to them
		return err
	}
	if err := putFile(dir, ManifestFile, b); err != nil {
		return err
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	keep := map[string]bool{ManifestFile: true, lockName: true}
	for _, rows := range [][]ManifestList{m.Lists, before.Lists} {
		for _, l := range rows {
			keep[l.File] = true
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if ours := strings.HasSuffix(name, ".crl") || strings.HasPrefix(name, newPrefix); ours && !keep[name] && e.Type().IsRegular() {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// putFile brings content under a name, whole or not at all.
func putFile(dir, name string, content []byte) (err error) {
	f, err := os.CreateTemp(dir, newPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644) // lists are public
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, name))
}

func readManifest(dir string) (Manifest, error) {
	f, err := os.Open(filepath.Join(dir, ManifestFile))
	if err != nil {
		return Manifest{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return Manifest{}, err
	}
	return ParseManifest(b)
}

// intact reports whether a file is what the manifest says.
func (l *ManifestList) intact(dir string) error {
	f, err := os.Open(filepath.Join(dir, l.File))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, l.Size+1))
	if err != nil {
		return err
	}
	if n != l.Size || hex.EncodeToString(h.Sum(nil)) != l.SHA256 {
		return fmt.Errorf("validation: %s is not the list that the manifest names", l.File)
	}
	return nil
}

// Lists serves a folder of lists without any database: what a cache in front of
// the authority does, at any distance. Make it with OpenLists. Safe for concurrent
// use.
type Lists struct {
	dir string

	mu      sync.Mutex
	state   fs.FileInfo // of the manifest that was read
	byScope map[scope]*ManifestList
}

// OpenLists reads a folder that Publish wrote and checks every file against the
// manifest.
func OpenLists(dir string) (*Lists, error) {
	l := &Lists{dir: dir}
	return l, l.reload()
}

// reload reads the manifest, where it is another one than before.
func (l *Lists) reload() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	state, err := os.Stat(filepath.Join(l.dir, ManifestFile))
	if err != nil {
		return err
	}
	if l.state != nil && os.SameFile(l.state, state) && l.state.ModTime().Equal(state.ModTime()) {
		return nil
	}
	m, err := readManifest(l.dir)
	if err != nil {
		return err
	}
	byScope := make(map[scope]*ManifestList, len(m.Lists))
	for i := range m.Lists {
		row := &m.Lists[i]
		if was := l.byScope[row.scope()]; was == nil || *was != *row {
			if err := row.intact(l.dir); err != nil {
				return err
			}
		}
		byScope[row.scope()] = row
	}
	l.state, l.byScope = state, byScope
	return nil
}

// Len returns how many lists there are.
func (l *Lists) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byScope)
}

// All returns the rows of the manifest, in its order.
func (l *Lists) All() []ManifestList {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]ManifestList, 0, len(l.byScope))
	for _, row := range l.byScope {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b ManifestList) int { return compareScopes(a.scope(), b.scope()) })
	return out
}

// ServeHTTP serves /crl/{kind}/{generation}[/{municipality}] as the office does. A
// newer manifest is taken in with the next request.
func (l *Lists) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/crl/"), "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.HasPrefix(r.URL.Path, "/crl/") || len(parts) < 2 || len(parts) > 3 {
		writeFault(w, NoList.New())
		return
	}
	s := scope{}
	var err error
	var ok bool
	if s.kind, err = jpki.ParseKind(parts[0]); err == nil {
		s.generation, ok = parseGeneration(parts[1])
	}
	if len(parts) == 3 {
		s.municipality = mynumber.MunicipalityCode(parts[2])
		ok = ok && s.municipality.Valid()
	}
	// What cannot be read now leaves the lists of before, which were whole.
	reloaded := l.reload()
	l.mu.Lock()
	row := l.byScope[s]
	l.mu.Unlock()
	if !ok || row == nil {
		writeFault(w, NoList.New())
		return
	}
	f, err := os.Open(filepath.Join(l.dir, row.File))
	if err != nil {
		writeFault(w, CannotPublish.Because(errors.Join(err, reloaded)))
		return
	}
	defer f.Close()
	listHeaders(w.Header(), s, row.Number)
	http.ServeContent(w, r, "", row.ThisUpdate, f)
}

// listHeaders are the header lines of a list.
func listHeaders(h http.Header, s scope, number int64) {
	h.Set("Content-Type", "application/pkix-crl")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheFor(listMaxAge))
	h.Set("ETag", fmt.Sprintf(`"%s-%d-%s-%d"`, s.kind, s.generation, s.municipality, number))
}
