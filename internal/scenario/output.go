package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"kado/internal/server"
)

// Output is the folder where a life leaves its files. They are collected first
// and put in place together at the end, so that a life cut short leaves no
// half of them.
type Output struct {
	dir   string
	made  []string // folders that were made for it, the innermost first
	files map[string][]byte
}

// NewOutput makes sure that the folder can be written to.
func NewOutput(dir string) (*Output, error) {
	o := &Output{dir: dir, files: map[string][]byte{}}
	for d := filepath.Clean(dir); ; d = filepath.Dir(d) {
		if _, err := os.Lstat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		o.made = append(o.made, d)
	}
	err := os.MkdirAll(dir, 0o755)
	var probe *os.File
	if err == nil {
		probe, err = os.CreateTemp(dir, ".kado-*.new")
	}
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return nil, server.CannotWrite.Because(errors.Join(err, o.Discard()), dir)
	}
	return o, nil
}

// Discard removes the folders that were made for nothing: those that are still
// empty.
func (o *Output) Discard() error {
	for _, d := range o.made {
		if err := os.Remove(d); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// Dir is the folder.
func (o *Output) Dir() string { return o.dir }

// Add collects one file.
func (o *Output) Add(name string, content []byte) { o.files[name] = slices.Clone(content) }

// Put puts all collected files in place, each wholly or not at all.
func (o *Output) Put() error {
	for _, f := range o.Files() {
		if err := server.WriteFile(filepath.Join(o.dir, f.Name), o.files[f.Name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Files lists what was collected, by name.
func (o *Output) Files() []FileInfo {
	var out []FileInfo
	for name, content := range o.files {
		sum := sha256.Sum256(content)
		out = append(out, FileInfo{Name: name, Bytes: len(content), SHA256: hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(out, func(a, b FileInfo) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}
