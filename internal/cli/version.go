package cli

import (
	"runtime/debug"

	"kado/internal/platform/lang"
)

// Version is the release; see CHANGELOG.md.
const Version = "0.1.0"

type versionCommand struct {
	JSON bool `help:"As a JSON document."`
}

func (v versionCommand) Run(c *console) error {
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	if v.JSON {
		return c.json(map[string]string{"version": Version, "revision": revision})
	}
	c.printf(lang.Text{JA: "kado %s 版（%s）", EN: "kado %s (%s)"}, Version, revision)
	return nil
}
