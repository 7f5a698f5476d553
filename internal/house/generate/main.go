// Generate writes the documents that follow from the code: docs/errors.md from
// the catalogue of refusals, docs/card.md from the chip's access table,
// docs/states.md from the state tables, docs/requirements.md from
// docs/requirements.tsv and the tests. The same code gives the same bytes.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"kado/internal/house"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	docs, err := documents(root)
	if err != nil {
		return err
	}
	for _, d := range docs {
		path := filepath.Join(root, filepath.FromSlash(d.path))
		if err := os.WriteFile(path, d.content, 0o644); err != nil {
			return err
		}
		fmt.Println(d.path)
	}
	return nil
}

type document struct {
	path    string // from the root, with slashes
	content []byte
}

// documents writes all documents of the product at root.
func documents(root string) ([]document, error) {
	tree, err := house.Load(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	requirements, err := house.RequirementsDocument(tree)
	if err != nil {
		return nil, err
	}
	card, err := cardDocument(tree)
	if err != nil {
		return nil, err
	}
	parties, err := partiesDocument(root)
	if err != nil {
		return nil, err
	}
	return []document{
		{"docs/card.md", card},
		{"docs/errors.md", errorsDocument()},
		{partiesPath, parties},
		{"docs/requirements.md", requirements},
		{"docs/states.md", statesDocument()},
	}, nil
}

// findRoot returns the folder of go.mod, at or above the working folder.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod at or above the working folder")
		}
		dir = up
	}
}
