//go:build unix

package db

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// mappings are kept for the life of the process, one for each file: closing any
// descriptor of a file gives up all locks that the process holds on it (POSIX),
// among them SQLite's.
var mappings struct {
	sync.Mutex
	byFile map[fileID]mapping
}

type fileID struct{ device, inode uint64 }

type mapping struct {
	file *os.File // kept open
	data []byte
}

func mapShared(path string, size int) ([]byte, error) {
	mappings.Lock()
	defer mappings.Unlock()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		return nil, err
	}
	id := fileID{uint64(st.Dev), st.Ino} //nolint:unconvert // int32 on some systems
	if m, ok := mappings.byFile[id]; ok {
		if m.data == nil {
			return nil, errors.ErrUnsupported // mapping it failed before
		}
		return m.data, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if mappings.byFile == nil {
		mappings.byFile = map[fileID]mapping{}
	}
	mappings.byFile[id] = mapping{f, data} // also without data: the file stays open
	return data, err
}
