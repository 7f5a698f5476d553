package cardmgmt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"kado/cardmgmt/layout"
)

const serial = "400000012345678"

var master = []byte("fictitious master key, 32 bytes!")

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

func TestDeriveKey(t *testing.T) {
	a, err := DeriveKey(master, serial)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := DeriveKey(master, "400000012345679")
	c, _ := DeriveKey([]byte("another master key, 32 bytes too"), serial)
	if a == b || a == c || a == (Key{}) {
		t.Error("keys are not apart")
	}
	if _, err := DeriveKey(master[:31], serial); !errors.Is(err, ErrMasterKey) {
		t.Error(err)
	}
	for _, s := range []string{"", "40000001234567", "4000000123456789", "40000001234567A", "４00000012345"} {
		if _, err := DeriveKey(master, s); !errors.Is(err, ErrSerial) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if out := fmt.Sprintf(verb, a); out != "[management key]" {
			t.Errorf("%s prints %q", verb, out)
		}
	}
}

// TestCryptogram_Vector pins the bytes: another implementation must get the
// same.
func TestCryptogram_Vector(t *testing.T) {
	key, err := DeriveKey(master, serial)
	if err != nil {
		t.Fatal(err)
	}
	mac := Cryptogram(key, serial, Challenge{1}, Session{2}, Prove, Digest([]byte{1}))
	const want = "fd1c1bfbea4587e051e7ddcfa5f454df"
	if got := fmt.Sprintf("%x", mac[:]); got != want {
		t.Errorf("MAC %s, want %s", got, want)
	}
}

// TestR22_CryptogramBindsEverything changes one input at a time.
func TestR22_CryptogramBindsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := Key(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		ch := Challenge(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "challenge"))
		s := Session(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "session"))
		op := rapid.SampledFrom(Ops()).Draw(t, "op")
		d := Digest(rapid.SliceOf(rapid.Byte()).Draw(t, "script"))
		mac := Cryptogram(key, serial, ch, s, op, d)
		i := rapid.IntRange(0, 15).Draw(t, "byte")
		key2, ch2, s2, d2 := key, ch, s, d
		key2[i]++
		ch2[i]++
		s2[i]++
		d2[i]++
		for name, other := range map[string]MAC{"key": Cryptogram(key2, serial, ch, s, op, d), "serial": Cryptogram(key, "400000012345679", ch, s, op, d),
			"challenge": Cryptogram(key, serial, ch2, s, op, d), "session": Cryptogram(key, serial, ch, s2, op, d),
			"op": Cryptogram(key, serial, ch, s, op+1, d), "digest": Cryptogram(key, serial, ch, s, op, d2)} {
			if mac.Equal(other) {
				t.Fatalf("%s is not bound", name)
			}
		}
		if !mac.Equal(Cryptogram(key, serial, ch, s, op, d)) {
			t.Fatal("not deterministic")
		}
	})
}

func TestAttestTransportKey(t *testing.T) {
	key, _ := DeriveKey(master, serial)
	_, pub, err := NewTransportKey()
	if err != nil {
		t.Fatal(err)
	}
	_, other, _ := NewTransportKey()
	mac := TransportKeyMAC(key, serial, pub)
	if err := AttestTransportKey(key, serial, pub, mac); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{"other key": AttestTransportKey(key, serial, other, mac), "other serial": AttestTransportKey(key, "400000012345679", pub, mac),
		"short": AttestTransportKey(key, serial, pub[:64], mac), "other card": AttestTransportKey(Key{1}, serial, pub, mac)} {
		if !errors.Is(err, ErrAttestation) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCRT28_WrapBindsCardAndReference(t *testing.T) {
	private, pub, err := NewTransportKey()
	if err != nil {
		t.Fatal(err)
	}
	ct, err := WrapKey(pub, serial, layout.JPKI, layout.JPKISignatureKey, rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	if len(ct) > MaxWrappedKey {
		t.Errorf("%d bytes", len(ct))
	}
	got, err := UnwrapKey(private, serial, layout.JPKI, layout.JPKISignatureKey, ct)
	if err != nil || !rsaKey().Equal(got) {
		t.Fatal(err)
	}
	otherPrivate, _, _ := NewTransportKey()
	altered := append([]byte(nil), ct...)
	altered[70] ^= 1
	for name, f := range map[string]func() error{
		"other chip":        func() error { _, err := UnwrapKey(otherPrivate, serial, layout.JPKI, 0x1A, ct); return err },
		"other serial":      func() error { _, err := UnwrapKey(private, "400000012345679", layout.JPKI, 0x1A, ct); return err },
		"other application": func() error { _, err := UnwrapKey(private, serial, layout.Face, 0x1A, ct); return err },
		"other reference":   func() error { _, err := UnwrapKey(private, serial, layout.JPKI, 0x17, ct); return err },
		"altered":           func() error { _, err := UnwrapKey(private, serial, layout.JPKI, 0x1A, altered); return err },
		"empty":             func() error { _, err := UnwrapKey(private, serial, layout.JPKI, 0x1A, nil); return err },
	} {
		if !errors.Is(f(), ErrWrappedKey) {
			t.Errorf("%s: %v", name, f())
		}
	}
	if _, err := WrapKey(pub[1:], serial, layout.JPKI, 0x1A, rsaKey()); !errors.Is(err, ErrTransportKey) {
		t.Error(err)
	}
}

func fullScript() Script {
	return Script{
		WriteFile{layout.Text, layout.TextNumber, []byte("content")},
		LoadReference{layout.Text, layout.TextA, 10, []byte("123456789012")},
		LoadWrappedKey{layout.JPKI, layout.JPKISignatureKey, []byte{1, 2, 3}},
		GenerateKeyItem{layout.JPKI, layout.JPKIAuthenticationKey, P384},
		GenerateKeyItem{layout.Text, layout.TextKey, RSA2048},
		UseKey{layout.Face, layout.FaceKey, Digest(nil)},
		DeleteKeyItem{layout.Common, layout.CommonKey},
		ListPIN{layout.JPKI, layout.JPKIAuthenticationPIN},
		ListFile{layout.Master, layout.LowerCVC},
		InstallAppletItem{fullApplet(), []byte("record")},
		RemoveAppletItem{layout.Slot(2), append(MunicipalCard.Prefix(), 0x02)},
	}
}

func fullApplet() Applet {
	return Applet{Slot: layout.Slot(1), Type: MunicipalCard, Area: MunicipalArea, Version: 0x0102, Policy: PINForSigning, Tries: 3,
		Provider: "13101", Basis: "ordinance 7 of 2025", AID: append(MunicipalCard.Prefix(), 0x01)}
}

func TestScript_RoundTrip(t *testing.T) {
	b, err := fullScript().Encode()
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseScript(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Encode()
	if err != nil || !bytes.Equal(b, again) || len(s) != 11 {
		t.Fatal(err)
	}
	if b, err := (Script{}).Encode(); err != nil || !bytes.Equal(b, []byte{1}) {
		t.Errorf("empty script %X %v", b, err)
	}
}

func TestScript_Refused(t *testing.T) {
	for name, s := range map[string]Script{
		"nil item":            {nil},
		"empty file":          {WriteFile{layout.Text, 1, nil}},
		"file too long":       {WriteFile{layout.Text, 1, make([]byte, MaxFile+1)}},
		"unknown application": {WriteFile{6, 1, []byte{1}}},
		"reference 00":        {ListPIN{layout.JPKI, 0}},
		"reference 1F":        {ListPIN{layout.JPKI, 0x1F}},
		"master reference":    {ListPIN{layout.Master, 1}},
		"no tries":            {LoadReference{layout.Text, 0x14, 0, []byte{1}}},
		"16 tries":            {LoadReference{layout.Text, 0x14, 16, []byte{1}}},
		"no value":            {LoadReference{layout.Text, 0x14, 1, nil}},
		"long value":          {LoadReference{layout.Text, 0x14, 1, make([]byte, 17)}},
		"same file twice":     {WriteFile{layout.Text, 1, []byte{1}}, WriteFile{layout.Text, 1, []byte{2}}},
		"slot twice":          {RemoveAppletItem{layout.Slot(1), fullApplet().AID}, InstallAppletItem{fullApplet(), []byte{1}}},
		"slot 9":              {RemoveAppletItem{layout.Application(0x19), fullApplet().AID}},
		"short AID":           {RemoveAppletItem{layout.Slot(1), fullApplet().AID[:6]}},
		"empty record":        {InstallAppletItem{fullApplet(), nil}},
		"same PIN twice":      {ListPIN{layout.JPKI, 0x18}, ListPIN{layout.JPKI, 0x18}},
		"over 64 KiB":         {WriteFile{layout.Text, 1, make([]byte, MaxFile)}, WriteFile{layout.Text, 2, make([]byte, MaxFile)}},
	} {
		if _, err := s.Encode(); !errors.Is(err, ErrScript) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": {}, "version": {2}, "half an item": {1, 7}, "short": {1, 7, 0, 2, 5}, "unknown tag": {1, 11, 0, 2, 5, 0x18},
		"tail": {1, 7, 0, 3, 5, 0x18, 0}, "twice": {1, 7, 0, 2, 5, 0x18, 7, 0, 2, 5, 0x18}, "tag 0": {1, 0, 0, 0}, "too long": make([]byte, MaxScript+1),
	} {
		if _, err := ParseScript(b); !errors.Is(err, ErrScript) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScript_PrintsNoSecret(t *testing.T) {
	s := Script{WriteFile{layout.Text, layout.TextNumber, []byte("123456789012")}, LoadReference{layout.Text, layout.TextA, 10, []byte("123456789012")}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		out := fmt.Sprintf(verb, s)
		if strings.Contains(out, "123456789012") || strings.Contains(out, "49, 50, 51") || strings.Contains(out, "49 50 51") || strings.Contains(out, "0x31, 0x32") {
			t.Errorf("%s prints a value: %s", verb, out)
		}
	}
}

// FuzzParseScript: what parses encodes to the same bytes.
func FuzzParseScript(f *testing.F) {
	b, err := fullScript().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseScript(b)
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%X became %X, %v", b, again, err)
		}
	})
}

// TestCHP62_CHP65_AppletDescription: an applet without provider, legal basis,
// area, or an AID of its type has no form in which it could be loaded.
func TestCHP62_CHP65_AppletDescription(t *testing.T) {
	b, err := fullApplet().Encode()
	if err != nil {
		t.Fatal(err)
	}
	a, rest, err := ParseApplet(append(b, 7))
	if err != nil || !bytes.Equal(rest, []byte{7}) || fmt.Sprint(a) != fmt.Sprint(fullApplet()) {
		t.Fatalf("%+v %X %v", a, rest, err)
	}
	for name, spoil := range map[string]func(*Applet){
		"built-in application": func(a *Applet) { a.Slot = layout.JPKI },
		"type not on the list": func(a *Applet) { a.Type, a.AID = 2, append(AppletType(2).Prefix(), 1) },
		"area":                 func(a *Applet) { a.Area = 3 },
		"policy":               func(a *Applet) { a.Policy = 4 },
		"tries without PIN":    func(a *Applet) { a.Policy = 0 },
		"PIN without tries":    func(a *Applet) { a.Tries = 0 },
		"16 tries":             func(a *Applet) { a.Tries = 16 },
		"provider":             func(a *Applet) { a.Provider = "1310A" },
		"no legal basis":       func(a *Applet) { a.Basis = "" },
		"long legal basis":     func(a *Applet) { a.Basis = strings.Repeat("a", MaxBasis+1) },
		"AID of another type":  func(a *Applet) { a.AID[5]++ },
		"AID of JPKI":          func(a *Applet) { a.AID = layout.JPKI.AID() },
		"long AID":             func(a *Applet) { a.AID = append(a.AID, make([]byte, 10)...) },
	} {
		a := fullApplet()
		spoil(&a)
		if _, err := a.Encode(); !errors.Is(err, ErrScript) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := ParseApplet(a.appendTo(nil)); !errors.Is(err, ErrScript) {
			t.Errorf("%s parsed: %v", name, err)
		}
	}
	for n := range b {
		if _, _, err := ParseApplet(b[:n]); !errors.Is(err, ErrScript) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestFreeArea_RoundTrip(t *testing.T) {
	second := fullApplet()
	second.Slot = layout.Slot(3)
	f := FreeArea{Capacity: 8192, Used: 1500, Applets: []InstalledApplet{{fullApplet(), 500}, {second, 1000}}}
	got, err := ParseFreeArea(f.Encode())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(f) {
		t.Fatalf("%+v %v", got, err)
	}
	for name, bad := range map[string]FreeArea{
		"sum":       {8192, 1501, f.Applets},
		"overfull":  {1400, 1500, f.Applets},
		"order":     {8192, 1500, []InstalledApplet{f.Applets[1], f.Applets[0]}},
		"same slot": {8192, 1000, []InstalledApplet{f.Applets[0], f.Applets[0]}},
	} {
		if _, err := ParseFreeArea(bad.Encode()); !errors.Is(err, ErrReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseFreeArea(f.Encode()[:9]); !errors.Is(err, ErrReport) {
		t.Error(err)
	}
}

// FuzzParseFreeArea: what parses encodes to the same bytes.
func FuzzParseFreeArea(f *testing.F) {
	f.Add(FreeArea{Capacity: 8192, Used: 500, Applets: []InstalledApplet{{fullApplet(), 500}}}.Encode())
	f.Add(FreeArea{Capacity: 1}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if area, err := ParseFreeArea(b); err == nil && !bytes.Equal(area.Encode(), b) {
			t.Fatal("not the same bytes")
		}
	})
}

func FuzzParseReports(f *testing.F) {
	f.Add(KeyReport{layout.JPKI, 0x1A, &rsaKey().PublicKey, make([]byte, 256)}.Encode(), 1)
	next, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	report := KeyReport{layout.JPKI, 0x17, &next.PublicKey, []byte{0x30, 6, 2, 1, 1, 2, 1, 1}}.Encode()
	f.Add(report, 2)
	f.Add(append(KeyReport{layout.JPKI, 0x1A, &rsaKey().PublicKey, make([]byte, 256)}.Encode(), report...), 3)
	f.Fuzz(func(t *testing.T, b []byte, n int) {
		if reports, err := ParseKeyReports(b); err == nil {
			var again []byte
			for _, r := range reports {
				again = append(again, r.Encode()...)
			}
			if !bytes.Equal(again, b) {
				t.Fatal("not the same bytes")
			}
		}
		if n >= 0 && n < 1000 {
			_, _ = ParseDigests(b, n)
		}
		_, _ = ParseBegin(b)
	})
}

func TestBegin_RoundTrip(t *testing.T) {
	act, err := NewAct(Key{1}, serial, Challenge{2}, Session{3}, Inspect, Script{ListFile{layout.Text, 1}})
	if err != nil {
		t.Fatal(err)
	}
	b, ok := ParseBegin(act.Begin())
	if !ok || b.Op != Inspect || b.Session != act.Session || b.MAC != act.MAC || b.Digest != Digest(act.Script) {
		t.Errorf("%+v", b)
	}
	if _, ok := ParseBegin(act.Begin()[1:]); ok {
		t.Error("short BEGIN")
	}
	bad := act.Begin()
	bad[SessionLen] = 0x0D
	if _, ok := ParseBegin(bad); ok {
		t.Error("unknown operation")
	}
}
