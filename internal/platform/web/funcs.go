package web

import (
	"fmt"
	"html/template"
	"time"

	"kado/internal/platform/lang"
	"kado/mynumber"
)

// funcs are what templates may call.
//
//	{{t "room.key" args…}}  a text of the catalogue
//	{{say .Text args…}}     a text that came with the data
//	{{when .Time}}          an instant, in Japan's time
//	{{icon "card"}}         a drawing of the sprite, hidden from screen readers
func (s *Shell) funcs(l lang.Lang) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, args ...any) (string, error) {
			text, ok := s.texts[key]
			if !ok {
				return "", fmt.Errorf("no text %s", key)
			}
			return text.With(l, args...), nil
		},
		"say":  func(text lang.Text, args ...any) string { return text.With(l, args...) },
		"lang": func() string { return string(l) },
		"when": func(t time.Time) string { return When(l, t) },
		"day": func(d mynumber.Date) string {
			if l == lang.EN {
				return d.String()
			}
			return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day)
		},
		"icon": func(name string) template.HTML {
			for _, r := range name {
				if r < 'a' || r > 'z' {
					return ""
				}
			}
			return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="/assets/icons.svg#` + name + `"></use></svg>`) // name is letters only
		},
		"dict": func(pairs ...any) (map[string]any, error) {
			if len(pairs)%2 != 0 {
				return nil, fmt.Errorf("dict wants pairs")
			}
			m := map[string]any{}
			for i := 0; i < len(pairs); i += 2 {
				k, ok := pairs[i].(string)
				if !ok {
					return nil, fmt.Errorf("dict: key %v is no text", pairs[i])
				}
				m[k] = pairs[i+1]
			}
			return m, nil
		},
	}
}

// When writes an instant for people, in Japan's time.
func When(l lang.Lang, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(mynumber.JST)
	if l == lang.EN {
		return t.Format("2 January 2006, 15:04 (JST)")
	}
	return t.Format("2006年1月2日 15:04")
}
