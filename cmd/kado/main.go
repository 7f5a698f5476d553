// Command kado runs the whole My Number Card system, or one piece of it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"kado/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process as it is
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
