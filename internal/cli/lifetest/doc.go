// Package lifetest plays whole lives through the command line and looks at what
// they leave: facts that a seed repeats, no secret outside its place, nothing lost
// by a kill at any moment, checks that can fail, and the verdict of the
// machine's own openssl. It holds tests only.
package lifetest
