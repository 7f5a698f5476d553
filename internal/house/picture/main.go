// Command picture draws what it reads on standard input as a terminal window in
// SVG: the picture of the demo in the README.
//
//	go run ./cmd/kado demo --lang en | go run ./internal/house/picture > docs/demo.svg
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	lineHeight = 20
	margin     = 24
	maxLines   = 200
	maxColumns = 110
)

var (
	title  = regexp.MustCompile(`^ ?\d+  `)
	number = regexp.MustCompile(` #\d+$`)
	millis = regexp.MustCompile(`^    \d+ ms$`)
)

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw(in io.Reader, out io.Writer) error {
	var lines []string
	for s := bufio.NewScanner(in); s.Scan(); {
		line := s.Text()
		if millis.MatchString(line) {
			continue // the only part that differs from run to run
		}
		if len(lines) == maxLines || strings.HasPrefix(line, "本人の記録") || strings.HasPrefix(line, "The holder's journal") {
			break
		}
		lines = append(lines, line)
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	w := bufio.NewWriter(out)
	height := 2*margin + 28 + lineHeight*len(lines)
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="%d" viewBox="0 0 960 %d" role="img" aria-label="kado demo">
<style>text{font:14px ui-monospace,"SF Mono",Menlo,Consolas,"BIZ UDGothic","Noto Sans Mono CJK JP",monospace;white-space:pre;fill:#e6edf3}.t{fill:#79b8ff;font-weight:700}.ok{fill:#56d364}.no{fill:#ff7b72}.dim{fill:#8b949e}</style>
<rect width="960" height="%d" rx="10" fill="#0d1117"/>
<circle cx="26" cy="22" r="6" fill="#ff5f57"/><circle cx="46" cy="22" r="6" fill="#febc2e"/><circle cx="66" cy="22" r="6" fill="#28c840"/>
<text x="92" y="27" class="dim">$ go run ./cmd/kado demo</text>
`, height, height, height)
	for i, line := range lines {
		y := margin + 36 + lineHeight*i
		if r := []rune(line); len(r) > maxColumns {
			line = string(r[:maxColumns]) + "…"
		}
		fmt.Fprintf(w, `<text x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", margin, y, paint(line))
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

func span(class, s string) string {
	return `<tspan class="` + class + `">` + html.EscapeString(s) + `</tspan>`
}

func paint(line string) string {
	if title.MatchString(line) {
		return span("t", line)
	}
	tail := number.FindString(line)
	line = strings.TrimSuffix(line, tail)
	for mark, class := range map[string]string{"✓": "ok", "✗": "no", "·": "dim"} {
		if rest, ok := strings.CutPrefix(line, "    "+mark+" "); ok {
			out := "    " + span(class, mark) + " " + html.EscapeString(rest)
			if tail != "" {
				out += span("dim", tail)
			}
			return out
		}
	}
	return html.EscapeString(line + tail)
}
