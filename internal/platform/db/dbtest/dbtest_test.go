//go:build unix

package dbtest

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A test binary that is killed leaves no PostgreSQL behind.
func TestClusterEndsWithItsBinary(t *testing.T) {
	if os.Getenv("KADO_DBTEST_VICTIM") != "" {
		address, err := cluster()
		fmt.Println("cluster", address, err)
		select {} // until killed
	}
	if _, err := programs(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("NOT TESTED ON POSTGRESQL: %v", err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^TestClusterEndsWithItsBinary$")
	victim.Env = append(os.Environ(), "KADO_DBTEST_VICTIM=1")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(strings.Fields(line)[1])
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatalf("the cluster is not there: %v (%s)", err, line)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	server := "/proc/" + strings.SplitN(string(pid), "\n", 2)[0]
	for range 600 { // nothing tells when somebody else's child has ended
		_, err1 := os.Stat(dir)
		_, err2 := os.Stat(server)
		if os.IsNotExist(err1) && os.IsNotExist(err2) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s or %s is still there", dir, server)
}
