//go:build unix

package dbtest

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// keeper makes a cluster in $1 with the programs in $2, says "ready", and waits
// until its standard input closes, which happens when the test binary ends in
// any way, SIGKILL included. Then it stops the cluster, so that PostgreSQL
// itself gives its shared memory back, and removes the folder.
const keeper = `
dir=$1 bin=$2
end() { "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >>"$dir/log" 2>&1 </dev/null 3>&-; cd /; rm -rf "$dir"; }
trap end EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1
"$bin/initdb" -D "$dir/data" -U kado -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 </dev/null 3>&- &&
"$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 -o "-F -c listen_addresses='' -k '$dir' \
  -c dynamic_shared_memory_type=mmap -c full_page_writes=off -c synchronous_commit=off \
  -c max_connections=200 -c shared_buffers=32MB" start >>"$dir/log" 2>&1 </dev/null 3>&- &&
echo ready >&3 || { tail -n 5 "$dir/log" >&3; exit 1; }
exec 3>&-
read -r _
`

// cluster starts the private PostgreSQL once and returns its address.
var cluster = sync.OnceValues(func() (string, error) {
	bin, err := programs()
	if err != nil {
		return "", err
	}
	// Not t.TempDir: the socket's path must stay under 104 bytes, and the
	// cluster outlives the first test.
	dir, err := os.MkdirTemp("/tmp", "kado-pg-")
	if err != nil {
		return "", err
	}
	drop := func(err error) (string, error) { return "", errors.Join(err, os.RemoveAll(dir)) }
	cmd := exec.Command("/bin/sh", "-c", keeper, "kado-pg-keeper", dir, bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C for the tests is not for the keeper
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root.
		cred, err := unprivileged()
		if err != nil {
			return drop(err)
		}
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return drop(err)
		}
		cmd.SysProcAttr.Credential = cred
	}
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=" + dir}
	if _, err := cmd.StdinPipe(); err != nil { // never written; its closing is the signal
		return drop(err)
	}
	said, says, err := os.Pipe()
	if err != nil {
		return drop(err)
	}
	cmd.ExtraFiles = []*os.File{says}
	err = cmd.Start()
	says.Close()
	if err != nil {
		said.Close()
		return drop(err)
	}
	keep = cmd
	var text []string
	for lines := bufio.NewScanner(said); lines.Scan(); {
		text = append(text, lines.Text())
	}
	said.Close()
	if len(text) != 1 || text[0] != "ready" {
		return "", fmt.Errorf("PostgreSQL did not start: %s", strings.Join(text, "; "))
	}
	return "postgres://kado@/postgres?sslmode=disable&host=" + url.QueryEscape(dir), nil
})

// keep holds the keeper's standard input open for the life of the binary.
//
//lint:ignore U1000 being held is its use: without it the pipe would be collected and the cluster stopped
var keep *exec.Cmd

// programs returns the newest folder with PostgreSQL's programs.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if p, err := exec.LookPath("initdb"); err == nil {
		found = append(found, p)
	}
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL programs in /usr/lib/postgresql/*/bin or PATH, and KADO_TEST_POSTGRES is not set")
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	sort.SliceStable(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	return filepath.Dir(found[0]), nil
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("running as root, and neither user postgres nor nobody exists")
}
