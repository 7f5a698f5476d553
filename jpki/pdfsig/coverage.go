package pdfsig

import (
	"bytes"
	"errors"

	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

// cover is what a signature lies over.
type cover struct {
	before, behind []byte // the two ranges
	value          []byte // the DER in the hole
	rev            int    // the revision whose end is the end of the second range
}

// fault is a check of a signature that does not hold.
type fault struct {
	reason verify.Reason
	detail string
}

func (f *fault) Error() string { return string(f.reason) + ": " + f.detail }

func wrong(r verify.Reason, detail string) error { return &fault{r, detail} }

// fail notes an error of this package on a signature.
func fail(s *verify.Signature, check string, err error) {
	var f *fault
	if errors.As(err, &f) {
		s.Fail(check, f.reason, f.detail)
		return
	}
	s.Fail(check, verify.Malformed, err.Error())
}

// kindOf reads the form of a signature dictionary (ISO 32000-2, table 255).
func kindOf(d *pdf.Dict) (subFilter pdf.Name, err error) {
	subFilter, ok := d.Get("SubFilter").(pdf.Name)
	if !ok {
		return "", wrong(verify.Malformed, "SubFilter is missing")
	}
	if _, ok := d.Get("Filter").(pdf.Name); !ok {
		return "", wrong(verify.Malformed, "Filter is missing")
	}
	want := pdf.Name("Sig")
	switch subFilter {
	case "adbe.pkcs7.detached", "ETSI.CAdES.detached":
	case "ETSI.RFC3161":
		want = "DocTimeStamp"
	case "adbe.x509.rsa_sha1", "adbe.pkcs7.sha1":
		return "", wrong(verify.WeakAlgorithm, "a SubFilter that signs by SHA-1")
	default:
		return "", wrong(verify.Unsupported, "SubFilter")
	}
	if t := d.Get("Type"); t != want && (t != nil || want != "Sig") {
		return "", wrong(verify.Malformed, "Type of a signature dictionary")
	}
	return subFilter, nil
}

// covered locates what a signature lies over and reads its value.
func covered(f *pdf.File, s *found) (*cover, error) {
	c, err := locate(f, s)
	if err != nil {
		return nil, err
	}
	hole := s.dict.Get("Contents").(pdf.String)
	if digits := f.Data[hole.Start+1 : hole.End-1]; len(digits) != 2*len(hole.Text) {
		return nil, wrong(verify.Malformed, "white space inside the signature value")
	} else if bytes.ContainsAny(digits, "abcdef") && bytes.ContainsAny(digits, "ABCDEF") {
		return nil, wrong(verify.Malformed, "small and large digits mixed in the signature value")
	}
	c.value, err = derIn(hole.Text)
	return c, err
}

// locate holds ByteRange against the file: two ranges, from the first octet to
// the end of a revision, and between them exactly the string of this dictionary's
// own Contents (EN 319 142-1, 5.2; ISO 32000-2, 12.8.1).
func locate(f *pdf.File, s *found) (*cover, error) {
	list, ok := s.dict.Get("ByteRange").(pdf.Array)
	if !ok {
		return nil, wrong(verify.NotAllSigned, "ByteRange is missing or not written in place")
	}
	if len(list) != 4 {
		return nil, wrong(verify.NotAllSigned, "ByteRange has not two ranges")
	}
	var r [4]int
	for i, v := range list {
		n, ok := v.(pdf.Integer)
		if !ok || n < 0 || n > pdf.Integer(len(f.Data)) {
			return nil, wrong(verify.NotAllSigned, "ByteRange leads out of the file")
		}
		r[i] = int(n)
	}
	hole, ok := s.dict.Get("Contents").(pdf.String)
	if !ok || !hole.Hex || hole.End == 0 {
		return nil, wrong(verify.NotAllSigned, "Contents is not a hexadecimal string in the dictionary itself")
	}
	if r[0] != 0 {
		return nil, wrong(verify.NotAllSigned, "ByteRange does not begin with the file")
	}
	if r[1] != hole.Start || r[2] != hole.End {
		return nil, wrong(verify.NotAllSigned, "ByteRange leaves out other octets than the signature value")
	}
	if r[3] > len(f.Data)-r[2] {
		return nil, wrong(verify.NotAllSigned, "ByteRange leads out of the file")
	}
	c := &cover{before: f.Data[:r[1]], behind: f.Data[r[2] : r[2]+r[3]], rev: -1}
	for i, revision := range f.Revisions {
		if end := r[2] + r[3]; end == revision.End || end == revision.Mark {
			c.rev = i
		}
	}
	if c.rev < 0 {
		return nil, wrong(verify.NotAllSigned, "ByteRange does not end with a revision")
	}
	if c.rev != s.rev {
		return nil, wrong(verify.NotAllSigned, "ByteRange ends with another revision than the one that holds the signature")
	}
	return c, nil
}

// derIn cuts the DER out of the hole; zeros alone may follow.
func derIn(b []byte) ([]byte, error) {
	bad := wrong(verify.Malformed, "the signature value is not DER")
	if len(b) < 2 || b[0] != 0x30 {
		return nil, bad
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		octets := n & 0x7F
		if octets == 0 || octets > 4 || len(b) < 2+octets {
			return nil, bad
		}
		n = 0
		for _, c := range b[2 : 2+octets] {
			n = n<<8 | int(c)
		}
		head += octets
	}
	if n > len(b)-head {
		return nil, bad
	}
	for _, c := range b[head+n:] {
		if c != 0 {
			return nil, wrong(verify.Malformed, "octets behind the signature value")
		}
	}
	return b[:head+n], nil
}
