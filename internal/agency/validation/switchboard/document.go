package switchboard

import (
	"fmt"
	"strings"
)

// Table is the table of faults as docs/ocsp-faults.md shows it.
func Table() string {
	var b strings.Builder
	b.WriteString("| fault | the responder | a correct client | kado's client says of a good certificate | openssl ocsp | lists |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, f := range Faults {
		lists := "–"
		if f.Lists {
			lists = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", f.Name, f.Does.EN, f.Client.EN, f.Told, f.OpenSSL, lists)
	}
	return b.String()
}
