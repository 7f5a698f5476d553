// Package waystest logs people in as a visitor does: in Chromium, from a relying
// party's page by each way that the provider offers and back, against kado serve
// as a process of its own. It holds tests only; `make deps` installs what is
// needed, `make pictures` keeps what the browser showed.
package waystest
