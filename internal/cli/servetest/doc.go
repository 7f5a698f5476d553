// Package servetest stops, kills and starts kado serve, the real program, while people log
// in, and puts two of it on one database. It holds tests only.
package servetest
