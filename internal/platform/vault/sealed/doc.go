// Package sealed is the envelope in which a card's proof over its holder's
// attributes travels to the one room that may open it.
//
// The proof (file 0003 of the text application) holds SHA-256 of the Individual
// Number's file beside SHA-256 of the attributes. There are only 10^11 numbers, so
// whoever sees that hash finds the number by trying all of them (P-54). Whoever
// reads a card therefore seals the proof to the key of the room where the numbers
// are kept anyway (vault.Proofs); nobody on the way, the login provider included,
// can look inside.
//
// # Announcement
//
// The room's public key comes with the login in an Announcement, which names the
// site that it is for and is signed by the root key of the cards' records. The card
// itself is the reader's anchor: its file 0004 is a certificate by that same root,
// so a site that does not belong to the system which issued the card cannot give a
// key of its own, however the holder was led there.
//
// # Envelope
//
// One JSON object, written in one spelling (octets are base64):
//
//	{"version":1,"key":"<16 hex digits>","box":"..."}
//
// key names the public key: the first 8 octets of its SHA-256. box is HPKE (RFC
// 9180, base mode) with the KEM MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM, info
// "kado-card-proof/1", the encapsulated key before the ciphertext. The KEM is a
// hybrid because a number is for life: what is recorded today must not be opened by
// a later computer. The box holds
//
//	{"version":1,"site":"https://login.example","challenge":"chl_...",
//	 "record":"SHA-256 of file 0002","proof":"file 0003","issuer":"file 0004"}
//
// site and challenge make it worthless for any other login; record ties it to the
// attributes that go beside it in clear.
package sealed
