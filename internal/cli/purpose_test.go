package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kado/internal/platform/clock"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/internal/server"
	"kado/internal/site/ways/certificate"
)

// until ends a command when it has said something.
type until struct {
	bytes.Buffer
	mu    sync.Mutex
	words string
	end   func()
}

func (u *until) Write(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, err := u.Buffer.Write(b)
	if strings.Contains(u.String(), u.words) {
		u.end()
	}
	return n, err
}

// TestServe_PurposeOfADatabase: kado serve --production refuses a sandbox's database,
// with the sandbox's own keys, too, and kado serve, kado fsck and kado demo refuse one
// of production in a sandbox's folder. Each is refused in both languages with its
// number, and is served by whom it belongs to.
func TestServe_PurposeOfADatabase(t *testing.T) {
	for engine, address := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLiteURL, "postgres": dbtest.PostgresURL} {
		t.Run(engine, func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()
			world := filepath.Join(dir, "world")
			sandbox, production := address(t), address(t)
			box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: world, Default: clock.System().Now(), Municipality: "13221", Cost: keystore.CheapCost,
				Database: sandbox})
			if err != nil {
				t.Fatal(err)
			}
			if err := box.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := certificate.Pair(dir, "localhost", clock.System().Now()); err != nil {
				t.Fatal(err)
			}
			serve := func(lang, url string) (string, int) {
				ctx, stop := context.WithCancel(ctx)
				defer stop()
				said := &until{words: "https://localhost", end: stop}
				code := Run(ctx, []string{"--lang", lang, "serve", "--production", "--db", url, "--keys", filepath.Join(world, "keys.kado"), "--passphrase-file",
					filepath.Join(world, "passphrase"), "--tls-cert", filepath.Join(dir, "mtls.pem"), "--tls-key", filepath.Join(dir, "mtls-key.pem"),
					"--base", "https://localhost", "--listen", "127.0.0.1:0"}, said, said)
				return said.String(), code
			}
			for lang, cure := range map[string]string{"en": "kado serve --data FOLDER", "ja": "kado serve --data フォルダ"} {
				if said, code := serve(lang, sandbox); code != 2 || !strings.Contains(said, "KADO-7010") || !strings.Contains(said, cure) || strings.Contains(said, "https://") {
					t.Errorf("production on a sandbox's database: %d\n%s", code, said)
				}
			}
			if said, code := serve("en", production); code != 0 || !strings.Contains(said, "Serving https://localhost") {
				t.Fatalf("production on a new database: %d\n%s", code, said)
			}
			if said, code := serve("en", production); code != 0 {
				t.Errorf("production on its own database: %d\n%s", code, said)
			}
			if engine != "sqlite" {
				return // the commands of a sandbox take no address
			}
			other := filepath.Join(world, "kado.db")
			for _, end := range []string{"", "-wal"} {
				if err := copyFile(other+end, strings.TrimPrefix(production, "sqlite:")+end); err != nil {
					t.Fatal(err)
				}
			}
			for _, args := range [][]string{{"serve", "--data", world, "--people", "none", "--listen", "127.0.0.1:0"}, {"fsck", "--data", world}, {"demo", "--data", world}} {
				for lang, cure := range map[string]string{"en": "kado serve --production --db.", "ja": "kado serve --production --db で"} {
					ctx, stop := context.WithCancel(ctx)
					said := &until{words: "http://", end: stop}
					code := Run(ctx, append([]string{"--lang", lang}, args...), said, said)
					if stop(); code != 2 || !strings.Contains(said.String(), "KADO-7011") || !strings.Contains(said.String(), cure) {
						t.Errorf("%s on a database of production: %d\n%s", args[0], code, said.String())
					}
				}
			}
		})
	}
}

// copyFile copies a file that may be missing.
func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
