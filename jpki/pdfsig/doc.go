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
// Behind a signature there may be:
//   - a document security store with its streams of evidence, and document
//     time-stamps, always;
//   - signatures in empty signature fields and in new ones that take no room on a
//     page, unless DocMDP 1, FieldMDP or the field's lock forbid it;
//   - values and appearances of text, choice and button fields, where the judged
//     signature itself certifies with DocMDP 2 or 3 and does not lock the field;
//   - developer extensions in the catalog, and ModDate in the document information.
//
// Everything else is ChangedAfter. On purpose that refuses some documents that
// other programs call good: annotations behind a certification with DocMDP 3
// (they can cover what was certified), fields filled in behind an approving
// signature, new metadata, new fonts of the form, visible new signature fields,
// signature values in BER, and files that viewers would have to repair.
//
// What scripts, layers or missing fonts make of the signed revision itself is not
// judged: it was there when the holder signed. Forms that programs draw (XFA) and
// encrypted files are Unsupported.
//
// Sign appends to the file and changes no octet of it.
package pdfsig
