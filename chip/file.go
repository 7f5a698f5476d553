package chip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// A card image is a header and a row of frames, each one atomic batch:
//
//	header  8 bytes "KADOCHIP", 2 bytes version, 2 bytes zero, 4 bytes checksum
//	frame   4 bytes payload length, 8 bytes sequence number, 4 bytes checksum of
//	        those twelve, 4 bytes checksum of the payload, then the payload
//	payload for each record: 1 byte key length, key, 4 bytes value length
//	        (FFFFFFFF erases), value
//
// Numbers are big-endian, checksums CRC-32C. A frame that the end of the file
// cuts short, or the last frame when its payload checksum is wrong, was being
// written when the power failed: it is dropped. Anything else is damage.
const (
	imageMagic     = "KADOCHIP"
	imageVersion   = 1
	imageHeaderLen = 16
	frameHeaderLen = 20
	maxPayload     = 4 << 20
	erased         = 0xFFFFFFFF
	// An image is rewritten when it is this much longer than its content.
	compactFactor = 4
	compactSlack  = 256 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// File is a Memory in one file, flushed to the disk at every commit and locked
// against other processes.
type File struct {
	path string

	mu      sync.Mutex
	f       *os.File
	records map[string][]byte
	seq     uint64
	size    int64
	live    int64
	// broken is set when a commit failed half-way; Load reads the file again.
	broken bool
}

// OpenFile opens or creates the card image at path. Errors: ErrDamaged (the
// image is not read any further and not changed), ErrInUse, those of the file
// system.
func OpenFile(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("chip: opening a card image: %w", err)
	}
	if err := lockFile(f); err != nil {
		f.Close()
		return nil, err
	}
	if !sameFile(f, path) {
		// Another process put a compacted image in its place meanwhile.
		f.Close()
		return nil, ErrInUse
	}
	m := &File{path: path, f: f}
	// A compaction that the power cut short left a copy behind.
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, os.ErrNotExist) {
		f.Close()
		return nil, fmt.Errorf("chip: removing an unfinished card image: %w", err)
	}
	if err := m.scan(); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

// Close releases the file.
func (m *File) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.f == nil {
		return nil
	}
	err := m.f.Close()
	m.f = nil
	return err
}

// Load returns a copy of what is stored; the values are not to be changed.
func (m *File) Load() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.f == nil {
		return nil, os.ErrClosed
	}
	if m.broken {
		if err := m.scan(); err != nil {
			return nil, err
		}
	}
	out := make(map[string][]byte, len(m.records))
	for k, v := range m.records {
		out[k] = v
	}
	return out, nil
}

// Commit appends one frame and flushes it.
func (m *File) Commit(batch []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.f == nil {
		return os.ErrClosed
	}
	if m.broken {
		if err := m.scan(); err != nil {
			return err
		}
	}
	frame, err := encodeFrame(m.seq+1, batch)
	if err != nil {
		return err
	}
	if _, err := m.f.WriteAt(frame, m.size); err != nil {
		m.broken = true
		return fmt.Errorf("chip: writing a card image: %w", err)
	}
	if err := m.f.Sync(); err != nil {
		m.broken = true
		return fmt.Errorf("chip: flushing a card image: %w", err)
	}
	m.seq++
	m.size += int64(len(frame))
	replaced := m.replaces(batch)
	apply(m.records, batch)
	m.live = liveSize(m.records)
	if replaced || m.size > compactFactor*m.live+compactSlack {
		m.compact()
	}
	return nil
}

// replaces reports whether the batch makes an old value void that is not to
// linger in the image: a key, a PIN, a file. Counters and states may.
func (m *File) replaces(batch []Record) bool {
	for _, r := range batch {
		if len(m.records[r.Key]) > 2 && !bytes.Equal(m.records[r.Key], r.Value) {
			return true
		}
	}
	return false
}

func liveSize(records map[string][]byte) int64 {
	n := int64(0)
	for k, v := range records {
		n += int64(5 + len(k) + len(v))
	}
	return n
}

// scan reads the whole file, checks it and cuts off a torn tail.
func (m *File) scan() error {
	b, err := io.ReadAll(io.NewSectionReader(m.f, 0, 1<<31))
	if err != nil {
		return fmt.Errorf("chip: reading a card image: %w", err)
	}
	if len(b) < imageHeaderLen && bytes.HasPrefix(imageHeader(), b) {
		// New, or cut while its header was written.
		if _, err := m.f.WriteAt(imageHeader(), 0); err != nil {
			return fmt.Errorf("chip: writing a card image: %w", err)
		}
		if err := m.f.Sync(); err != nil {
			return fmt.Errorf("chip: flushing a card image: %w", err)
		}
		if err := syncDir(filepath.Dir(m.path)); err != nil {
			return err
		}
		b = imageHeader()
	}
	records, seq, good, err := decodeImage(b)
	if err != nil {
		return err
	}
	if good < len(b) {
		if err := m.f.Truncate(int64(good)); err != nil {
			return fmt.Errorf("chip: dropping a torn tail: %w", err)
		}
	}
	m.records, m.seq, m.size, m.live, m.broken = records, seq, int64(good), liveSize(records), false
	return nil
}

func imageHeader() []byte {
	h := make([]byte, imageHeaderLen)
	copy(h, imageMagic)
	binary.BigEndian.PutUint16(h[8:], imageVersion)
	binary.BigEndian.PutUint32(h[12:], checksum(h[:12]))
	return h
}

// decodeImage returns the records, the last sequence number and the length of
// the sound part.
func decodeImage(b []byte) (records map[string][]byte, seq uint64, good int, err error) {
	if !bytes.HasPrefix(b, imageHeader()) {
		return nil, 0, 0, fmt.Errorf("%w: header", ErrDamaged)
	}
	records = map[string][]byte{}
	pos := imageHeaderLen
	for {
		rest := b[pos:]
		if len(rest) < frameHeaderLen {
			return records, seq, pos, nil
		}
		if checksum(rest[:12]) != binary.BigEndian.Uint32(rest[12:]) {
			// Some file systems lengthen a file before its bytes arrive.
			if len(bytes.Trim(rest, "\x00")) == 0 {
				return records, seq, pos, nil
			}
			return nil, 0, 0, fmt.Errorf("%w: frame header at %d", ErrDamaged, pos)
		}
		n := int(binary.BigEndian.Uint32(rest))
		if n > maxPayload || binary.BigEndian.Uint64(rest[4:]) != seq+1 && pos != imageHeaderLen {
			return nil, 0, 0, fmt.Errorf("%w: frame at %d out of sequence", ErrDamaged, pos)
		}
		if len(rest)-frameHeaderLen < n {
			return records, seq, pos, nil
		}
		payload := rest[frameHeaderLen : frameHeaderLen+n]
		if checksum(payload) != binary.BigEndian.Uint32(rest[16:]) {
			if len(rest) == frameHeaderLen+n {
				return records, seq, pos, nil
			}
			return nil, 0, 0, fmt.Errorf("%w: frame at %d", ErrDamaged, pos)
		}
		batch, err := decodePayload(payload)
		if err != nil {
			return nil, 0, 0, err
		}
		apply(records, batch)
		seq = binary.BigEndian.Uint64(rest[4:])
		pos += frameHeaderLen + n
	}
}

func encodeFrame(seq uint64, batch []Record) ([]byte, error) {
	out := make([]byte, frameHeaderLen, 512)
	for _, r := range batch {
		if len(r.Key) == 0 || len(r.Key) > 255 {
			return nil, fmt.Errorf("chip: record key of %d bytes", len(r.Key))
		}
		out = append(append(out, byte(len(r.Key))), r.Key...)
		if r.Value == nil {
			out = binary.BigEndian.AppendUint32(out, erased)
			continue
		}
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(r.Value))), r.Value...)
	}
	payload := out[frameHeaderLen:]
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("chip: batch of %d bytes", len(payload))
	}
	binary.BigEndian.PutUint32(out, uint32(len(payload)))
	binary.BigEndian.PutUint64(out[4:], seq)
	binary.BigEndian.PutUint32(out[12:], checksum(out[:12]))
	binary.BigEndian.PutUint32(out[16:], checksum(payload))
	return out, nil
}

func decodePayload(b []byte) ([]Record, error) {
	var batch []Record
	for len(b) > 0 {
		k := int(b[0])
		if k == 0 || len(b) < 1+k+4 {
			return nil, fmt.Errorf("%w: record", ErrDamaged)
		}
		key := string(b[1 : 1+k])
		n := binary.BigEndian.Uint32(b[1+k:])
		b = b[1+k+4:]
		if n == erased {
			batch = append(batch, Record{Key: key})
			continue
		}
		if uint64(n) > uint64(len(b)) {
			return nil, fmt.Errorf("%w: record", ErrDamaged)
		}
		batch = append(batch, Record{Key: key, Value: b[:n:n]})
		b = b[n:]
	}
	return batch, nil
}

// compact writes the content as one frame into a new file that then takes the
// old one's place. A failure leaves the old file, which is just as good.
func (m *File) compact() {
	batch := make([]Record, 0, len(m.records))
	for k, v := range m.records {
		batch = append(batch, Record{Key: k, Value: v})
	}
	slices.SortFunc(batch, func(a, b Record) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	frame, err := encodeFrame(m.seq, batch)
	if err != nil {
		return
	}
	temp := m.path + ".new"
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	err = lockFile(f)
	if err == nil {
		_, err = f.Write(append(imageHeader(), frame...))
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(temp, m.path)
	}
	if err != nil {
		f.Close()
		os.Remove(temp)
		return
	}
	m.f.Close()
	m.f, m.size = f, int64(imageHeaderLen+len(frame))
	if syncDir(filepath.Dir(m.path)) != nil {
		// The rename may not survive a power cut; the next commit must not
		// rely on it.
		m.broken = true
	}
}

func sameFile(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("chip: opening the folder of a card image: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("chip: flushing the folder of a card image: %w", err)
	}
	return nil
}
