package trace

import (
	"cmp"
	"fmt"
	"slices"

	"kado/cardmgmt/layout"
)

// kind is what an entry of the catalogue is.
type kind byte

const (
	file kind = iota + 1
	object
	reference
	key
	unknown // seen on cards; nobody says what it is for
)

// entry is what a reader knows of one file, data object, reference or key.
type entry struct {
	kind kind
	name Text
	// unlock lists the references of which one must have been verified; none
	// means free.
	unlock []layout.Reference
	// open says that the content tells nothing of a person or of this card;
	// openTo says it of the bytes before that offset.
	open   bool
	openTo int
	// policy says that unlock counts only where the applet's PIN policy, fixed
	// when it was installed, says so.
	policy bool
}

type place struct {
	app layout.Application
	id  uint16
}

func by(refs ...layout.Reference) []layout.Reference { return refs }

// catalogue is the file map of the card as a reader sees it.
var catalogue = map[place]entry{
	{layout.Master, uint16(layout.IssuerID)}:         {kind: object, name: Text{JA: "発行者識別", EN: "issuer identification"}, open: true},
	{layout.Master, uint16(layout.SerialNumber)}:     {kind: object, name: Text{JA: "カードの製造番号", EN: "card serial"}},
	{layout.Master, uint16(layout.RecognitionData)}:  {kind: object, name: Text{JA: "カード認識データ", EN: "card recognition data"}, open: true},
	{layout.Master, uint16(layout.TransportKey)}:     {kind: object, name: Text{JA: "ICチップの転送用公開鍵", EN: "transport key"}},
	{layout.Master, uint16(layout.MunicipalityCode)}: {kind: object, name: Text{JA: "市区町村コード", EN: "municipality code"}, open: true},
	{layout.Master, uint16(layout.ExpiryDate)}:       {kind: object, name: Text{JA: "有効期限", EN: "expiry date"}},
	{layout.Master, uint16(layout.CardImageNumber)}:  {kind: object, name: Text{JA: "券面画像番号とみられるもの", EN: "perhaps a card image number"}},
	{layout.Master, 0x001E}:                          purposeUnknown,
	{layout.Master, uint16(layout.IntermediateID)}:   {kind: object, name: Text{JA: "中間認証局の鍵識別子", EN: "key id of the intermediate CA"}, open: true},
	{layout.Master, uint16(layout.IntermediateCVC)}:  {kind: object, name: Text{JA: "中間認証局の証明書", EN: "intermediate CA certificate"}, open: true},
	{layout.Master, uint16(layout.LowerCVC)}:         {kind: object, name: Text{JA: "下位認証局の証明書", EN: "lower CA certificate"}, open: true},
	{layout.Master, uint16(layout.ContactATR)}:       {kind: object, name: Text{JA: "接触時のリセット応答", EN: "answer to reset on contacts"}, open: true},

	{layout.Common, uint16(layout.CommonData)}:         {kind: file, name: Text{JA: "共通データ（製造番号、市区町村、有効期限）", EN: "common data: serial, municipality, expiry"}},
	{layout.Common, uint16(layout.CommonKeyReference)}: {kind: file, name: Text{JA: "鍵参照", EN: "key reference"}, open: true},
	{layout.Common, uint16(layout.CommonKey)}:          {kind: key, name: Text{JA: "内部認証鍵", EN: "common data key"}},
	{layout.Common, 0x001E}:                            purposeUnknown,
	{layout.Common, uint16(layout.CommonPIN)}:          {kind: reference, name: Text{JA: "共通カードの暗証番号", EN: "common data PIN"}},

	{layout.Register, uint16(layout.RegisterKeyReference)}: {kind: file, name: Text{JA: "鍵参照", EN: "key reference"}, open: true},
	{layout.Register, uint16(layout.ResidentCode)}:         {kind: file, name: Text{JA: "住民票コード", EN: "resident record code"}, unlock: by(layout.RegisterPIN)},
	{layout.Register, uint16(layout.RegisterPIN)}:          {kind: reference, name: Text{JA: "住民基本台帳用の暗証番号", EN: "residents' register PIN"}},

	{layout.Text, uint16(layout.TextNumber)}:     {kind: file, name: Text{JA: "個人番号", EN: "Individual Number"}, unlock: by(layout.TextPIN, layout.TextA)},
	{layout.Text, uint16(layout.TextAttributes)}: {kind: file, name: Text{JA: "基本4情報", EN: "four basic attributes"}, unlock: by(layout.TextPIN, layout.TextB)},
	{layout.Text, uint16(layout.TextSignature)}:  {kind: file, name: Text{JA: "記録の署名", EN: "record signature"}, unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextCVC)}:        {kind: file, name: Text{JA: "発行者の証明書", EN: "issuer certificate"}, open: true},
	{layout.Text, uint16(layout.TextInfo)}:       {kind: file, name: Text{JA: "AP基本情報", EN: "basic information"}, open: true},
	{layout.Text, uint16(layout.TextSessionKey)}: {kind: file, name: Text{JA: "セッション鍵用公開鍵", EN: "session key exchange key"}, unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextCardKey)}:    {kind: file, name: Text{JA: "鍵0013の公開鍵", EN: "public key of key 0013"}, unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextReserved)}:   {kind: file, name: Text{JA: "予約", EN: "reserved"}, open: true},
	{layout.Text, 0x0010}:                        purposeUnknown,
	{layout.Text, 0x001C}:                        purposeUnknown,
	{layout.Text, 0x001E}:                        purposeUnknown,
	{layout.Text, uint16(layout.TextPIN)}:        {kind: reference, name: Text{JA: "券面事項入力補助用の暗証番号", EN: "card information input PIN"}},
	{layout.Text, uint16(layout.TextBlockedPIN)}: {kind: reference, name: Text{JA: "発行時から閉塞された暗証番号", EN: "PIN blocked from issue"}},
	{layout.Text, uint16(layout.TextKey)}:        {kind: key, name: Text{JA: "券面事項入力補助の署名鍵", EN: "card information input key"}},
	{layout.Text, uint16(layout.TextA)}:          {kind: reference, name: Text{JA: "照合番号A", EN: "verification number A"}},
	{layout.Text, uint16(layout.TextB)}:          {kind: reference, name: Text{JA: "照合番号B", EN: "verification number B"}},

	{layout.Face, uint16(layout.FaceBirthDate)}: {kind: file, name: Text{JA: "生年月日の記録", EN: "birth date record"}, unlock: by(layout.FaceBirthPIN)},
	{layout.Face, uint16(layout.FaceCard)}:      {kind: file, name: Text{JA: "券面事項", EN: "card face"}, unlock: by(layout.FaceA, layout.FaceB)},
	{layout.Face, uint16(layout.FaceInfo)}:      {kind: file, name: Text{JA: "AP基本情報", EN: "basic information"}, open: true},
	{layout.Face, uint16(layout.FaceCVC)}:       {kind: file, name: Text{JA: "発行者の証明書", EN: "issuer certificate"}, open: true},
	{layout.Face, uint16(layout.FaceNumber)}:    {kind: file, name: Text{JA: "個人番号の画像", EN: "image of the Individual Number"}, unlock: by(layout.FaceA)},
	{layout.Face, uint16(layout.FaceReserved)}:  {kind: file, name: Text{JA: "予約", EN: "reserved"}, unlock: by(layout.FaceA, layout.FaceB), open: true},
	{layout.Face, 0x0014}:                       purposeUnknown,
	{layout.Face, 0x0015}:                       purposeUnknown,
	{layout.Face, 0x001C}:                       purposeUnknown,
	{layout.Face, 0x001E}:                       purposeUnknown,
	{layout.Face, uint16(layout.FaceBirthPIN)}:  {kind: reference, name: Text{JA: "生年月日照合番号", EN: "birth-date PIN"}},
	{layout.Face, uint16(layout.FaceB)}:         {kind: reference, name: Text{JA: "照合番号B", EN: "verification number B"}},
	{layout.Face, uint16(layout.FaceA)}:         {kind: reference, name: Text{JA: "照合番号A", EN: "verification number A"}},
	{layout.Face, uint16(layout.FaceKey)}:       {kind: key, name: Text{JA: "カード固有鍵", EN: "the card's own key"}},

	{layout.JPKI, uint16(layout.JPKISignatureCertificate)}:      {kind: file, name: Text{JA: "署名用電子証明書", EN: "signature certificate"}, unlock: by(layout.JPKISignaturePassword)},
	{layout.JPKI, uint16(layout.JPKISignatureCA)}:               {kind: file, name: Text{JA: "署名用認証局の証明書", EN: "signature CA certificate"}, open: true},
	{layout.JPKI, uint16(layout.JPKIToken)}:                     {kind: file, name: Text{JA: "トークン情報", EN: "token information"}, openTo: 80},
	{layout.JPKI, uint16(layout.JPKIPresence)}:                  {kind: file, name: Text{JA: "証明書の有無", EN: "certificate presence"}, open: true},
	{layout.JPKI, uint16(layout.JPKIAuthenticationCertificate)}: {kind: file, name: Text{JA: "利用者証明用電子証明書", EN: "user authentication certificate"}},
	{layout.JPKI, uint16(layout.JPKIAuthenticationCA)}:          {kind: file, name: Text{JA: "利用者証明用認証局の証明書", EN: "user authentication CA certificate"}, open: true},
	{layout.JPKI, 0x0005}:                                       purposeUnknown,
	{layout.JPKI, 0x0009}:                                       purposeUnknown,
	{layout.JPKI, 0x0010}:                                       purposeUnknown,
	{layout.JPKI, 0x0019}:                                       purposeUnknown,
	{layout.JPKI, 0x001C}:                                       purposeUnknown,
	{layout.JPKI, 0x001E}:                                       purposeUnknown,
	{layout.JPKI, uint16(layout.JPKITerminalCA)}:                {kind: key, name: Text{JA: "特定機関認証鍵", EN: "terminal CA key"}},
	{layout.JPKI, uint16(layout.JPKIAuthenticationKey)}:         {kind: key, name: Text{JA: "利用者証明用秘密鍵", EN: "user authentication key"}, unlock: by(layout.JPKIAuthenticationPIN)},
	{layout.JPKI, uint16(layout.JPKIAuthenticationPIN)}:         {kind: reference, name: Text{JA: "利用者証明用の暗証番号", EN: "user authentication PIN"}},
	{layout.JPKI, uint16(layout.JPKISignatureKey)}:              {kind: key, name: Text{JA: "署名用秘密鍵", EN: "signature key"}, unlock: by(layout.JPKISignaturePassword)},
	{layout.JPKI, uint16(layout.JPKISignaturePassword)}:         {kind: reference, name: Text{JA: "署名用パスワード", EN: "signature password"}},

	{municipal, uint16(layout.AppletRecord)}:   {kind: file, name: Text{JA: "記録", EN: "record"}, unlock: by(layout.AppletPIN), policy: true},
	{municipal, uint16(layout.AppletEvidence)}: {kind: file, name: Text{JA: "証拠", EN: "evidence"}, unlock: by(layout.AppletPIN), policy: true},
	{municipal, uint16(layout.AppletPIN)}:      {kind: reference, name: Text{JA: "アプレットの暗証番号", EN: "PIN of the applet"}},
	{municipal, uint16(layout.AppletKey)}:      {kind: key, name: Text{JA: "アプレットの鍵", EN: "key of the applet"}, unlock: by(layout.AppletPIN), policy: true},
}

// purposeUnknown is what real cards were seen to have without anybody saying
// what for.
var purposeUnknown = entry{kind: unknown, name: Text{JA: "用途不明", EN: "purpose unknown"}}

// municipal stands for a municipal card in any slot: from outside the slots look
// alike, only AIDs tell them apart.
var municipal = layout.Slot(1)

// defaultKeys are the keys that P2 = 00 of 80 2A means.
var defaultKeys = map[layout.Application]layout.Reference{
	layout.Text: layout.TextKey,
	layout.Face: layout.FaceKey,
}

// applicationNames are the applications as people call them.
var applicationNames = map[layout.Application]Text{
	layout.Master:   {JA: "カード発行者領域", EN: "master level"},
	layout.Common:   {JA: "共通カードAP", EN: "common data (共通カードAP)"},
	layout.Register: {JA: "住基AP", EN: "residents' register (住基AP)"},
	layout.Text:     {JA: "券面事項入力補助AP", EN: "card information input (券面事項入力補助AP)"},
	layout.Face:     {JA: "券面事項確認AP", EN: "card face (券面事項確認AP)"},
	layout.JPKI:     {JA: "公的個人認証AP", EN: "JPKI (公的個人認証AP)"},
	municipal:       {JA: "空き領域のアプレット（市区町村カード）", EN: "municipal card (applet of the free area)"},
}

// shortName is the application before one of its identifiers: "jpki".
func shortName(app layout.Application) Text {
	if app == municipal {
		return Text{JA: "市区町村カード", EN: "municipal card"}
	}
	return Text{JA: applicationNames[app].JA, EN: app.String()}
}

// nameOf is "001B signature password".
func (f *follower) nameOf(app layout.Application, id uint16) string {
	if e, ok := catalogue[place{app, id}]; ok {
		return fmt.Sprintf("%04X ", id) + e.name.In(f.language)
	}
	return fmt.Sprintf("%04X", id)
}

// refName is "the signature password (001B)".
func refName(app layout.Application, ref layout.Reference) Text {
	if e, ok := catalogue[place{app, uint16(ref)}]; ok {
		return Text{JA: fmt.Sprintf("%s（%04X）", e.name.JA, uint16(ref)), EN: fmt.Sprintf("the %s (%04X)", e.name.EN, uint16(ref))}
	}
	return Text{JA: fmt.Sprintf("参照%04X", uint16(ref)), EN: fmt.Sprintf("reference %04X", uint16(ref))}
}

// Entry is one line of the catalogue, for documents and tests.
type Entry struct {
	App    layout.Application // a slot stands for every slot of the free area
	ID     uint16
	Kind   string // "file", "object", "reference", "key" or "unknown"
	Name   Text
	Unlock []layout.Reference // any one of them opens it; none means free
	Policy bool               // Unlock counts where the applet's policy says so
}

// Catalogue lists what the explanations know of a card, in order of application
// and identifier.
func Catalogue() []Entry {
	kinds := map[kind]string{file: "file", object: "object", reference: "reference", key: "key", unknown: "unknown"}
	var out []Entry
	for p, e := range catalogue {
		out = append(out, Entry{p.app, p.id, kinds[e.kind], e.name, slices.Clone(e.unlock), e.policy})
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.ID, b.ID)) })
	return out
}
