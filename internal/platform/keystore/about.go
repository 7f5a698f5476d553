package keystore

import "runtime"

// LockFile waits for the lock file at path and holds it until release is called,
// for stores outside this package. CannotAccess where it cannot be made.
func LockFile(path string) (release func(), err error) {
	release, err = lockFile(path)
	if err != nil {
		return nil, CannotAccess.Because(err)
	}
	return release, nil
}

// Sessions is how many signatures a store likes to make at once: what the store
// says of itself, or one for each processor.
func Sessions(s Store) int {
	if s, ok := s.(interface{ Sessions() int }); ok {
		return s.Sessions()
	}
	return runtime.GOMAXPROCS(0)
}

// Where says what kind of store a store is, for those who name one in a document:
// "file", "memory", or what the store says of itself.
func Where(s Store) string {
	switch s := s.(type) {
	case *fileStore:
		return "file"
	case interface{ Where() string }:
		return s.Where()
	}
	return "memory"
}
