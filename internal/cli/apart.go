package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// apart refuses to leave files in the folder of a world: one named like a file of
// the world, as a document to be signed may be, would take its place. The way
// round, a world in a folder below the files, harms nobody.
func apart(out, data string) error {
	if data == "" {
		return nil
	}
	o, d := resolved(out), resolved(data)
	if o == d || strings.HasPrefix(o, strings.TrimSuffix(d, string(filepath.Separator))+string(filepath.Separator)) {
		return BadArguments.New("--out --data")
	}
	return nil
}

// resolved is a path without links, as far down as it exists.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for p := abs; ; p = filepath.Dir(p) {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(real, rest)
		} else if !os.IsNotExist(err) || p == filepath.Dir(p) {
			return abs
		}
		rest = filepath.Join(filepath.Base(p), rest)
	}
}
