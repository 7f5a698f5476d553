package login

import (
	"embed"
	"io/fs"

	"kado/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the tables of this office.
func Schema() db.Schema {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return db.Schema{Office: "login", FS: sub}
}
