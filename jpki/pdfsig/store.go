package pdfsig

import (
	"slices"

	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

// Entries of a document security store and of what it holds for one signature
// (ISO 32000-2, 12.8.4.3).
var (
	storeLists  = []pdf.Name{"Certs", "OCSPs", "CRLs"}
	recordLists = []pdf.Name{"Cert", "OCSP", "CRL"}
)

// securityStore compares document security stores. They may grow and change, but
// hold streams alone, and their lists serve nothing else.
func (c *comparison) securityStore(x, y pdf.Object) error {
	if x != nil && !c.skeletonRef(x, y) {
		return changed("the security store")
	}
	if y == nil {
		return nil
	}
	a, b := c.f.Dict(c.from, x), c.f.Dict(c.to, y)
	if b == nil {
		return changed("the security store")
	}
	for _, e := range b.Entries {
		switch {
		case e.Key == "Type":
			if e.Value != pdf.Name("DSS") {
				return changed("the security store")
			}
		case slices.Contains(storeLists, e.Key):
			if err := c.storeList(a.Get(e.Key), e.Value); err != nil {
				return err
			}
		case e.Key == "VRI":
			if err := c.records(a.Get("VRI"), e.Value); err != nil {
				return err
			}
		default:
			return changed("an unknown entry of the security store")
		}
	}
	return nil
}

func (c *comparison) storeList(x, y pdf.Object) error {
	if ref, ok := x.(pdf.Ref); ok && c.skeletonRef(x, y) {
		c.stores = append(c.stores, ref.Number)
	}
	list, ok := c.f.Resolve(c.to, y).(pdf.Array)
	if !ok {
		return changed("the security store")
	}
	for _, item := range list {
		if !c.isEvidence(item) {
			return changed("the security store holds something else than evidence")
		}
	}
	return nil
}

// isEvidence reports whether a value leads to a stream that no viewer can draw: a
// picture or a form would need more entries.
func (c *comparison) isEvidence(o pdf.Object) bool {
	_, isRef := o.(pdf.Ref)
	s, ok := c.f.Resolve(c.to, o).(*pdf.Stream)
	if !isRef || !ok {
		return false
	}
	return !slices.ContainsFunc(s.Dict.Entries, func(e pdf.Entry) bool {
		return !slices.Contains([]pdf.Name{"Length", "Filter", "DecodeParms"}, e.Key)
	})
}

// records compares what the store holds for single signatures.
func (c *comparison) records(x, y pdf.Object) error {
	c.skeletonRef(x, y)
	old, now := c.f.Dict(c.from, x), c.f.Dict(c.to, y)
	if now == nil {
		return changed("the security store")
	}
	for _, e := range now.Entries {
		if e.Key == "Type" {
			continue
		}
		was := old.Get(e.Key)
		c.skeletonRef(was, e.Value)
		a, b := c.f.Dict(c.from, was), c.f.Dict(c.to, e.Value)
		if b == nil || len(e.Key) != 40 {
			return changed("the security store")
		}
		for _, r := range b.Entries {
			switch {
			case slices.Contains(recordLists, r.Key):
				if err := c.storeList(a.Get(r.Key), r.Value); err != nil {
					return err
				}
			case r.Key == "TU":
				if _, ok := r.Value.(pdf.String); !ok {
					return changed("the security store")
				}
			case r.Key == "TS":
				if !c.isEvidence(r.Value) {
					return changed("the security store")
				}
			case r.Key == "Type":
			default:
				return changed("an unknown entry of the security store")
			}
		}
	}
	return nil
}

// material reads OCSP answers and CRLs out of the newest state's security store.
// What cannot be read is left out: it proves nothing.
func material(f *pdf.File) []verify.Material {
	last := f.Last()
	store := f.Dict(last, f.Catalog(last).Get("DSS"))
	var out []verify.Material
	for _, key := range []pdf.Name{"OCSPs", "CRLs"} {
		for i, item := range f.Array(last, store.Get(key)) {
			s, ok := f.Resolve(last, item).(*pdf.Stream)
			if !ok || i >= maxMaterial {
				continue
			}
			der, err := s.Decode(&f.Budget)
			if err != nil {
				continue
			}
			m := verify.Material{Source: "document", Name: "DSS " + string(key)}
			if key == "CRLs" {
				m.CRL = der
			} else {
				m.OCSP = der
			}
			out = append(out, m)
		}
	}
	return out
}
