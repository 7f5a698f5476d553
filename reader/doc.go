// Package reader uses a My Number Card: a one-method Transport to any card
// (virtual, PC/SC, vpcd), then a typed client for each application.
//
//	card := reader.New(reader.Virtual(chip))
//	jpki, err := card.JPKI()
//	err = jpki.Verify(reader.AuthenticationKey, pin)
//	signature, err := jpki.Sign(reader.AuthenticationKey, digest)
//
// Every client selects its application when it must, which drops what was
// verified in another one: use one application to the end, then the next.
// What is read of a person is returned only after the issuer's signature was
// checked against a root key that the caller trusts.
package reader
