//go:build !unix

package dbtest

import "errors"

func cluster() (string, error) {
	return "", errors.New("a private PostgreSQL is started on Unix only; set KADO_TEST_POSTGRES")
}
