package cli

import (
	"fmt"
	"strings"

	"kado/internal/platform/lang"
)

// barWidth is how many characters a bar of progress has between its ends.
const barWidth = 30

// progress returns a function that draws how far long work is: one line on a
// terminal, drawn over and over; nothing where nobody would see it move.
func (c *console) progress(what lang.Text) func(done, total int) {
	if !isTerminal(c.err) {
		return func(int, int) {}
	}
	return func(done, total int) {
		if total < 1 {
			return
		}
		full := done * barWidth / total
		fmt.Fprintf(c.err, "\r%s [%s%s] %3d%%", what.In(c.lang), strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), done*100/total)
		if done == total {
			fmt.Fprintln(c.err)
		}
	}
}
