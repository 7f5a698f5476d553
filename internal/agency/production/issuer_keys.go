package production

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strconv"
	"sync"
	"time"

	"kado/internal/platform/keystore"
	"kado/internal/platform/vault/sealed"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// The record signers. Key ids have the form seen on cards; their numbers begin
// with 69 where real ones begin with 50 and test cards with 60, so that nothing
// can be taken for either.
const (
	textRootID = "records-text-root"
	faceRootID = "records-face-root"
	textRootNo = 6900033
	faceRootNo = 6900023

	// At master level a third root certifies the issuing key through an
	// intermediate CA.
	masterRootID   = "records-master-root"
	intermediateID = "records-intermediate"
	masterRootNo   = 6900010
	intermediateNo = 6900020
)

// signers are the record signers of one municipality: one issuing key, certified
// by both roots.
type signers struct {
	text, face       files.Issuer
	textKey, faceKey iso7816.KeyID // ids of the roots
	own              iso7816.KeyID // id of the issuing key
	master           masterChain
}

// masterChain is the chain at master level: what F7, F8 and 7F21 hold.
type masterChain struct {
	intermediate    iso7816.KeyID
	intermediateCVC []byte // contents without the outer tag, as cards have it
	lowerCVC        []byte // of the issuing key
}

func (o *Office) rsaKey(ctx context.Context, id string) (crypto.Signer, *rsa.PublicKey, error) {
	k, err := o.Keys.Signer(ctx, id)
	if keystore.UnknownKey.Is(err) {
		k, err = o.Keys.CreateSigner(ctx, id, keystore.RSA2048)
		if keystore.KeyExists.Is(err) { // another process was faster
			k, err = o.Keys.Signer(ctx, id)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	pub, ok := k.Public().(*rsa.PublicKey)
	if !ok {
		return nil, nil, fmt.Errorf("production: key %s is no RSA key", id)
	}
	return k, pub, nil
}

// signerCache keeps the certified signers of municipalities: certifying costs
// four signatures and gives the same certificate every time.
type signerCache struct {
	mu sync.Mutex
	of map[mynumber.MunicipalityCode]signers
}

// signers returns the municipality's record signers, made when first needed.
func (o *Office) signers(ctx context.Context, m mynumber.MunicipalityCode) (signers, error) {
	o.made.mu.Lock()
	defer o.made.mu.Unlock()
	if s, ok := o.made.of[m]; ok {
		return s, nil
	}
	s, err := o.certify(ctx, m)
	if err != nil {
		return signers{}, err
	}
	if o.made.of == nil {
		o.made.of = map[mynumber.MunicipalityCode]signers{}
	}
	o.made.of[m] = s
	return s, nil
}

func (o *Office) certify(ctx context.Context, m mynumber.MunicipalityCode) (signers, error) {
	var s signers
	key, pub, err := o.rsaKey(ctx, "records-issuing-"+string(m))
	if err != nil {
		return s, err
	}
	code, err := strconv.Atoi(string(m))
	if err != nil {
		return s, fmt.Errorf("production: municipality %s: %w", m, err)
	}
	if s.own, err = iso7816.NewKeyID(code*100+21, 0); err != nil {
		return s, err
	}
	for _, r := range []struct {
		id     string
		number int
		keyID  *iso7816.KeyID
		issuer *files.Issuer
	}{
		{textRootID, textRootNo, &s.textKey, &s.text},
		{faceRootID, faceRootNo, &s.faceKey, &s.face},
	} {
		root, _, err := o.rsaKey(ctx, r.id)
		if err != nil {
			return s, err
		}
		if *r.keyID, err = iso7816.NewKeyID(r.number, 0); err != nil {
			return s, err
		}
		cvc, err := iso7816.CreateCVC(*r.keyID, s.own, pub, root)
		if err != nil {
			return s, err
		}
		*r.issuer = files.Issuer{Key: key, CVC: cvc}
	}
	s.master, err = o.masterChain(ctx, s.own, pub)
	return s, err
}

// masterChain certifies an issuing key at master level.
func (o *Office) masterChain(ctx context.Context, own iso7816.KeyID, pub *rsa.PublicKey) (masterChain, error) {
	var c masterChain
	root, _, err := o.rsaKey(ctx, masterRootID)
	if err != nil {
		return c, err
	}
	rootID, err := iso7816.NewKeyID(masterRootNo, 0)
	if err != nil {
		return c, err
	}
	key, intermediate, err := o.rsaKey(ctx, intermediateID)
	if err != nil {
		return c, err
	}
	if c.intermediate, err = iso7816.NewKeyID(intermediateNo, 0); err != nil {
		return c, err
	}
	cvc, err := iso7816.CreateCVC(rootID, c.intermediate, intermediate, root)
	if err != nil {
		return c, err
	}
	template, _, err := iso7816.ReadTLV(cvc)
	if err != nil {
		return c, err
	}
	c.intermediateCVC = template.Value
	c.lowerCVC, err = iso7816.CreateCVC(c.intermediate, own, pub, key)
	return c, err
}

// Root implements IssuerKeys.
func (o *Office) Root(ctx context.Context) (RootKeys, error) {
	var out RootKeys
	for id, to := range map[string]*[]byte{textRootID: &out.Text, faceRootID: &out.Face, masterRootID: &out.Master} {
		_, pub, err := o.rsaKey(ctx, id)
		if err != nil {
			return RootKeys{}, err
		}
		if *to, err = x509.MarshalPKIXPublicKey(pub); err != nil {
			return RootKeys{}, err
		}
	}
	return out, nil
}

// Announce implements IssuerKeys.
func (o *Office) Announce(ctx context.Context, site string, key []byte, notAfter time.Time) (sealed.Announcement, error) {
	root, _, err := o.rsaKey(ctx, textRootID)
	if err != nil {
		return sealed.Announcement{}, err
	}
	return sealed.Announce(root, site, key, notAfter)
}
