// Package xmlsig makes and verifies XML signatures (XMLDSig, W3C xmldsig-core)
// as filings of the e-Tax kind use them: enveloped, enveloping and detached, with
// Canonical XML 1.0 or Exclusive XML Canonicalization 1.0, and XAdES baseline
// signatures (EN 319 132-1, B-B) that name their certificate by digest.
//
// What a program reads from a document has to be what was signed. So the answer
// names the element that a signature covers, and a signature passes only if that
// is the root of the document, or the element that the caller demands (Demand).
// Refused are: document type declarations and entities, duplicate Ids, transforms
// other than enveloped-signature and one canonicalization, references that would
// have to be fetched, text that unsigned comments cut in pieces, QNames in values
// whose prefix the signature does not cover, unsigned ds:Object beside what is
// signed, and content wrapped into a signature's own elements.
//
// # Why the parser and the canonicalization are our own
//
// A verifier must canonicalize the same tree that it resolved references in.
// encoding/xml was written to be lenient: it lets an attribute come twice, keeps
// line breaks in attribute values, forgets which prefix a name had and does not
// refuse an undeclared one. beevik/etree stands on it. The canonicalization of
// russellhaering/goxmldsig leaves out processing instructions beside the root,
// does not know which namespaces an ancestor outside the subtree had rendered,
// and copies every subtree once per level; its signatures are one reference each,
// and ECDSA values are in DER, which other programs refuse. The tests hold this
// package's canonicalization against xmlsec1, octet by octet, on documents made to
// be awkward, and against goxmldsig on plain ones.
package xmlsig

// Caps. A document beyond one of them is refused as verify.TooLarge before
// anything is computed over it.
const (
	// MaxSize is the largest document, and the largest detached content, in octets.
	MaxSize = 32 << 20
	// MaxSignatures is the most signatures of one document.
	MaxSignatures = 16
	// MaxReferences is the most references of one signature.
	MaxReferences = 32
	// MaxCertificates is the most certificates in one KeyInfo.
	MaxCertificates = 16

	maxDepth      = 256
	maxNodes      = 1 << 19
	maxAttributes = 128         // of one element, with namespace declarations
	maxScope      = 512         // namespace declarations in scope at once
	maxName       = 256         // octets of a name, a prefix or an Id
	maxNamespace  = 1 << 10     // octets of a namespace name
	maxTransforms = 8           // of one reference that are read at all
	maxToken      = 1 << 16     // octets of a time-stamp
	maxWork       = 4 * MaxSize // octets canonicalized for one document, all references together
)

// Names of XML signatures.
const (
	nsDSig  = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES = "http://uri.etsi.org/01903/v1.3.2#"
	nsExc   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	nsXML   = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS = "http://www.w3.org/2000/xmlns/"

	typeSignedProperties = "http://uri.etsi.org/01903#SignedProperties"
	typeManifest         = nsDSig + "Manifest"

	transformEnveloped = nsDSig + "enveloped-signature"
	c14nInclusive      = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	c14nExclusive      = nsExc
	withComments       = "WithComments"
)
