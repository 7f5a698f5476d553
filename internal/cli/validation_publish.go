package cli

import (
	"errors"

	"kado/internal/platform/lang"
)

type validationPublish struct {
	worldFlags
	Now bool   `help:"Every list at once, not only those that are due after a day."`
	Out string `type:"path" help:"Folder into which the newest lists are written, with a manifest." placeholder:"FOLDER"`
}

// publishedLists is what is told of a publication.
type publishedLists struct {
	Issued int    `json:"issued"` // signed now
	Ended  int    `json:"ended"`  // generations without further lists
	Files  int    `json:"files"`
	Folder string `json:"folder,omitempty"`
}

// Run publishes once: what a timer does who runs no server.
func (p validationPublish) Run(c *console) (err error) {
	box, err := p.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	done, err := box.House.PublishLists(c.ctx, p.Now, p.Out)
	if err != nil {
		return err
	}
	if p.JSON {
		return c.json(publishedLists{done.Issued, done.Ended, done.Files, p.Out})
	}
	c.printf(lang.Text{JA: "失効リストを %d 件発行しました", EN: "%d revocation lists issued"}, done.Issued)
	if p.Out != "" {
		c.printf(lang.Text{JA: "%s：失効リスト %d 件", EN: "%s: %d revocation lists"}, p.Out, done.Files)
	}
	return nil
}
