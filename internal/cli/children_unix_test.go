//go:build unix

package cli

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// What a program started itself ends with it: go run and npx start the program proper.
func TestWithChildren_EndTogether(t *testing.T) {
	for name, script := range map[string]string{
		"ends when asked":    `sleep 600 & echo $!; wait`,
		"the parent is gone": `sleep 600 & echo $!`,
		"deaf":               `(trap "" INT; exec sleep 600) & echo $!; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			cmd := exec.CommandContext(ctx, "sh", "-c", script)
			killRest := withChildren(cmd)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			child := bufio.NewReader(out)
			if pid, err := child.ReadString('\n'); err != nil || strings.TrimSpace(pid) == "" {
				t.Fatal(pid, err)
			}
			cancel()
			killRest()
			// The grandchild holds the pipe; its end is the pipe's.
			if rest, err := io.ReadAll(child); err != nil || len(rest) > 0 {
				t.Errorf("%q, %v", rest, err)
			}
			_ = cmd.Wait() // interrupted
		})
	}
}
