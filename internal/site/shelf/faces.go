package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"

	"kado/internal/agency/production/cardface"
	"kado/mynumber"
)

// maxFaces bounds the pictures kept; each takes some 150 kB.
const maxFaces = 200

// faces keeps the pictures of cards, since drawing one takes longer than anything
// else on these pages.
type faces struct {
	mu   sync.Mutex
	kept map[mynumber.CardID]face
}

type face struct {
	of  [32]byte // digest of what is printed
	png []byte
}

// picture draws the front of a card as production prints it; nil where nothing
// is printed on it.
func (s *Shelf) picture(ctx context.Context, id mynumber.CardID) ([]byte, error) {
	r, err := s.o.Records.Record(ctx, id)
	if err != nil || r.Face == nil {
		return nil, err
	}
	of := sha256.Sum256(fmt.Appendf(nil, "%+v", *r.Face))
	s.faces.mu.Lock()
	kept, ok := s.faces.kept[id]
	s.faces.mu.Unlock()
	if ok && kept.of == of {
		return kept.png, nil
	}
	if r, err = s.o.Records.Printed(ctx, id); err != nil || r.Face == nil {
		return nil, err
	}
	png, err := cardface.Front(*r.Face)
	if err != nil {
		return nil, err
	}
	s.faces.mu.Lock()
	defer s.faces.mu.Unlock()
	if len(s.faces.kept) >= maxFaces || s.faces.kept == nil {
		s.faces.kept = map[mynumber.CardID]face{}
	}
	s.faces.kept[id] = face{of, png}
	return png, nil
}

// blankCard is a card on which nothing is printed.
const blankCard = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 404"><rect x="2" y="2" width="636" height="400" rx="22" fill="#f8f8fb" stroke="#767676" stroke-width="3"/>` +
	`<rect x="60" y="150" width="96" height="80" rx="12" fill="#ffe380" stroke="#927200" stroke-width="3"/><path d="M60 190h96M108 150v80" stroke="#927200" stroke-width="3"/></svg>`

// servePicture answers with the face of a card.
func (s *Shelf) servePicture(w http.ResponseWriter, r *http.Request) {
	id, err := mynumber.ParseCardID(r.PathValue("card"))
	if err != nil {
		s.shell.Fault(w, r, NoReader.New())
		return
	}
	kind, body := "image/png", []byte(nil)
	if body, err = s.picture(r.Context(), id); err != nil {
		s.shell.Fault(w, r, err)
		return
	}
	if body == nil {
		kind, body = "image/svg+xml", []byte(blankCard)
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "private, no-cache") // the browser asks, and is told that nothing has changed
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body) // the reader went away
}
