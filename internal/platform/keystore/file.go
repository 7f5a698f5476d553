package keystore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/crypto/argon2"
)

// A key file, all numbers big-endian:
//
//	 8 bytes  "KADOKEYS"
//	 1 byte   version, 1
//	 1 byte   Argon2id threads, 1 to 16
//	 2 bytes  Argon2id passes, 1 to 16
//	 4 bytes  Argon2id memory in KiB, 64 to 1,048,576
//	16 bytes  salt
//	12 bytes  nonce, new at each writing
//	the rest  AES-256-GCM of the entries as JSON; the 44 bytes before are its
//	          additional data
//
// It grows by about 1.7 kB a key and is at most MaxFile long. It is written to a
// temporary file, synced and renamed: a crash leaves the old file or the new
// one. Whoever reads it without the passphrase learns only its size and date;
// whoever can write it can put an older copy back.
const (
	magic      = "KADOKEYS"
	version    = 1
	headerSize = 8 + 1 + 1 + 2 + 4 + saltSize + nonceSize
	saltSize   = 16
	nonceSize  = 12

	// MaxFile is the most bytes a key file may have.
	MaxFile = 32 << 20
)

// Cost is how much work a guess of the passphrase takes (Argon2id, RFC 9106).
type Cost struct {
	MemoryKiB uint32
	Passes    uint16
	Threads   uint8
}

// DefaultCost takes 64 MiB and three passes.
var DefaultCost = Cost{MemoryKiB: 64 << 10, Passes: 3, Threads: 4}

// CheapCost is for tests only.
var CheapCost = Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func (c Cost) valid() bool {
	return c.MemoryKiB >= 64 && c.MemoryKiB <= 1<<20 && c.Passes >= 1 && c.Passes <= 16 && c.Threads >= 1 && c.Threads <= 16
}

// file is the durable side of a Memory.
type file struct {
	path string
	cost Cost
	salt [saltSize]byte
	aead cipher.AEAD
	last []byte // the file as last read or written
	seen map[string]entry
}

// CreateFile makes an empty key file at path, readable by its owner only. An
// existing file is refused with FileExists.
func CreateFile(path string, passphrase []byte, cost Cost) (Store, error) {
	if len(passphrase) == 0 || len(passphrase) > 1024 {
		return nil, UnfitKey.New("passphrase")
	}
	if !cost.valid() {
		return nil, UnfitKey.New("cost")
	}
	f := &file{path: path, cost: cost}
	if _, err := rand.Read(f.salt[:]); err != nil {
		return nil, err
	}
	if err := f.unlock(passphrase); err != nil {
		return nil, err
	}
	release, err := lockFile(path + ".lock")
	if err != nil {
		return nil, CannotAccess.Because(err)
	}
	defer release()
	if _, err := os.Lstat(path); err == nil {
		return nil, FileExists.New()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, CannotAccess.Because(err)
	}
	if err := f.write(map[string]entry{}); err != nil {
		return nil, err
	}
	return f.store(map[string]entry{}), nil
}

// OpenFile opens a key file. It is refused when others can read it (TooOpen),
// when it is no key file (UnfitFile), and when the passphrase does not fit
// (WrongPassphrase). Keys are held in memory from then on; a key another
// process adds is found when it is first asked for.
func OpenFile(path string, passphrase []byte) (Store, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f := &file{path: path}
	if f.cost, f.salt, err = parseHeader(raw); err != nil {
		return nil, err
	}
	if err := f.unlock(passphrase); err != nil {
		return nil, err
	}
	entries, err := f.open(raw)
	if err != nil {
		return nil, err
	}
	return f.store(entries), nil
}

func (f *file) store(entries map[string]entry) Store {
	return &fileStore{Memory: &Memory{entries: entries, signers: map[string]*signer{}, load: f.reload, save: f.write}, f: f}
}

// unlock derives the file's key from the passphrase.
func (f *file) unlock(passphrase []byte) error {
	key := argon2.IDKey(passphrase, f.salt[:], uint32(f.cost.Passes), f.cost.MemoryKiB, f.cost.Threads, 32)
	block, err := aes.NewCipher(key)
	clear(key)
	if err != nil {
		return err
	}
	f.aead, err = cipher.NewGCM(block)
	return err
}

func parseHeader(raw []byte) (Cost, [saltSize]byte, error) {
	var salt [saltSize]byte
	switch {
	case len(raw) > MaxFile:
		return Cost{}, salt, UnfitFile.New("size")
	case len(raw) < headerSize+16 || string(raw[:8]) != magic:
		return Cost{}, salt, UnfitFile.New("header")
	case raw[8] != version:
		return Cost{}, salt, UnfitFile.New("version")
	}
	c := Cost{Threads: raw[9], Passes: binary.BigEndian.Uint16(raw[10:]), MemoryKiB: binary.BigEndian.Uint32(raw[12:])}
	if !c.valid() {
		return Cost{}, salt, UnfitFile.New("cost")
	}
	copy(salt[:], raw[16:])
	return c, salt, nil
}

func (f *file) header(nonce []byte) []byte {
	h := append([]byte(magic), version, f.cost.Threads)
	h = binary.BigEndian.AppendUint16(h, f.cost.Passes)
	h = binary.BigEndian.AppendUint32(h, f.cost.MemoryKiB)
	h = append(h, f.salt[:]...)
	return append(h, nonce...)
}

func (f *file) open(raw []byte) (map[string]entry, error) {
	plain, err := f.aead.Open(nil, raw[headerSize-nonceSize:headerSize], raw[headerSize:], raw[:headerSize])
	if err != nil {
		return nil, WrongPassphrase.New()
	}
	defer clear(plain)
	entries, err := decodeEntries(plain)
	if err != nil {
		return nil, err
	}
	f.last, f.seen = raw, entries
	return entries, nil
}

// reload reads the file again if it has changed.
func (f *file) reload() (map[string]entry, error) {
	raw, err := readFile(f.path)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(raw, f.last) {
		return f.seen, nil
	}
	cost, salt, err := parseHeader(raw)
	if err != nil {
		return nil, err
	}
	if cost != f.cost || salt != f.salt {
		return nil, WrongPassphrase.New() // another key file lies there now
	}
	return f.open(raw)
}

func (f *file) write(entries map[string]entry) (err error) {
	plain, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	defer clear(plain)
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	h := f.header(nonce)
	raw := f.aead.Seal(bytes.Clone(h), nonce, plain, h)
	if len(raw) > MaxFile {
		return UnfitKey.New("number of keys")
	}
	if err := replaceFile(f.path, raw); err != nil {
		return CannotAccess.Because(err)
	}
	f.last, f.seen = raw, entries
	return nil
}

// replaceFile puts content at path so that a crash leaves the old or the new.
func replaceFile(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	t, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(t.Name()))
		}
	}()
	_, err = t.Write(content)
	if err == nil {
		err = t.Sync()
	}
	if err = errors.Join(err, t.Close()); err != nil {
		return err
	}
	if err = os.Rename(t.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// readFile reads a whole key file after looking at its permissions.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, CannotAccess.Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, CannotAccess.Because(err)
	case !info.Mode().IsRegular():
		return nil, UnfitFile.New("not a regular file")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, TooOpen.New()
	}
	raw, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, CannotAccess.Because(err)
	}
	return raw, nil
}

// strictJSON decodes exactly one value without unknown fields.
func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}
