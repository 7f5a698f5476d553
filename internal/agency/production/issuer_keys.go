package production

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strconv"
	"sync"

	"kado/internal/platform/keystore"
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
)

// signers are the record signers of one municipality: one issuing key, certified
// by both roots.
type signers struct {
	text, face       files.Issuer
	textKey, faceKey iso7816.KeyID // ids of the roots
	own              iso7816.KeyID // id of the issuing key
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
// two signatures by the roots and gives the same certificate every time.
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
	return s, nil
}

// Root implements IssuerKeys.
func (o *Office) Root(ctx context.Context) (RootKeys, error) {
	var out RootKeys
	for id, to := range map[string]*[]byte{textRootID: &out.Text, faceRootID: &out.Face} {
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
