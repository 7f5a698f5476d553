package oidc

import (
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
)

// InteractionState is where an authorization request stands.
type InteractionState string

// The states.
const (
	Waiting  InteractionState = "waiting"  // for a card
	Answered InteractionState = "answered" // by a card; for the holder's consent
	Granted  InteractionState = "granted"
	Refused  InteractionState = "refused" // an error goes to the relying party
)

// Interactions is the table of an authorization request. That it runs out follows
// from the clock.
var Interactions = states.New(states.Machine[InteractionState]{
	Name: "interaction", Title: lang.Text{JA: "ログインの受付け", EN: "Interaction"}, Initial: Waiting,
	States: []states.State[InteractionState]{
		{ID: Waiting, Text: lang.Text{JA: "カード待ち", EN: "waiting for a card"}},
		{ID: Answered, Text: lang.Text{JA: "同意待ち", EN: "waiting for consent"}},
		{ID: Granted, Text: lang.Text{JA: "許可済み", EN: "granted"}, End: true},
		{ID: Refused, Text: lang.Text{JA: "取りやめ・お断り", EN: "refused"}, End: true},
	},
	Moves: []states.Move[InteractionState]{
		{Act: "answer", From: Waiting, To: Answered},
		{Act: "refuse", From: Waiting, To: Refused},
		{Act: "refuse", From: Answered, To: Refused},
		{Act: "grant", From: Answered, To: Granted},
	},
})

// GrantState is where a grant stands.
type GrantState string

// The states.
const (
	CodeIssued GrantState = "code_issued"
	InUse      GrantState = "in_use"
	Revoked    GrantState = "revoked"
)

// Grants is the table of a grant.
var Grants = states.New(states.Machine[GrantState]{
	Name: "grant", Title: lang.Text{JA: "サービスへの許可", EN: "Grant"}, Initial: CodeIssued,
	States: []states.State[GrantState]{
		{ID: CodeIssued, Text: lang.Text{JA: "認可コード発行済み", EN: "code issued"}},
		{ID: InUse, Text: lang.Text{JA: "トークン発行済み", EN: "tokens issued"}},
		{ID: Revoked, Text: lang.Text{JA: "取消し", EN: "revoked"}, End: true},
	},
	Moves: []states.Move[GrantState]{
		{Act: "redeem", From: CodeIssued, To: InUse},
		{Act: "revoke", From: CodeIssued, To: Revoked},
		{Act: "revoke", From: InUse, To: Revoked},
	},
})

// SigningState is where a signing transaction stands.
type SigningState string

// The states.
const (
	SigningOpen SigningState = "open"
	SigningDone SigningState = "signed"
)

// Signings is the table of a signing transaction.
var Signings = states.New(states.Machine[SigningState]{
	Name: "signing transaction", Title: lang.Text{JA: "署名の依頼", EN: "Signing transaction"}, Initial: SigningOpen,
	States: []states.State[SigningState]{
		{ID: SigningOpen, Text: lang.Text{JA: "署名待ち", EN: "open"}},
		{ID: SigningDone, Text: lang.Text{JA: "署名済み", EN: "signed"}, End: true},
	},
	Moves: []states.Move[SigningState]{{Act: "sign", From: SigningOpen, To: SigningDone}},
})
