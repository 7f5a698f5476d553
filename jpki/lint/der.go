package lint

import (
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func explicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// readOID reads an object identifier and spells it dotted. Those that every
// certificate has are looked up by their octets; the others are decoded.
func readOID(s *cryptobyte.String) (string, bool) {
	var content cryptobyte.String
	if rest := *s; rest.ReadASN1(&content, cbasn1.OBJECT_IDENTIFIER) {
		if id, ok := knownOIDs[string(content)]; ok {
			*s = rest
			return id, true
		}
	}
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1ObjectIdentifier(&oid) {
		return "", false
	}
	return oid.String(), true
}

// knownOIDs are the identifiers of rules.go by their content octets.
var knownOIDs = func() map[string]string {
	ids := []string{idCountry, idLocality, idOrganization, idUnit, idCommonName, idSubjectKey, idKeyUsage, idSubjectAltName, idIssuerAltName,
		idConstraints, idDistribution, idPolicies, idAuthorityKey, idExtKeyUsage, idAuthorityAccess, idCPS, idOCSPSigning, idAccessOCSP,
		idOCSPNoCheck, idSHA256WithRSA, idECDSAWithSHA384, idECPublicKey, idP256, idP384, idRSAEncryption}
	for _, n := range []string{numberName, numberNameMap, numberSex, numberBirthDate, numberAddress, numberAddressMap} {
		ids = append(ids, idPersonalArc+n)
	}
	known := map[string]string{}
	for _, id := range ids {
		oid, err := x509.ParseOID(id)
		if err != nil {
			panic("lint: " + id + " is no object identifier")
		}
		der, err := oid.MarshalBinary()
		if err != nil {
			panic("lint: " + err.Error())
		}
		known[string(der)] = id
	}
	return known
}()

// rsaAlgorithm reports whether der is the AlgorithmIdentifier of that id with
// NULL parameters, as RFC 4055 demands.
func rsaAlgorithm(der []byte, id string) bool {
	input := cryptobyte.String(der)
	var seq, null cryptobyte.String
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) {
		return false
	}
	oid, ok := readOID(&seq)
	return ok && oid == id && seq.ReadASN1(&null, cbasn1.NULL) && null.Empty() && seq.Empty()
}

// directoryNames returns the names of a GeneralNames that has nothing but
// directoryNames.
func directoryNames(der []byte) ([][]Attribute, bool) {
	input := cryptobyte.String(der)
	var list cryptobyte.String
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !input.Empty() {
		return nil, false
	}
	var out [][]Attribute
	for !list.Empty() {
		attributes, ok := directoryName(&list)
		if !ok {
			return nil, false
		}
		out = append(out, attributes)
	}
	return out, len(out) > 0
}

// directoryName reads GeneralName [4].
func directoryName(s *cryptobyte.String) ([]Attribute, bool) {
	var wrapped, name cryptobyte.String
	if !s.ReadASN1(&wrapped, explicitTag(4)) || !wrapped.ReadASN1Element(&name, cbasn1.SEQUENCE) || !wrapped.Empty() {
		return nil, false
	}
	var c Certificate
	c.AttributesPerRDNOK = true
	attributes, err := c.readName(name)
	return attributes, err == nil && c.AttributesPerRDNOK && typesOK(attributes)
}

// typesOK: country is "JP" as PrintableString, all else UTF8String.
func typesOK(attributes []Attribute) bool {
	for _, a := range attributes {
		want := cbasn1.UTF8String
		if a.Type == idCountry {
			want = cbasn1.PrintableString
			if a.Value != "JP" {
				return false
			}
		}
		if a.Tag != want || a.Value == "" {
			return false
		}
	}
	return true
}

// hasTypes reports whether the attributes have exactly these types in order.
func hasTypes(attributes []Attribute, types ...string) bool {
	if len(attributes) != len(types) {
		return false
	}
	for i := range types {
		if attributes[i].Type != types[i] {
			return false
		}
	}
	return true
}

// bareAlgorithm reports whether an AlgorithmIdentifier is id without parameters
// (RFC 5758, 3.2).
func bareAlgorithm(der []byte, id string) bool {
	input := cryptobyte.String(der)
	var seq cryptobyte.String
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() {
		return false
	}
	got, ok := readOID(&seq)
	return ok && got == id && seq.Empty()
}

// namedCurve returns the curve of an id-ecPublicKey AlgorithmIdentifier (RFC
// 5480, 2.1.1), dotted.
func namedCurve(der []byte) (curve string, ok bool) {
	input := cryptobyte.String(der)
	var seq cryptobyte.String
	if !input.ReadASN1(&seq, cbasn1.SEQUENCE) || !input.Empty() {
		return "", false
	}
	if id, ok := readOID(&seq); !ok || id != idECPublicKey {
		return "", false
	}
	curve, ok = readOID(&seq)
	return curve, ok && seq.Empty()
}
