package jpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Key usage values with their exact octets (8.1, 9.1, 9.2).
var (
	usageAuthority      = []byte{0x03, 0x02, 0x01, 0x06} // keyCertSign, cRLSign
	usageSignature      = []byte{0x03, 0x02, 0x06, 0xC0} // digitalSignature, nonRepudiation
	usageAuthentication = []byte{0x03, 0x02, 0x07, 0x80} // digitalSignature
)

func keyUsageExtension(value []byte) pkix.Extension {
	return pkix.Extension{Id: oidKeyUsage, Critical: true, Value: value}
}

// addDirectoryName writes GeneralName [4], which is explicit because Name is a
// CHOICE.
func addDirectoryName(b *cryptobyte.Builder, name []byte) {
	b.AddASN1(explicitTag(4), func(b *cryptobyte.Builder) { b.AddBytes(name) })
}

func directoryAltName(oid asn1.ObjectIdentifier, name []byte) pkix.Extension {
	return pkix.Extension{Id: oid, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) { addDirectoryName(b, name) })
	})}
}

// addDistributionPointName writes DistributionPointName [0] { fullName [0] {
// directoryName } }, the part that CRLDP and issuingDistributionPoint share.
func addDistributionPointName(b *cryptobyte.Builder, name []byte) {
	b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
		b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) { addDirectoryName(b, name) })
	})
}

func distributionPointExtension(name []byte) pkix.Extension {
	return pkix.Extension{Id: oidCRLDistributionPoints, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			addSequence(b, func(b *cryptobyte.Builder) { addDistributionPointName(b, name) })
		})
	})}
}

func policiesExtension(policy asn1.ObjectIdentifier, cps string) pkix.Extension {
	return pkix.Extension{Id: oidCertificatePolicies, Critical: true, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			addSequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(policy)
				addSequence(b, func(b *cryptobyte.Builder) {
					addSequence(b, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidCPSQualifier)
						addString(b, cbasn1.IA5String, cps)
					})
				})
			})
		})
	})}
}

func extKeyUsageExtension(usages ...asn1.ObjectIdentifier) pkix.Extension {
	return pkix.Extension{Id: oidExtKeyUsage, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			for _, u := range usages {
				b.AddASN1ObjectIdentifier(u)
			}
		})
	})}
}

func ocspAccessExtension(url string) pkix.Extension {
	return pkix.Extension{Id: oidAuthorityInfoAccess, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			addSequence(b, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidAccessOCSP)
				addString(b, implicitTag(6), url)
			})
		})
	})}
}

// authorityKeyIDExtension names ca in the given form; it must not be called for
// WithoutAuthorityKeyID.
func authorityKeyIDExtension(form AuthorityKeyIDForm, ca *x509.Certificate) pkix.Extension {
	return pkix.Extension{Id: oidAuthorityKeyID, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			addString(b, implicitTag(0), string(ca.SubjectKeyId))
			if form == KeyIDWithIssuerSerial {
				b.AddASN1(explicitTag(1), func(b *cryptobyte.Builder) { addDirectoryName(b, ca.RawIssuer) })
				addString(b, implicitTag(2), string(integerContent(ca.SerialNumber)))
			}
		})
	})}
}

// integerContent returns the content octets of a non-negative INTEGER.
func integerContent(n *big.Int) []byte {
	c := n.Bytes()
	if len(c) == 0 || c[0]&0x80 != 0 {
		c = append([]byte{0}, c...)
	}
	return c
}

func subjectKeyIDExtension(key crypto.PublicKey) pkix.Extension {
	return pkix.Extension{Id: oidSubjectKeyID, Value: derBytes(func(b *cryptobyte.Builder) {
		addString(b, cbasn1.OCTET_STRING, string(KeyID(key)))
	})}
}

func authorityConstraintsExtension() pkix.Extension {
	// CA TRUE without a path length.
	return pkix.Extension{Id: oidBasicConstraints, Critical: true, Value: []byte{0x30, 0x03, 0x01, 0x01, 0xFF}}
}

func ocspNoCheckExtension() pkix.Extension {
	return pkix.Extension{Id: oidOCSPNoCheck, Value: []byte{0x05, 0x00}}
}

// KeyID returns the SHA-1 of the key bits (the PKCS#1 public key, or the
// uncompressed point): what stands in a subjectKeyIdentifier (method 1 of RFC
// 5280, 4.2.1.2) and in issuerKeyHash of OCSP. It identifies and proves nothing,
// so that SHA-1 does no harm. For a key that AlgorithmOf refuses it is nil.
func KeyID(key crypto.PublicKey) []byte {
	if _, err := AlgorithmOf(key); err != nil {
		return nil
	}
	var bits []byte
	switch k := key.(type) {
	case *rsa.PublicKey:
		bits = x509.MarshalPKCS1PublicKey(k)
	case *ecdsa.PublicKey:
		var err error
		if bits, err = k.Bytes(); err != nil {
			return nil
		}
	}
	sum := sha1.Sum(bits)
	return sum[:]
}
