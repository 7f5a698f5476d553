// Package pdfsig makes and judges signatures in PDF documents (ISO 32000-2,
// 12.8; PAdES baseline, EN 319 142-1).
//
// A signature in a PDF file is worth what the reader of the file sees under it.
// Verify therefore reads the whole file with a parser of its own that knows one
// form only: every octet of every revision belongs to one object, section or
// white space, every object is listed once, every number in a cross-reference
// leads to the object it names. Then it asks of each signature: does it cover the
// whole of a revision but its own value, and what do the revisions behind it
// change? What is not known to be harmless counts as a change.
//
// Sign appends to the file and changes no octet of it.
package pdfsig
