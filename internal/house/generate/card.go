package main

import (
	"fmt"
	"go/ast"
	"strings"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/internal/house"
)

// cardRow is what the document says of one entry beyond the chip's own table.
type cardRow struct {
	ja, en  string
	content string
	grade   string
	test    string
}

type cardPlace struct {
	app layout.Application
	id  uint16
}

// Tests that show many rows at once.
const (
	testFiles   = "chip.TestCHP26_to_CHP36_FileAccess"
	testCells   = "chip.TestAccessTable_EveryCell"
	testKeys    = "chip.TestCHP34_CHP35_KeyAccess"
	testLimits  = "chip.TestR20_TryLimits"
	testNothing = "chip.TestCHP37_NoCommandReadsKeysOrPINs"
	testObjects = "chip.TestGetData_EveryObject"
	testBytes   = "chip.TestBytes_DocumentedAnswers"
	testApplet  = "chip.TestCHP59_PolicyIsFixedAtLoading"
	testLife    = "chip.TestCHP69_CardLifeEndToEnd"
)

var unknownRow = cardRow{"（用途不明）", "seen on cards, purpose unknown", "can be selected; every use of it is refused", "B", testNothing}

// cardRows has a row for every entry of the chip's table that is not unknown.
var cardRows = map[cardPlace]cardRow{
	{layout.Master, 0x0042}: {"発行者識別", "issuer identification", "16-byte key reference", "B", testObjects},
	{layout.Master, 0x0066}: {"カード認識データ", "card recognition data", "GlobalPlatform: tag allocation authority, version 2.1.1; which objects real cards have is unconfirmed", "B for presence, E for content", testObjects},
	{layout.Master, 0x00F0}: {"市区町村コード", "municipality code", "5 ASCII digits", "B", testObjects},
	{layout.Master, 0x00F2}: {"有効期限", "expiry date", "YYYYMMDD, ASCII", "B", testObjects},
	{layout.Master, 0x00F3}: {"（券面画像番号か）", "perhaps a card image number", "what the issuer writes; absent (6A88) unless it does", "E", testObjects},
	{layout.Master, 0x00F7}: {"中間認証局鍵識別子", "key id of the intermediate CA", "16 bytes", "B", testObjects},
	{layout.Master, 0x00F8}: {"中間認証局証明書", "card-verifiable certificate, root to intermediate", "contents of 7F21 without its tag", "B", testObjects},
	{layout.Master, 0x7F21}: {"下位認証局証明書", "card-verifiable certificate, intermediate to lower", "7F21, 568 bytes; needs an extended Le", "B", testObjects},

	{layout.Common, 0x0001}: {"共通データ", "common data", "simple-TLV 01: serial (15 digits) ‖ municipality code (5) ‖ expiry YYYYMMDD", "B", testFiles},
	{layout.Common, 0x0002}: {"鍵参照", "key reference", "16 bytes, the same as in the register application", "B", testFiles},
	{layout.Common, 0x0019}: {"内部認証鍵", "key of INTERNAL AUTHENTICATE", "RSA-2048; signs a challenge of 1 to 255 bytes, PKCS#1 v1.5 with SHA-256", "B", testBytes},
	{layout.Common, 0x001C}: {"カード暗証番号", "common data PIN", "", "B", testLimits},

	{layout.Register, 0x0002}: {"鍵参照", "key reference", "16 bytes", "B", testFiles},
	{layout.Register, 0x0003}: {"住民票コード", "resident record code", "file id and coding are this card's own: no public source names them", "D for the condition, E for id and coding", testCells},
	{layout.Register, 0x001C}: {"住民基本台帳用暗証番号", "residents' register PIN", "", "B, tries D", testLimits},

	{layout.Text, 0x0001}: {"個人番号", "Individual Number", "FF10 0C, 12 ASCII digits, 2 bytes of filler: 17 bytes", "B", testCells},
	{layout.Text, 0x0002}: {"基本4情報", "four basic attributes", "FF20 { DF21 offsets, DF22 name, DF23 address, DF24 birth date, DF25 sex }", "B", testCells},
	{layout.Text, 0x0003}: {"署名", "hashes and signature of both", "FF30 { DF31 hash of 0001 with its filler, DF32 hash of DF22…DF25, DF33 signature over both }", "B", testCells},
	{layout.Text, 0x0004}: {"発行者証明書", "card-verifiable certificate of the signer", "7F21, 568 bytes", "B", testFiles},
	{layout.Text, 0x0005}: {"AP基本情報", "basic information", "FF40 { DF41 version, DF42 key id, DF43 128 bytes of unknown meaning }", "B, DF43 E", testFiles},
	{layout.Text, 0x0006}: {"セッション鍵用公開鍵", "key for secure messaging", "not on this card: it has no secure messaging", "B", testFiles},
	{layout.Text, 0x0007}: {"鍵0013の公開鍵", "public key of 0013, signed", "FF50 { DF51 key, DF52 signature }", "B", testFiles},
	{layout.Text, 0x0008}: {"（予約）", "unknown", "16 bytes FF", "B", testFiles},
	{layout.Text, 0x0011}: {"券面事項入力補助用暗証番号", "card information input PIN", "", "C", testLimits},
	{layout.Text, 0x0012}: {"（閉塞済み）", "another PIN, blocked from issue", "query 63C0, VERIFY 6984", "B", testBytes},
	{layout.Text, 0x0013}: {"署名鍵", "signing key of the application", "RSA-2048, default key of 80 2A", "B", testKeys},
	{layout.Text, 0x0014}: {"照合番号A", "verification number A", "the Individual Number", "C, tries D", "chip.TestCHP33_ABSwap"},
	{layout.Text, 0x0015}: {"照合番号B", "verification number B", "birth date YYMMDD as printed ‖ expiry year ‖ security code", "C, tries D", "chip.TestCHP33_ABSwap"},

	{layout.Face, 0x0001}: {"生年月日", "birth date record", "FF10 { DF11 birth date, DF12 card key, DF13 signature }", "B", testCells},
	{layout.Face, 0x0002}: {"券面事項", "card face", "FF20 { DF21 offsets, DF22 birth date, DF23 sex, DF24 card key, DF25 name and DF26 address PNG, DF27 photo JPEG 2000, DF28 signature over 96 bytes of hashes, DF29 expiry, DF2A security code PNG }", "B, tags and condition C", testCells},
	{layout.Face, 0x0003}: {"AP基本情報", "basic information", "FF30 { DF31 version, DF32 key id, DF33, DF34 municipality, DF35 272 bytes of partly unknown meaning }", "C", testFiles},
	{layout.Face, 0x0004}: {"発行者証明書", "card-verifiable certificate of the signer", "7F21, 568 bytes", "C", testFiles},
	{layout.Face, 0x0005}: {"個人番号の画像", "image of the Individual Number", "FF40 { DF41 PNG, DF42 card key, DF43 signature }", "C", testCells},
	{layout.Face, 0x0006}: {"（予約）", "unknown", "16 bytes FF", "B", testFiles},
	{layout.Face, 0x0011}: {"生年月日照合番号", "birth-date PIN", "YYMMDD as printed; the try limit of real cards is unknown", "B, tries E", testLimits},
	{layout.Face, 0x0012}: {"照合番号B", "verification number B", "as 0015 of the card information input application", "C, tries D", "chip.TestCHP33_ABSwap"},
	{layout.Face, 0x0013}: {"照合番号A", "verification number A", "as 0014 of the card information input application", "C, tries D", "chip.TestCHP33_ABSwap"},
	{layout.Face, 0x001A}: {"カード固有鍵", "the card's own key", "RSA-2048, default key of 80 2A; proves the card to the issuer and states its mode", "B, proof and mode are this card's own", "chip.TestP46_P47_ModeStatement"},

	{layout.JPKI, 0x0001}: {"署名用電子証明書", "signature certificate", "DER", "C", testCells},
	{layout.JPKI, 0x0002}: {"署名用認証局証明書", "CA certificate of 0001", "DER, of the generation that signed 0001", "C", testFiles},
	{layout.JPKI, 0x0006}: {"トークン情報", "token information", "160 bytes, label JPKIAPICCTOKEN2", "C", testFiles},
	{layout.JPKI, 0x0008}: {"証明書の有無", "certificate presence", "3 bytes: signature, authentication, unknown; 8F present, 00 absent. The chip writes it itself", "B", testLife},
	{layout.JPKI, 0x000A}: {"利用者証明用電子証明書", "authentication certificate", "DER", "C", testFiles},
	{layout.JPKI, 0x000B}: {"利用者証明用認証局証明書", "CA certificate of 000A", "DER, of the generation that signed 000A", "C", testFiles},
	{layout.JPKI, 0x0016}: {"特定機関認証鍵", "terminal CA key", "can be selected; no terminal certificate is accepted (6700)", "B", testBytes},
	{layout.JPKI, 0x0017}: {"利用者証明用秘密鍵", "authentication key", "RSA-2048", "C", testCells},
	{layout.JPKI, 0x0018}: {"利用者証明用暗証番号", "authentication PIN", "", "C", testLimits},
	{layout.JPKI, 0x001A}: {"署名用秘密鍵", "signature key", "RSA-2048", "C", testCells},
	{layout.JPKI, 0x001B}: {"署名用暗証番号", "signature password", "", "C", testLimits},

	{layout.Slot(1), uint16(layout.AppletRecord)}:   {"記録", "record", "FF60 { DF61 municipality, DF62 kind, DF63 number, DF64 expiry }", "–", testApplet},
	{layout.Slot(1), uint16(layout.AppletEvidence)}: {"証拠", "evidence", "FF65 { DF66 public key of 001A, DF67 signature, 7F21 certificate of the provider }", "–", testApplet},
	{layout.Slot(1), uint16(layout.AppletPIN)}:      {"暗証番号", "PIN of the applet", "tries as its description says", "–", "chip.TestCHP12_CHP63_MunicipalCard"},
	{layout.Slot(1), uint16(layout.AppletKey)}:      {"署名鍵", "key of the applet", "RSA-2048; signs a challenge of 8 to 64 bytes with 00 88 00 9A", "–", testApplet},
}

var cardApplications = []struct {
	app  layout.Application
	ja   string
	en   string
	note string
}{
	{layout.Master, "カード発行者領域", "Master level", "Read by GET DATA, free, also 0045 (serial, 15 digits; B), 00E1 (transport key; this card's own) and 5F51 (answer to reset on contacts without its first byte; B)."},
	{layout.Common, "共通カードAP", "Common data", ""},
	{layout.Register, "住基AP", "Residents' register", ""},
	{layout.Text, "券面事項入力補助AP", "Card information input", "A opens the number, B the attributes, never the other way."},
	{layout.Face, "券面事項確認AP", "Card face", "A is 0013 and B is 0012 here: the other way round than in the card information input application. No PIN of the holder's choice."},
	{layout.JPKI, "公的個人認証AP", "JPKI", ""},
	{layout.Slot(1), "空き領域", "Free area: municipal card", "In each of the eight slots. What the PIN is needed for is decided for each applet when it is installed; " +
		"see [card management](protocols/card-management.md#free-area)."},
}

const cardHead = `# The card

The file map of the virtual card as it is implemented, written by ` + "`make generate`" + ` from the chip's own access table; do not edit. What no table
lists is not on the card.

The specification of the real card is not public. The grade says how well a row is known to be like it: **A** a primary text, **B** reported by
somebody who tried it on a card, **C** several independent client programs behave as if it were so, **D** one secondary source, **E** not
confirmed, a choice of this card, **–** this card's own, no real card has it. Before the holder has the card in operation it answers none of this.
`

// cardDocument writes docs/card.md. It fails on an entry of the chip that has
// no row here, on a row that is no entry, and on a test that does not exist.
func cardDocument(tree *house.Tree) ([]byte, error) {
	tests := testFilesOf(tree)
	var b strings.Builder
	b.WriteString(cardHead)
	used := map[cardPlace]bool{}
	entries := chip.AccessTable()
	for _, section := range cardApplications {
		aid := fmt.Sprintf("`% X`", section.app.AID())
		if section.app.Slot() > 0 {
			aid = fmt.Sprintf("`% X` and 1 to 10 bytes more", cardmgmt.MunicipalCard.Prefix())
		}
		fmt.Fprintf(&b, "\n## %s（%s）\n\nAID %s.", section.en, section.ja, aid)
		if section.note != "" {
			b.WriteString(" " + section.note)
		}
		b.WriteString("\n\n| id | name | 日本語 | kind | opened by | content | grade | shown by |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
		for _, e := range entries {
			if e.Application != section.app {
				continue
			}
			place := cardPlace{e.Application, e.ID}
			row, ok := cardRows[place]
			if !ok {
				if e.Kind != "unknown" {
					return nil, fmt.Errorf("card: %v %04X of the chip has no row in the document", e.Application, e.ID)
				}
				row = unknownRow
			}
			used[place] = true
			path, ok := tests[row.test]
			if !ok {
				return nil, fmt.Errorf("card: %v %04X names %s, which does not exist", e.Application, e.ID, row.test)
			}
			fmt.Fprintf(&b, "| %04X | %s | %s | %s | %s | %s | %s | [%s](../%s) |\n", e.ID, cell(row.en), cell(row.ja), e.Kind, openedBy(e), cell(contentOf(e, row)), row.grade, row.test, path)
		}
	}
	for place := range cardRows {
		if !used[place] {
			return nil, fmt.Errorf("card: the document has a row for %v %04X, the chip has not", place.app, place.id)
		}
	}
	if len(used) != len(entries) {
		return nil, fmt.Errorf("card: %d entries of the chip, %d in the document", len(entries), len(used))
	}
	return []byte(b.String()), nil
}

func openedBy(e chip.Access) string {
	switch {
	case e.Kind == "PIN" || e.Kind == "number" || e.Kind == "unknown":
		return "–"
	case len(e.Unlock) == 0:
		return "free"
	}
	var refs []string
	for _, r := range e.Unlock {
		refs = append(refs, fmt.Sprintf("%04X", uint16(r)))
	}
	out := strings.Join(refs, " or ")
	if e.Policy != 0 {
		out += fmt.Sprintf(" if the policy has bit %d", e.Policy/2)
	}
	return out
}

func contentOf(e chip.Access, row cardRow) string {
	var parts []string
	if e.Values != "" {
		parts = append(parts, e.Values)
	}
	if e.Tries > 0 && !e.Never {
		parts = append(parts, fmt.Sprintf("%d tries", e.Tries))
	}
	if row.content != "" {
		parts = append(parts, row.content)
	}
	return strings.Join(parts, ", ")
}

// testFilesOf maps "chip.TestX" to the file it is in.
func testFilesOf(tree *house.Tree) map[string]string {
	out := map[string]string{}
	for _, f := range tree.Go {
		if !f.Test {
			continue
		}
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				out[strings.TrimSuffix(f.AST.Name.Name, "_test")+"."+fn.Name.Name] = f.Path
			}
		}
	}
	return out
}
