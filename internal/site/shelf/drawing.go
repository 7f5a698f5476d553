package shelf

import (
	"fmt"
	"html/template"

	"kado/mynumber"
)

// drawing is a reader with its slot, the card in it if any, and its PIN pad. It is
// decoration: what it shows stands in words beside it. Attributes instead of
// styles, since the content security policy permits no style in a page.
func drawing(card mynumber.CardID) template.HTML {
	slot := `<rect x="52" y="30" width="216" height="136" rx="9" fill="#f2f2f2" stroke="#767676" stroke-width="2" stroke-dasharray="7 6"/>` +
		`<path d="M160 74v44M140 100l20 20 20-20" fill="none" stroke="#666666" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>`
	lamp := "#999999"
	if _, err := mynumber.ParseCardID(string(card)); err == nil { // fifteen digits, and so no markup
		slot = fmt.Sprintf(`<image href="/shelf/cards/%s/face" x="52" y="30" width="216" height="136.5"/>`, card)
		lamp = "#2cac6e"
	}
	keys := ""
	for row := range 4 {
		for column := range 3 {
			keys += fmt.Sprintf(`<rect x="%d" y="%d" width="26" height="14" rx="4" fill="#ffffff" stroke="#666666"/>`, 111+column*36, 224+row*20)
		}
	}
	return template.HTML(`<svg class="shelf-reader" viewBox="0 0 320 322" aria-hidden="true" focusable="false">` +
		`<rect x="20" y="128" width="280" height="188" rx="20" fill="#4d4d4d"/>` +
		slot +
		`<path d="M20 176h280v122a18 18 0 0 1-18 18H38a18 18 0 0 1-18-18z" fill="#333333"/>` +
		`<rect x="40" y="168" width="240" height="8" rx="4" fill="#1a1a1a"/>` +
		`<rect x="100" y="186" width="120" height="26" rx="4" fill="#d0f5a2"/>` +
		`<circle cx="260" cy="199" r="7" fill="` + lamp + `"/>` + keys + `</svg>`) // built from constants, numbers and digits
}
