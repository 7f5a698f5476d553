package pdfsig

import (
	"slices"

	"kado/jpki/pdfsig/internal/pdf"
)

// permission is what a signature allows behind it. Security stores and document
// time-stamps are always allowed (ISO 32000-2, 12.8.2.2).
type permission struct {
	level    int // of DocMDP: 1 nothing, 2 and 3 form fields and signatures; 0 not certified: signatures
	lockAll  bool
	lock     []string // names of locked fields
	lockBut  []string // all but these are locked, when exclude is set
	exclude  bool
	unproven bool // a rule that cannot be read: nothing is allowed
}

func (p permission) signatures() bool { return p.level != 1 && !p.unproven }
func (p permission) forms() bool      { return p.level >= 2 && !p.unproven }

// locked reports whether a field of that name may not change.
func (p permission) locked(name string) bool {
	covers := func(list []string) bool {
		return slices.ContainsFunc(list, func(l string) bool {
			return name == l || len(name) > len(l) && name[:len(l)] == l && name[len(l)] == '.'
		})
	}
	return p.lockAll || p.unproven || covers(p.lock) || p.exclude && !covers(p.lockBut)
}

// permissionOf reads DocMDP and FieldMDP of a signature and the lock of its field,
// as the signed revision has them.
func permissionOf(f *pdf.File, rev int, sig, node *pdf.Dict) permission {
	var p permission
	references, ok := f.Resolve(rev, sig.Get("Reference")).(pdf.Array)
	if !ok && sig.Has("Reference") {
		p.unproven = true
	}
	for _, item := range references {
		d := f.Dict(rev, item)
		parameters := f.Dict(rev, d.Get("TransformParams"))
		switch d.Get("TransformMethod") {
		case pdf.Name("DocMDP"):
			p.level = max(1, levelOf(f, rev, parameters, 2))
		case pdf.Name("FieldMDP"):
			p.addLock(f, rev, parameters)
		default:
			p.unproven = true
		}
	}
	if node.Has("Lock") {
		lock := f.Dict(rev, node.Get("Lock"))
		p.addLock(f, rev, lock)
		if lock.Has("P") {
			if n := levelOf(f, rev, lock, 1); p.level == 0 && n == 1 || p.level > n {
				p.level = n
			}
		}
	}
	return p
}

func levelOf(f *pdf.File, rev int, d *pdf.Dict, normal int) int {
	if !d.Has("P") {
		return normal
	}
	n, ok := f.Resolve(rev, d.Get("P")).(pdf.Integer)
	if !ok || n < 1 || n > 3 {
		return 1
	}
	return int(n)
}

func (p *permission) addLock(f *pdf.File, rev int, d *pdf.Dict) {
	var names []string
	for _, item := range f.Array(rev, d.Get("Fields")) {
		s, ok := f.Resolve(rev, item).(pdf.String)
		if !ok {
			p.unproven = true
			return
		}
		names = append(names, plainText(s.Text))
	}
	switch f.Resolve(rev, d.Get("Action")) {
	case pdf.Name("All"):
		p.lockAll = true
	case pdf.Name("Include"):
		p.lock = append(p.lock, names...)
	case pdf.Name("Exclude"):
		if p.exclude { // two of them: what either locks
			p.lockBut = slices.DeleteFunc(p.lockBut, func(n string) bool { return !slices.Contains(names, n) })
			return
		}
		p.exclude, p.lockBut = true, names
	default:
		p.unproven = true
	}
}
