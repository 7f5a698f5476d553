// Package house reads the house itself: every file of the product as text and
// as syntax. It checks the rules of docs/architecture.md (imports, contracts,
// tables, the clock, texts, citations, links) and writes docs/requirements.md.
//
// Each check is a function over a Tree that returns the breaches it found, so
// that the tests can run it on the product and on small trees with a planted
// fault. Checks work on the syntax alone: they need no package to compile.
package house
