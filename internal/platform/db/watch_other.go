//go:build !unix

package db

import "errors"

func mapShared(string, int) ([]byte, error) { return nil, errors.ErrUnsupported }
