package shelf_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kado/chip/chiptest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/vault/vaulttest"
	"kado/internal/site/shelf"
	"kado/internal/site/ways/waytest"
	plastic "kado/internal/world/shelf"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/mynumber"
	"kado/reader/files"
)

// One card is in one place: on a reader, or on the shelf, or in the hands of
// another program.
func TestOneCardInOnePlace(t *testing.T) {
	r := newRoom(t)
	r.put(1, ids[0])
	r.put(1, ids[0]) // where it lies already
	for name, c := range map[string]struct {
		path  string
		form  []string
		code  int
		fault string
	}{
		"on another reader": {"/shelf/put", []string{"card", string(ids[0]), "reader", "2"}, 409, "KADO-8204"},
		"another card":      {"/shelf/put", []string{"card", string(ids[1]), "reader", "1"}, 409, "KADO-8202"},
		"no such reader":    {"/shelf/put", []string{"card", string(ids[1]), "reader", "4"}, 404, "KADO-8201"},
		"no such card":      {"/shelf/put", []string{"card", "123456789012335", "reader", "2"}, 404, "KADO-7101"},
		"a path":            {"/shelf/put", []string{"card", "../../etc/passwd", "reader", "2"}, 404, "KADO-7101"},
		"no number":         {"/shelf/put", []string{"card", string(ids[1]), "reader", "one"}, 400, "KADO-1603"},
		"unknown field":     {"/shelf/put", []string{"card", string(ids[1]), "to", "2"}, 400, "KADO-1603"},
		"nothing there":     {"/shelf/take-off", []string{"reader", "2"}, 409, "KADO-8205"},
		"another was meant": {"/shelf/take-off", []string{"reader", "1", "laying", "7"}, 409, "KADO-8207"},
	} {
		if w := r.post(c.path, c.form...); w.Code != c.code || !strings.Contains(w.Body.String(), c.fault) {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, codes.FindString(w.Body.String()), c.code, c.fault)
		}
	}
	// While it lies here, nobody else has it.
	if c, err := r.plastic.Take(ids[0]); !plastic.Taken.Is(err) {
		t.Errorf("taken from the shelf beside the reader: %v, %v", c, err)
	}
	if w := r.post("/shelf/take-off", "reader", "1", "laying", r.laying(1)); w.Code != 303 {
		t.Fatal(w.Code, w.Body)
	}
	other, err := r.plastic.Take(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	w := r.post("/shelf/put", "card", string(ids[0]), "reader", "3")
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Code != 409 || !strings.Contains(w.Body.String(), "KADO-8203") {
		t.Errorf("held elsewhere: %d %s", w.Code, codes.FindString(w.Body.String()))
	}
	r.put(3, ids[0])
	// Without a number it goes to the first empty reader.
	if to, _ := r.follow("/shelf/put", "card", string(ids[1])); to != "/shelf/readers/1" {
		t.Errorf("put on %q", to)
	}
	page := r.get("/shelf").Body.String()
	for _, want := range []string{"青葉　みどり", "番号　太郎", "Lies on reader 3", "Lies on reader 1", "no record"} {
		if !strings.Contains(page, want) {
			t.Errorf("the desk does not show %q", want)
		}
	}
}

// A card file that is damaged is not used.
func TestDamagedCard(t *testing.T) {
	r := newRoom(t)
	if err := os.WriteFile(filepath.Join(r.dir, string(ids[2])+".card"), []byte("no card"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w := r.post("/shelf/put", "card", string(ids[2]), "reader", "1"); w.Code != 500 || !strings.Contains(w.Body.String(), "KADO-7103") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Everything one can do with a card, and what the trace says of it.
// Shows: CHP-43, CHP-54, CHP-38
func TestUsingACard(t *testing.T) {
	r := newRoom(t)
	r.put(2, ids[0])
	l := r.laying(2)
	h := chiptest.NewHolder(0)
	_, page := r.follow("/shelf/readers/2/attributes", "laying", l, "pin", chiptest.TextPIN.Reveal())
	for _, want := range []string{"Read from the card", "holds", "VERIFY", "••", "card information input PIN"} {
		if !strings.Contains(page, want) {
			t.Errorf("after reading, the page lacks %q", want)
		}
	}
	if holder := chiptest.Operational(t).Holder.Attributes; !strings.Contains(page, holder.Name) || !strings.Contains(page, holder.Address) {
		t.Errorf("attributes of %v are not shown", h)
	}

	_, page = r.follow("/shelf/readers/2/certificates", "laying", l, "pin", "")
	if !strings.Contains(page, "JPKI-TEST") || strings.Count(page, "Serial number") != 1 {
		t.Error("the authentication certificate is not shown, or more")
	}
	_, page = r.follow("/shelf/readers/2/certificates", "laying", l, "pin", strings.ToLower(chiptest.SignaturePassword.Reveal()))
	if strings.Count(page, "Serial number") != 2 {
		t.Error("the signature certificate is not shown")
	}

	text := "私はこれに署名します。\n<b>"
	_, page = r.follow("/shelf/readers/2/sign", "laying", l, "pin", chiptest.SignaturePassword.Reveal(), "text", text)
	if !strings.Contains(page, "&lt;b&gt;") || strings.Contains(page, "<b>") {
		t.Error("the signed text is not shown, or not escaped")
	}
	w := r.get("/shelf/readers/2/signed")
	signed, err := cms.Verify(w.Body.Bytes(), cms.VerifyOptions{})
	if err != nil || w.Header().Get("Content-Disposition") == "" {
		t.Fatal(err, w.Header())
	}
	if string(signed.Content) != text {
		t.Errorf("signed %q", signed.Content)
	}

	// A change, and the new value counts.
	_, page = r.follow("/shelf/readers/2/change", "laying", l, "which", "authentication", "pin", chiptest.AuthenticationPIN.Reveal(), "value", "8051", "again", "8051")
	if !strings.Contains(page, "Changed: user authentication PIN") {
		t.Error("no word of the change", codes.FindAllString(page, -1))
	}
	to, page := r.follow("/shelf/readers/2/change", "laying", l, "which", "authentication", "pin", chiptest.AuthenticationPIN.Reveal(), "value", "2846", "again", "2846")
	wants(t, page, shelf.WrongPIN)
	if to != "/shelf/readers/2/change?again=1&pin=authentication" || !strings.Contains(page, "2 of 3 tries left") {
		t.Error("the old value still counts:", to)
	}
	if page := r.get("/shelf/readers/2").Body.String(); !strings.Contains(page, "Probably") && !strings.Contains(page, "wrong") {
		t.Error("the trace does not explain the refusal")
	}
}

// Refusals that cost no try, and the way to the blocked PIN.
// Shows: CHP-51, CHP-54, P-56
func TestTriesAreSpentKnowingly(t *testing.T) {
	r := newRoom(t)
	r.put(1, ids[0])
	l := r.laying(1)
	read := func(pin string, more ...string) string {
		_, page := r.follow("/shelf/readers/1/attributes", append([]string{"laying", l, "pin", pin}, more...)...)
		return page
	}
	left := func(want int) {
		t.Helper()
		d, err := r.desk.Readers().Device(1)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.View().Tries[shelf.Text]; got != want {
			t.Errorf("%d tries are shown, want %d", got, want)
		}
		if err := d.Look(); err != nil {
			t.Fatal(err)
		}
		if got := d.View().Tries[shelf.Text]; got != want {
			t.Errorf("the chip has %d tries, want %d", got, want)
		}
	}
	for _, slip := range []string{"", "123", "12345", "12a4", "１２３４", " 123"} {
		wants(t, read(slip), shelf.NotAPIN)
	}
	left(3)
	for name, c := range map[string][]string{
		"KADO-8215": {"which", "text", "pin", chiptest.TextPIN.Reveal(), "value", "1111", "again", "1111"},
		"KADO-8216": {"which", "text", "pin", chiptest.TextPIN.Reveal(), "value", "8051", "again", "8052"},
		"KADO-1603": {"which", "other", "pin", chiptest.TextPIN.Reveal(), "value", "8051", "again", "8051"},
	} {
		if _, page := r.follow("/shelf/readers/1/change", append([]string{"laying", l}, c...)...); !strings.Contains(page, name) {
			t.Errorf("%s: %v", name, codes.FindAllString(page, -1))
		}
	}
	if _, page := r.follow("/shelf/readers/1/sign", "laying", l, "pin", chiptest.SignaturePassword.Reveal(), "text", " "); !strings.Contains(page, "KADO-8226") {
		t.Error("nothing was signed:", codes.FindAllString(page, -1))
	}
	left(3)
	wants(t, read("0000"), shelf.WrongPIN)
	left(2)
	wants(t, read("0000"), shelf.WrongPIN)
	left(1)
	// The last one is asked about first.
	wants(t, read("0000"), shelf.LastTry)
	left(1)
	if page := r.get("/shelf/readers/1/attributes").Body.String(); !strings.Contains(page, `name="last"`) {
		t.Error("no warning before the last try")
	}
	wants(t, read("0000", "last", "yes"), shelf.NowBlocked)
	left(0)
	wants(t, read(chiptest.TextPIN.Reveal(), "last", "yes"), shelf.Blocked)
	if page := r.get("/shelf/readers/1").Body.String(); !strings.Contains(page, "municipal office") {
		t.Error("no word of what the holder has to do")
	}
	// The right value counts all tries anew.
	_, page := r.follow("/shelf/readers/1/sign", "laying", l, "pin", "WRONG77", "text", "x")
	wants(t, page, shelf.WrongPIN)
	if _, page = r.follow("/shelf/readers/1/sign", "laying", l, "pin", chiptest.SignaturePassword.Reveal(), "text", "x"); !strings.Contains(page, "5 of 5") {
		t.Error("the tries are not full again")
	}
}

// A PIN typed for one card never goes to another that lies there meanwhile.
func TestAnotherCardMeanwhile(t *testing.T) {
	r := newRoom(t)
	r.put(1, ids[0])
	l := r.laying(1)
	if w := r.post("/shelf/take-off", "reader", "1", "laying", l); w.Code != 303 {
		t.Fatal(w.Code)
	}
	_, page := r.follow("/shelf/readers/1/attributes", "laying", l, "pin", "0000")
	wants(t, page, shelf.NoCardHere)
	r.put(1, ids[1])
	_, page = r.follow("/shelf/readers/1/attributes", "laying", l, "pin", "0000")
	wants(t, page, shelf.OtherCard)
	d, err := r.desk.Readers().Device(1)
	if err != nil || d.Look() != nil || d.View().Tries[shelf.Text] != 3 {
		t.Errorf("a try was spent: %v, %v", d.View().Tries, err)
	}
}

// The page with scripts asks whether anything is new: nothing, the conversation,
// or another card.
func TestLivePage(t *testing.T) {
	r := newRoom(t)
	r.put(1, ids[0])
	poll := regexp.MustCompile(`hx-get="(/shelf/readers/1[^"]*)"`)
	ask := func(path string) *httptest.ResponseRecorder {
		q := httptest.NewRequest("GET", strings.ReplaceAll(path, "&amp;", "&"), nil)
		q.Header.Set("HX-Request", "true")
		return r.do(q)
	}
	path := poll.FindStringSubmatch(r.get("/shelf/readers/1").Body.String())[1]
	if w := ask(path); w.Code != 204 || w.Header().Get("HX-Refresh") != "" {
		t.Errorf("nothing new: %d", w.Code)
	}
	d, _ := r.desk.Readers().Device(1)
	if err := d.Look(); err != nil {
		t.Fatal(err)
	}
	if w := ask(path); w.Code != 200 || !strings.Contains(w.Body.String(), `id="live-in"`) {
		t.Errorf("something new: %d", w.Code)
	}
	if w := r.post("/shelf/take-off", "reader", "1"); w.Code != 303 {
		t.Fatal(w.Code)
	}
	if w := ask(path); w.Code != 204 || w.Header().Get("HX-Refresh") != "true" {
		t.Errorf("the card is gone: %d %v", w.Code, w.Header())
	}
	if page := r.get("/shelf/readers/1?watch=1").Body.String(); !strings.Contains(page, `http-equiv="refresh" content="2"`) {
		t.Error("the page does not reload itself without scripts")
	}
	if w := r.get("/shelf/readers/1?pin=1234"); w.Code != 400 {
		t.Errorf("an unknown field: %d", w.Code)
	}
}

// The whole login: who asks and for what, a wrong PIN, the right ones, and an
// answer that holds.
// Shows: P-42, CRT-02
func TestLoginWithACardOnAReader(t *testing.T) {
	r := newRoom(t)
	digest := sha256.Sum256([]byte("contract"))
	i := r.party.wait([]oidc.Claim{oidc.ClaimName, oidc.ClaimAddress}, digest[:])
	start := r.desk.Way().Path(i.ID)
	page := r.get(start).Body.String()
	another := `href="/login/` + i.ID + `">Choose another way`
	if ja := r.get(start + "&lang=ja").Body.String(); !strings.Contains(ja, `href="/login/`+i.ID+`">ほかの使い方を選ぶ`) {
		t.Error("in Japanese no other way can be chosen")
	}
	for _, want := range []string{another, "ひまわり書店", "https://himawari.example", "Name, Address", "Log in and sign", "番号　太郎"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	to, page := r.follow("/shelf/put", "card", string(ids[1]), "interaction", i.ID)
	if !strings.HasPrefix(to, "/shelf/login?") || !strings.Contains(page, `name="authentication"`) || !strings.Contains(page, `name="text"`) || !strings.Contains(page, `name="signature"`) || !strings.Contains(page, another) {
		t.Fatal(to)
	}
	l := layingField.FindStringSubmatch(page)[1]
	form := func(auth, text, password string) []string {
		return []string{"interaction", i.ID, "reader", "1", "laying", l, "authentication", auth, "text", text, "signature", password}
	}
	good := form(chiptest.AuthenticationPIN.Reveal(), chiptest.TextPIN.Reveal(), chiptest.SignaturePassword.Reveal())
	_, page = r.follow("/shelf/login", form("0000", chiptest.TextPIN.Reveal(), chiptest.SignaturePassword.Reveal())...)
	wants(t, page, shelf.WrongPIN)
	if !strings.Contains(page, "Tries left: 2") {
		t.Error("how many tries are left is not said")
	}
	_, page = r.follow("/shelf/login", form("0000", "1", chiptest.SignaturePassword.Reveal())...)
	wants(t, page, shelf.NotAPIN)
	_, page = r.follow("/shelf/login", form("0000", chiptest.TextPIN.Reveal(), chiptest.SignaturePassword.Reveal())...)
	wants(t, page, shelf.WrongPIN)
	if !strings.Contains(page, `name="last"`) {
		t.Error("no warning before the last try")
	}
	_, page = r.follow("/shelf/login", good...)
	wants(t, page, shelf.LastTry)
	if len(r.party.answers) != 0 {
		t.Fatal("an answer without a PIN")
	}
	if to, _ := r.follow("/shelf/login", append(good, "last", "yes")...); to != "/done" {
		t.Fatalf("led to %q", to)
	}
	a := r.party.answers[0]
	cert, err := jpki.ParseCertificate(a.Login.Certificate)
	if err != nil || a.Login.Challenge != i.Challenge.ID {
		t.Fatal(err, a.Login.Challenge)
	}
	sum := sha256.Sum256(i.Challenge.Message)
	if err := jpki.VerifyDigest(cert.PublicKey, sum[:], a.Login.Signature); err != nil {
		t.Error(err)
	}
	signer, err := jpki.ParseCertificate(a.SigningCertificate)
	if err != nil || jpki.VerifyDigest(signer.PublicKey, digest[:], a.Signature) != nil || sameKey(cert, signer) {
		t.Error("the signature does not hold", err)
	}
	if a.Attributes == nil || a.Attributes.Attributes != chiptest.Operational(t).Holder.Attributes {
		t.Errorf("attributes %+v", a.Attributes)
	}
	// What proves them is for the room of the numbers alone: no page, trace or log
	// shows the hash of the number in it, and the answer holds it sealed.
	proof, err := waytest.OpenProof(a.Attributes.Sealed)
	if err != nil || proof.Challenge != i.Challenge.ID {
		t.Fatal(err)
	}
	hash := sha256.Sum256(files.Number(chiptest.Operational(t).Holder.Number))
	if !vaulttest.Holds(proof.Proof, hash[:]) {
		t.Error("this is not the card's proof")
	}
	r.logMu.Lock()
	everything := append([]byte(r.seen.String()), r.log.Bytes()...)
	r.logMu.Unlock()
	for _, v := range [][]byte{everything, a.Attributes.Sealed, a.Attributes.Record} {
		if vaulttest.Holds(v, hash[:]) || vaulttest.Holds(v, proof.Proof[len(proof.Proof)-32:]) {
			t.Error("the proof is shown")
		}
	}

	// Without claims and signature, one PIN is asked for, and nothing else is read.
	r.party.wait(nil, nil)
	if page := r.get(to).Body.String(); strings.Contains(page, `name="text"`) || strings.Contains(page, `name="signature"`) {
		t.Error("PINs are asked for that nothing needs")
	}
	// Back to the relying party itself, and nowhere else.
	r.party.next = "https://himawari.example/callback?code=abc&state=x"
	w := r.post("/shelf/login", "interaction", i.ID, "reader", "1", "laying", l, "authentication", chiptest.AuthenticationPIN.Reveal())
	if w.Code != 303 || w.Header().Get("Location") != r.party.next || r.party.answers[1].Attributes != nil || r.party.answers[1].Signature != nil {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if policy := r.get(to).Header().Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://himawari.example") {
		t.Errorf("the browser would not let the form end there: %s", policy)
	}
	// A bare hash without a DigestInfo, where a party asks for that.
	bare := r.party.wait(nil, digest[:])
	bare.SignRaw = true
	r.party.waiting[i.ID] = bare
	w = r.post("/shelf/login", "interaction", i.ID, "reader", "1", "laying", l, "authentication", chiptest.AuthenticationPIN.Reveal(), "signature", chiptest.SignaturePassword.Reveal())
	if w.Code != 303 || rsa.VerifyPKCS1v15(signer.PublicKey.(*rsa.PublicKey), 0, digest[:], r.party.answers[2].Signature) != nil {
		t.Errorf("%d: no raw signature", w.Code)
	}
	for _, bad := range []string{"javascript:alert(1)", "//evil.example/", "ftp://x.example/", "/\\evil.example", "https://evil.example/", "https://himawari.example.evil.example/"} {
		r.party.next = bad
		if w := r.post("/shelf/login/cancel", "interaction", i.ID); w.Code != 500 || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", bad, w.Code, w.Header().Get("Location"))
		}
	}
	r.party.next = "/done"
	if to, _ := r.follow("/shelf/login/cancel", "interaction", i.ID); to != "/done" || r.party.cancelled != i.ID+" access_denied" {
		t.Errorf("%s %s", to, r.party.cancelled)
	}
}

func sameKey(a, b *x509.Certificate) bool {
	k, ok := a.PublicKey.(*rsa.PublicKey)
	return ok && k.Equal(b.PublicKey)
}

// What the card is asked to sign must say whom it is for; an interaction that is
// over is refused, and what the provider refuses is told at the reader.
// Shows: P-42
func TestLoginRefusals(t *testing.T) {
	r := newRoom(t)
	i := r.party.wait(nil, nil)
	r.put(1, ids[0])
	l := r.laying(1)
	form := []string{"interaction", i.ID, "reader", "1", "laying", l, "authentication", chiptest.AuthenticationPIN.Reveal()}
	if w := r.get("/shelf/login?interaction=int_none"); w.Code != 404 {
		t.Errorf("no such interaction: %d", w.Code)
	}
	// Another browser than the one that began it gets nothing.
	r.party.unbound = shelf.OtherCard.New(1)
	for _, w := range []*httptest.ResponseRecorder{r.get(r.desk.Way().Path(i.ID)), r.post("/shelf/login", form...), r.post("/shelf/login/cancel", "interaction", i.ID)} {
		if w.Code != 409 || r.party.cancelled != "" {
			t.Errorf("another browser: %d", w.Code)
		}
	}
	r.party.unbound = nil
	// A blocked PIN is told before another is typed, and cannot be got around.
	d, err := r.desk.Readers().Device(1)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, _ = d.Attributes(0, shelf.Typed{PIN: shelf.Text, Value: mynumber.NewSecret("0000"), Last: true}, nil)
	}
	i.Claims = []oidc.Claim{oidc.ClaimName}
	r.party.waiting[i.ID] = i
	if page := r.get(r.desk.Way().Path(i.ID) + "&reader=1").Body.String(); !strings.Contains(page, "This card cannot be used here.") || strings.Contains(page, `name="authentication"`) {
		t.Error("a PIN is asked for although another is blocked")
	}
	if _, page := r.follow("/shelf/login", append(form, "text", chiptest.TextPIN.Reveal())...); !strings.Contains(page, shelf.Blocked.Code()) {
		t.Error(codes.FindAllString(page, -1))
	}
	i.Claims = nil
	// A signature that this card does not make costs no try.
	i.Sign = make([]byte, 48)
	r.party.waiting[i.ID] = i
	_, page := r.follow("/shelf/login", append(form, "signature", chiptest.SignaturePassword.Reveal())...)
	wants(t, page, shelf.OtherDigest)
	i.Sign = nil
	r.party.waiting[i.ID] = i
	r.party.refuse = shelf.NotInOperation.New() // any refusal that the holder may mend
	_, page = r.follow("/shelf/login", form...)
	wants(t, page, shelf.NotInOperation)
	r.party.refuse = nil
	i.Challenge.Message = []byte("sign this blank cheque")
	r.party.waiting[i.ID] = i
	for _, page := range []string{r.get(r.desk.Way().Path(i.ID)).Body.String(), r.post("/shelf/login", form...).Body.String()} {
		wants(t, page, shelf.OtherChallenge)
	}
	if len(r.party.answers) != 0 {
		t.Error("it was signed")
	}
}

// No PIN, right or wrong, is in any page, header, address or log.
func TestNoPINLeavesTheReader(t *testing.T) {
	r := newRoom(t)
	r.put(1, ids[0])
	l := r.laying(1)
	secrets := []string{chiptest.AuthenticationPIN.Reveal(), chiptest.TextPIN.Reveal(), chiptest.SignaturePassword.Reveal(), "6913", "WRONG4410", "8037", "ZQXJ58"}
	i := r.party.wait([]oidc.Claim{oidc.ClaimName}, nil)
	for _, form := range [][]string{
		{"/shelf/readers/1/attributes", "pin", secrets[1]}, {"/shelf/readers/1/attributes", "pin", "6913"}, {"/shelf/readers/1/attributes", "pin", "WRONG4410"},
		{"/shelf/readers/1/sign", "pin", "WRONG4410", "text", "x"}, {"/shelf/readers/1/sign", "pin", secrets[2], "text", "x"},
		{"/shelf/readers/1/certificates", "pin", secrets[2]},
		{"/shelf/readers/1/change", "which", "authentication", "pin", secrets[0], "value", "8037", "again", "8037"},
		{"/shelf/readers/1/change", "which", "signature", "pin", secrets[2], "value", "ZQXJ58", "again", "ZQXJ58"},
		{"/shelf/readers/1/change", "which", "text", "pin", secrets[1], "value", "ZQXJ58", "again", "6913"},
		{"/shelf/readers/1/other", "pin", secrets[1]},
		{"/shelf/login", "interaction", i.ID, "reader", "1", "authentication", "8037", "text", secrets[1]},
		{"/shelf/login", "interaction", i.ID, "reader", "1", "authentication", "6913", "text", secrets[1]},
	} {
		r.follow(form[0], append([]string{"laying", l}, form[1:]...)...)
		r.get("/shelf/readers/1?lang=ja")
		r.get("/shelf")
	}
	if len(r.party.answers) != 1 {
		t.Fatalf("%d answers", len(r.party.answers))
	}
	all := r.seen.String() + strings.Join(r.paths, "\n") + r.log.String()
	// Digits of a face or a serial may be equal by chance only where they are long.
	for _, s := range secrets {
		if regexp.MustCompile(`(^|[^0-9A-Za-z])` + s + `([^0-9A-Za-z]|$)`).MatchString(all) {
			t.Errorf("a secret of %d characters got out", len(s))
		}
	}
	if !strings.Contains(r.log.String(), "/shelf/login") || len(all) < 100_000 {
		t.Error("too little was looked at")
	}
	// The check itself finds what is planted.
	if !regexp.MustCompile(`(^|[^0-9A-Za-z])6913([^0-9A-Za-z]|$)`).MatchString(all + ` value="6913"`) {
		t.Error("the check is blind")
	}
}

// Faces are drawn for cards with a record, blank plastic for others.
func TestFaces(t *testing.T) {
	r := newRoom(t)
	w := r.get("/shelf/cards/" + string(ids[0]) + "/face")
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "\x89PNG") {
		t.Fatal(w.Code)
	}
	q := httptest.NewRequest("GET", "/shelf/cards/"+string(ids[0])+"/face", nil)
	q.Header.Set("If-None-Match", w.Header().Get("ETag"))
	if w := r.do(q); w.Code != 304 {
		t.Error(w.Code)
	}
	if w := r.get("/shelf/cards/" + string(ids[2]) + "/face"); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Error(w.Code)
	}
	for _, bad := range []string{"1", "123456789012335", "%2e%2e"} {
		if w := r.get("/shelf/cards/" + bad + "/face"); w.Code != 404 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}
