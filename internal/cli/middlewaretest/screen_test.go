package middlewaretest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kado/chip/vpcd/vpcdtest"
)

// screen is an X server of the test's own, with a keyboard: the browser's windows
// for PINs and certificates are not pages, and only hands reach them.
type screen struct {
	display, dir string
}

// The screen in pixels.
const wide, high = 960, 720

// newScreen starts the X server until the end of the test and makes it the one
// that programs find.
func newScreen(t *testing.T) *screen {
	t.Helper()
	vpcdtest.Need(t, "Xvfb", "xdotool")
	s := &screen{dir: t.TempDir()}
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", wide, high), "-nolisten", "tcp", "-noreset", "-fbdir", s.dir)
	cmd.ExtraFiles = []*os.File{w}
	must(t, cmd.Start())
	must(t, w.Close())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended; it removes its socket
		_ = cmd.Wait()                          // by a signal
	})
	must(t, r.SetReadDeadline(time.Now().Add(vpcdtest.Patience))) //kado:wall-clock bounds a wait
	number, err := bufio.NewReader(r).ReadString('\n')
	must(t, err)
	s.display = ":" + strings.TrimSpace(number)
	t.Setenv("DISPLAY", s.display)
	return s
}

// hand moves mouse and keys.
func (s *screen) hand(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// window is the number of a window by a part of its title, "" where there is none.
func (s *screen) window(title string) string {
	found, err := s.hand("search", "--name", title)
	if err != nil { // so it says that there is none
		return ""
	}
	id, _, _ := strings.Cut(found, "\n")
	return id
}

// until waits for something that tells nobody when it has happened.
func until(what string, happened func() bool) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for range vpcdtest.Patience / (200 * time.Millisecond) {
		if happened() {
			return nil
		}
		<-tick.C
	}
	return fmt.Errorf("waited in vain for %s", what)
}

// frame is what is on the screen now.
func (s *screen) frame() (*image.RGBA, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, "Xvfb_screen0"))
	if err != nil {
		return nil, err
	}
	return decodeXWD(raw)
}

// still waits until the screen stands still, for windows fade in and out, and
// returns what is on it.
func (s *screen) still() (*image.RGBA, error) {
	last, err := s.frame()
	if err != nil {
		return nil, err
	}
	var broken error
	err = until("a screen that stands still", func() bool {
		now, err := s.frame()
		if err != nil {
			broken = err
			return true
		}
		same := differ(last, now) < caret
		last = now
		return same
	})
	return last, errors.Join(broken, err)
}

// caret is as many pixels as may differ between two looks at the same screen: a
// caret blinks, a tab's wheel turns.
const caret = 1500

// differ counts the pixels that are not the same.
func differ(a, b *image.RGBA) int {
	n := 0
	for i := 0; i < len(a.Pix) && i < len(b.Pix); i += 4 {
		if !bytes.Equal(a.Pix[i:i+4], b.Pix[i:i+4]) {
			n++
		}
	}
	return n
}

// picture writes what is on the screen into the folder named by KADO_PICTURES.
func (s *screen) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("KADO_PICTURES")
	if dir == "" {
		return
	}
	m, err := s.still()
	must(t, err)
	var out bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, m))
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, name+".png"), out.Bytes(), 0o644))
}

// decodeXWD reads the X window dump that Xvfb keeps its screen in: 32 bits a
// pixel, blue first.
func decodeXWD(raw []byte) (*image.RGBA, error) {
	const fields = 25
	if len(raw) < 4*fields {
		return nil, errors.New("short")
	}
	var h [fields]uint32
	for i := range h {
		h[i] = binary.BigEndian.Uint32(raw[4*i:])
	}
	size, wide, high, order, bits, line, colours := h[0], h[4], h[5], h[7], h[11], h[12], h[19]
	at := uint64(size) + 12*uint64(colours)
	if order != 0 || bits != 32 || line < 4*wide || uint64(len(raw)) < at+uint64(line)*uint64(high) {
		return nil, errors.New("another kind of dump")
	}
	m := image.NewRGBA(image.Rect(0, 0, int(wide), int(high)))
	for y := range int(high) {
		row := raw[at+uint64(y)*uint64(line):]
		for x := range int(wide) {
			m.SetRGBA(x, y, color.RGBA{row[4*x+2], row[4*x+1], row[4*x], 255})
		}
	}
	return m, nil
}
