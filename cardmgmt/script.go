package cardmgmt

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"kado/cardmgmt/layout"
)

// MaxScript is the largest script in bytes.
const MaxScript = 64 << 10

// MaxFile is the largest content of one file: offsets have 15 bits.
const MaxFile = 1 << 15

// scriptVersion is the first byte of every script.
const scriptVersion = 0x01

// ErrScript is wrapped by every error about a script's form.
var ErrScript = errors.New("cardmgmt: malformed script")

// Script is the list of what one act is to do. The chip applies all of it or
// nothing.
type Script []Item

// Item is one of WriteFile, LoadReference, LoadWrappedKey, GenerateKeyItem,
// UseKey, DeleteKeyItem, ListPIN, ListFile, InstallAppletItem and
// RemoveAppletItem.
type Item interface {
	tag() byte
	appendValue(dst []byte) []byte
	check() error
	// target is what the item speaks of; a script names no target twice.
	target() target
}

type target struct {
	file bool
	app  layout.Application
	id   uint16
}

// Item tags.
const (
	tagWriteFile byte = iota + 1
	tagLoadReference
	tagLoadWrappedKey
	tagGenerateKey
	tagUseKey
	tagDeleteKey
	tagListPIN
	tagListFile
	tagInstallApplet
	tagRemoveApplet
)

// WriteFile gives a file (or a data object at master level) its whole content,
// filler included.
type WriteFile struct {
	Application layout.Application
	File        layout.FileID
	Content     []byte // 1 to MaxFile bytes
}

// LoadReference sets a value that the holder does not choose: verification
// numbers A and B and the birth-date PIN.
type LoadReference struct {
	Application layout.Application
	Reference   layout.Reference
	Tries       int    // 1 to 15
	Value       []byte // 1 to 16 bytes
}

// LoadWrappedKey brings a private key encrypted to this chip (WrapKey).
type LoadWrappedKey struct {
	Application layout.Application
	Reference   layout.Reference
	Ciphertext  []byte
}

// GenerateKeyItem has a key born on the chip: current at once in Personalise,
// beside the current one in GenerateKey.
type GenerateKeyItem struct {
	Application layout.Application
	Reference   layout.Reference
	Type        KeyType
}

// UseKey makes the key born beside the current one the current one, if it is
// the one with this digest (PublicKeyDigest).
type UseKey struct {
	Application layout.Application
	Reference   layout.Reference
	Digest      [DigestLen]byte
}

// DeleteKeyItem erases a key, the key beside it, and its certificates.
type DeleteKeyItem struct {
	Application layout.Application
	Reference   layout.Reference
}

// ListPIN names a PIN to be typed by the holder (Activate, InitialisePIN,
// ReleasePINs) or to be locked (LockPINs).
type ListPIN struct {
	Application layout.Application
	Reference   layout.Reference
}

// ListFile names a file to be inspected.
type ListFile struct {
	Application layout.Application
	File        layout.FileID
}

// String of a value-bearing item shows no value.
func (i WriteFile) String() string {
	return fmt.Sprintf("write %v file %04X, %d bytes", i.Application, uint16(i.File), len(i.Content))
}

// String shows no value.
func (i LoadReference) String() string {
	return fmt.Sprintf("load %v reference %02X, %d tries", i.Application, byte(i.Reference), i.Tries)
}

// String shows no ciphertext.
func (i LoadWrappedKey) String() string {
	return fmt.Sprintf("load %v key %02X", i.Application, byte(i.Reference))
}

// GoString shows no value.
func (i WriteFile) GoString() string { return i.String() }

// GoString shows no value.
func (i LoadReference) GoString() string { return i.String() }

// GoString shows no ciphertext.
func (i LoadWrappedKey) GoString() string { return i.String() }

func (WriteFile) tag() byte       { return tagWriteFile }
func (LoadReference) tag() byte   { return tagLoadReference }
func (LoadWrappedKey) tag() byte  { return tagLoadWrappedKey }
func (GenerateKeyItem) tag() byte { return tagGenerateKey }
func (UseKey) tag() byte          { return tagUseKey }
func (DeleteKeyItem) tag() byte   { return tagDeleteKey }
func (ListPIN) tag() byte         { return tagListPIN }
func (ListFile) tag() byte        { return tagListFile }

func fileTarget(a layout.Application, f layout.FileID) target { return target{true, a, uint16(f)} }
func refTarget(a layout.Application, r layout.Reference) target {
	return target{false, a, uint16(r)}
}

func (i WriteFile) target() target       { return fileTarget(i.Application, i.File) }
func (i LoadReference) target() target   { return refTarget(i.Application, i.Reference) }
func (i LoadWrappedKey) target() target  { return refTarget(i.Application, i.Reference) }
func (i GenerateKeyItem) target() target { return refTarget(i.Application, i.Reference) }
func (i UseKey) target() target          { return refTarget(i.Application, i.Reference) }
func (i DeleteKeyItem) target() target   { return refTarget(i.Application, i.Reference) }
func (i ListPIN) target() target         { return refTarget(i.Application, i.Reference) }
func (i ListFile) target() target        { return fileTarget(i.Application, i.File) }

func appendFile(dst []byte, a layout.Application, f layout.FileID) []byte {
	return append(dst, byte(a), byte(f>>8), byte(f))
}

func (i WriteFile) appendValue(dst []byte) []byte {
	return append(appendFile(dst, i.Application, i.File), i.Content...)
}

func (i LoadReference) appendValue(dst []byte) []byte {
	return append(append(dst, byte(i.Application), byte(i.Reference), byte(i.Tries)), i.Value...)
}

func (i LoadWrappedKey) appendValue(dst []byte) []byte {
	return append(append(dst, byte(i.Application), byte(i.Reference)), i.Ciphertext...)
}

// The type is left out for RSA: the spelling of the first version.
func (i GenerateKeyItem) appendValue(dst []byte) []byte {
	dst = append(dst, byte(i.Application), byte(i.Reference))
	if i.Type != RSA2048 {
		dst = append(dst, byte(i.Type))
	}
	return dst
}

func (i UseKey) appendValue(dst []byte) []byte {
	return append(append(dst, byte(i.Application), byte(i.Reference)), i.Digest[:]...)
}

func (i DeleteKeyItem) appendValue(dst []byte) []byte {
	return append(dst, byte(i.Application), byte(i.Reference))
}

func (i ListPIN) appendValue(dst []byte) []byte {
	return append(dst, byte(i.Application), byte(i.Reference))
}

func (i ListFile) appendValue(dst []byte) []byte { return appendFile(dst, i.Application, i.File) }

func checkApplication(a layout.Application) error {
	if !a.Valid() {
		return fmt.Errorf("%w: no %v", ErrScript, a)
	}
	return nil
}

func checkRef(a layout.Application, r layout.Reference) error {
	if a == layout.Master || r < 0x01 || r > 0x1E {
		return fmt.Errorf("%w: reference %02X of %v", ErrScript, byte(r), a)
	}
	return checkApplication(a)
}

func checkLen(what string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%w: %s of %d bytes", ErrScript, what, n)
	}
	return nil
}

func (i WriteFile) check() error {
	if err := checkApplication(i.Application); err != nil {
		return err
	}
	return checkLen("file", len(i.Content), 1, MaxFile)
}

func (i LoadReference) check() error {
	if i.Tries < 1 || i.Tries > 15 {
		return fmt.Errorf("%w: %d tries", ErrScript, i.Tries)
	}
	if err := checkLen("reference value", len(i.Value), 1, 16); err != nil {
		return err
	}
	return checkRef(i.Application, i.Reference)
}

func (i LoadWrappedKey) check() error {
	if err := checkLen("wrapped key", len(i.Ciphertext), 1, MaxWrappedKey); err != nil {
		return err
	}
	return checkRef(i.Application, i.Reference)
}

func (i GenerateKeyItem) check() error {
	if !i.Type.Valid() {
		return fmt.Errorf("%w: %v", ErrScript, i.Type)
	}
	return checkRef(i.Application, i.Reference)
}
func (i UseKey) check() error        { return checkRef(i.Application, i.Reference) }
func (i DeleteKeyItem) check() error { return checkRef(i.Application, i.Reference) }
func (i ListPIN) check() error       { return checkRef(i.Application, i.Reference) }
func (i ListFile) check() error      { return checkApplication(i.Application) }

// Encode writes the script: a version byte, then for each item one byte of
// tag, two of length, and the value. The empty script is the version byte
// alone. Errors wrap ErrScript.
func (s Script) Encode() ([]byte, error) {
	out := []byte{scriptVersion}
	seen := map[target]bool{}
	for _, item := range s {
		if item == nil {
			return nil, fmt.Errorf("%w: nil item", ErrScript)
		}
		if err := item.check(); err != nil {
			return nil, err
		}
		if seen[item.target()] {
			return nil, fmt.Errorf("%w: one target named twice", ErrScript)
		}
		seen[item.target()] = true
		out = append(out, item.tag(), 0, 0)
		head := len(out)
		out = item.appendValue(out)
		n := len(out) - head
		out[head-2], out[head-1] = byte(n>>8), byte(n)
		if len(out) > MaxScript {
			return nil, fmt.Errorf("%w: over %d bytes", ErrScript, MaxScript)
		}
	}
	return out, nil
}

// ParseScript reads what Encode writes and nothing else: encoding the result
// gives the same bytes. Contents alias b.
func ParseScript(b []byte) (Script, error) {
	if len(b) == 0 || b[0] != scriptVersion {
		return nil, fmt.Errorf("%w: version", ErrScript)
	}
	if len(b) > MaxScript {
		return nil, fmt.Errorf("%w: over %d bytes", ErrScript, MaxScript)
	}
	script := Script{}
	seen := map[target]bool{}
	for b = b[1:]; len(b) > 0; {
		if len(b) < 3 {
			return nil, fmt.Errorf("%w: half an item", ErrScript)
		}
		n := int(b[1])<<8 | int(b[2])
		if len(b)-3 < n {
			return nil, fmt.Errorf("%w: an item announces %d bytes, %d are there", ErrScript, n, len(b)-3)
		}
		item, err := parseItem(b[0], b[3:3+n:3+n])
		if err != nil {
			return nil, err
		}
		if err := item.check(); err != nil {
			return nil, err
		}
		if seen[item.target()] {
			return nil, fmt.Errorf("%w: one target named twice", ErrScript)
		}
		seen[item.target()] = true
		script = append(script, item)
		b = b[3+n:]
	}
	return script, nil
}

func parseItem(tag byte, v []byte) (Item, error) {
	// The shortest value of each tag, and whether more may follow.
	least := map[byte]int{tagWriteFile: 4, tagLoadReference: 4, tagLoadWrappedKey: 3, tagGenerateKey: 2,
		tagUseKey: 2 + DigestLen, tagDeleteKey: 2, tagListPIN: 2, tagListFile: 3,
		tagInstallApplet: appletHead + 1, tagRemoveApplet: 1 + minAID}[tag]
	open := tag == tagWriteFile || tag == tagLoadReference || tag == tagLoadWrappedKey || tag >= tagInstallApplet
	typed := tag == tagGenerateKey && len(v) == 3 && v[2] != byte(RSA2048)
	if least == 0 || len(v) < least || (len(v) > least && !open && !typed) {
		return nil, fmt.Errorf("%w: tag %02X with %d bytes", ErrScript, tag, len(v))
	}
	app, ref, file := layout.Application(v[0]), layout.Reference(v[1]), layout.FileID(0)
	if len(v) > 2 {
		file = layout.FileID(v[1])<<8 | layout.FileID(v[2])
	}
	switch tag {
	case tagInstallApplet:
		applet, record, err := ParseApplet(v)
		return InstallAppletItem{applet, record}, err
	case tagRemoveApplet:
		return RemoveAppletItem{app, v[1:]}, nil
	case tagWriteFile:
		return WriteFile{app, file, v[3:]}, nil
	case tagLoadReference:
		return LoadReference{app, ref, int(v[2]), v[3:]}, nil
	case tagLoadWrappedKey:
		return LoadWrappedKey{app, ref, v[2:]}, nil
	case tagGenerateKey:
		i := GenerateKeyItem{Application: app, Reference: ref}
		if typed {
			i.Type = KeyType(v[2])
		}
		return i, nil
	case tagUseKey:
		return UseKey{app, ref, [DigestLen]byte(v[2:])}, nil
	case tagDeleteKey:
		return DeleteKeyItem{app, ref}, nil
	case tagListPIN:
		return ListPIN{app, ref}, nil
	default:
		return ListFile{app, file}, nil
	}
}

// Digest is the SHA-256 of an encoded script.
func Digest(script []byte) [DigestLen]byte { return sha256.Sum256(script) }
