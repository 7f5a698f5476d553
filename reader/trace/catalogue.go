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
)

// entry is what a reader knows of one file, data object, reference or key.
type entry struct {
	kind kind
	name string
	// unlock lists the references of which one must have been verified; none
	// means free.
	unlock []layout.Reference
	// open says that the content tells nothing of a person or of this card;
	// openTo says it of the bytes before that offset.
	open   bool
	openTo int
}

type place struct {
	app layout.Application
	id  uint16
}

func by(refs ...layout.Reference) []layout.Reference { return refs }

// catalogue is the file map of the card as a reader sees it.
var catalogue = map[place]entry{
	{layout.Master, uint16(layout.IssuerID)}:         {kind: object, name: "issuer identification", open: true},
	{layout.Master, uint16(layout.SerialNumber)}:     {kind: object, name: "card serial"},
	{layout.Master, uint16(layout.RecognitionData)}:  {kind: object, name: "card recognition data", open: true},
	{layout.Master, uint16(layout.TransportKey)}:     {kind: object, name: "transport key"},
	{layout.Master, uint16(layout.MunicipalityCode)}: {kind: object, name: "municipality code", open: true},
	{layout.Master, uint16(layout.ExpiryDate)}:       {kind: object, name: "expiry date"},
	{layout.Master, uint16(layout.IntermediateID)}:   {kind: object, name: "key id of the intermediate CA", open: true},
	{layout.Master, uint16(layout.IntermediateCVC)}:  {kind: object, name: "intermediate CA certificate", open: true},
	{layout.Master, uint16(layout.LowerCVC)}:         {kind: object, name: "lower CA certificate", open: true},
	{layout.Master, uint16(layout.ContactATR)}:       {kind: object, name: "answer to reset on contacts", open: true},

	{layout.Common, uint16(layout.CommonData)}:         {kind: file, name: "common data: serial, municipality, expiry"},
	{layout.Common, uint16(layout.CommonKeyReference)}: {kind: file, name: "key reference", open: true},
	{layout.Common, uint16(layout.CommonKey)}:          {kind: key, name: "common data key"},
	{layout.Common, uint16(layout.CommonPIN)}:          {kind: reference, name: "common data PIN"},

	{layout.Register, uint16(layout.RegisterKeyReference)}: {kind: file, name: "key reference", open: true},
	{layout.Register, uint16(layout.ResidentCode)}:         {kind: file, name: "resident record code", unlock: by(layout.RegisterPIN)},
	{layout.Register, uint16(layout.RegisterPIN)}:          {kind: reference, name: "residents' register PIN"},

	{layout.Text, uint16(layout.TextNumber)}:     {kind: file, name: "Individual Number", unlock: by(layout.TextPIN, layout.TextA)},
	{layout.Text, uint16(layout.TextAttributes)}: {kind: file, name: "four basic attributes", unlock: by(layout.TextPIN, layout.TextB)},
	{layout.Text, uint16(layout.TextSignature)}:  {kind: file, name: "record signature", unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextCVC)}:        {kind: file, name: "issuer certificate", open: true},
	{layout.Text, uint16(layout.TextInfo)}:       {kind: file, name: "basic information", open: true},
	{layout.Text, uint16(layout.TextSessionKey)}: {kind: file, name: "session key exchange key", unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextCardKey)}:    {kind: file, name: "public key of key 0013", unlock: by(layout.TextPIN, layout.TextA, layout.TextB)},
	{layout.Text, uint16(layout.TextReserved)}:   {kind: file, name: "reserved", open: true},
	{layout.Text, uint16(layout.TextPIN)}:        {kind: reference, name: "card information input PIN"},
	{layout.Text, uint16(layout.TextBlockedPIN)}: {kind: reference, name: "PIN blocked from issue"},
	{layout.Text, uint16(layout.TextKey)}:        {kind: key, name: "card information input key"},
	{layout.Text, uint16(layout.TextA)}:          {kind: reference, name: "verification number A"},
	{layout.Text, uint16(layout.TextB)}:          {kind: reference, name: "verification number B"},

	{layout.Face, uint16(layout.FaceBirthDate)}: {kind: file, name: "birth date record", unlock: by(layout.FaceBirthPIN)},
	{layout.Face, uint16(layout.FaceCard)}:      {kind: file, name: "card face", unlock: by(layout.FaceA, layout.FaceB)},
	{layout.Face, uint16(layout.FaceInfo)}:      {kind: file, name: "basic information", open: true},
	{layout.Face, uint16(layout.FaceCVC)}:       {kind: file, name: "issuer certificate", open: true},
	{layout.Face, uint16(layout.FaceNumber)}:    {kind: file, name: "image of the Individual Number", unlock: by(layout.FaceA)},
	{layout.Face, uint16(layout.FaceReserved)}:  {kind: file, name: "reserved", unlock: by(layout.FaceA, layout.FaceB), open: true},
	{layout.Face, uint16(layout.FaceBirthPIN)}:  {kind: reference, name: "birth-date PIN"},
	{layout.Face, uint16(layout.FaceB)}:         {kind: reference, name: "verification number B"},
	{layout.Face, uint16(layout.FaceA)}:         {kind: reference, name: "verification number A"},
	{layout.Face, uint16(layout.FaceKey)}:       {kind: key, name: "the card's own key"},

	{layout.JPKI, uint16(layout.JPKISignatureCertificate)}:      {kind: file, name: "signature certificate", unlock: by(layout.JPKISignaturePassword)},
	{layout.JPKI, uint16(layout.JPKISignatureCA)}:               {kind: file, name: "signature CA certificate", open: true},
	{layout.JPKI, uint16(layout.JPKIToken)}:                     {kind: file, name: "token information", openTo: 80},
	{layout.JPKI, uint16(layout.JPKIPresence)}:                  {kind: file, name: "certificate presence", open: true},
	{layout.JPKI, uint16(layout.JPKIAuthenticationCertificate)}: {kind: file, name: "user authentication certificate"},
	{layout.JPKI, uint16(layout.JPKIAuthenticationCA)}:          {kind: file, name: "user authentication CA certificate", open: true},
	{layout.JPKI, uint16(layout.JPKITerminalCA)}:                {kind: key, name: "terminal CA key"},
	{layout.JPKI, uint16(layout.JPKIAuthenticationKey)}:         {kind: key, name: "user authentication key", unlock: by(layout.JPKIAuthenticationPIN)},
	{layout.JPKI, uint16(layout.JPKIAuthenticationPIN)}:         {kind: reference, name: "user authentication PIN"},
	{layout.JPKI, uint16(layout.JPKISignatureKey)}:              {kind: key, name: "signature key", unlock: by(layout.JPKISignaturePassword)},
	{layout.JPKI, uint16(layout.JPKISignaturePassword)}:         {kind: reference, name: "signature password"},
}

// defaultKeys are the keys that P2 = 00 of 80 2A means.
var defaultKeys = map[layout.Application]layout.Reference{
	layout.Text: layout.TextKey,
	layout.Face: layout.FaceKey,
}

// applicationNames are the applications as people call them.
var applicationNames = map[layout.Application]string{
	layout.Master:   "master level",
	layout.Common:   "common data (共通カードAP)",
	layout.Register: "residents' register (住基AP)",
	layout.Text:     "card information input (券面事項入力補助AP)",
	layout.Face:     "card face (券面事項確認AP)",
	layout.JPKI:     "JPKI (公的個人認証AP)",
}

// nameOf is "001B signature password".
func nameOf(app layout.Application, id uint16) string {
	if e, ok := catalogue[place{app, id}]; ok {
		return fmt.Sprintf("%04X %s", id, e.name)
	}
	return fmt.Sprintf("%04X", id)
}

// refName is "the signature password (001B)".
func refName(app layout.Application, ref layout.Reference) string {
	if e, ok := catalogue[place{app, uint16(ref)}]; ok {
		return fmt.Sprintf("the %s (%04X)", e.name, uint16(ref))
	}
	return fmt.Sprintf("reference %04X", uint16(ref))
}

// Entry is one line of the catalogue, for documents and tests.
type Entry struct {
	App    layout.Application
	ID     uint16
	Kind   string // "file", "object", "reference" or "key"
	Name   string
	Unlock []layout.Reference // any one of them opens it; none means free
}

// Catalogue lists what the explanations know of a card, in order of application
// and identifier.
func Catalogue() []Entry {
	kinds := map[kind]string{file: "file", object: "object", reference: "reference", key: "key"}
	var out []Entry
	for p, e := range catalogue {
		out = append(out, Entry{p.app, p.id, kinds[e.kind], e.name, slices.Clone(e.unlock)})
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.ID, b.ID)) })
	return out
}
