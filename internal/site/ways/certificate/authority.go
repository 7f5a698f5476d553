package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"kado/internal/server"
)

// The files of the sandbox's listener.
const (
	CAFile   = "mtls-ca.pem"
	certFile = "mtls.pem"
	keyFile  = "mtls-key.pem"
)

const (
	pairLife = 90 * 24 * time.Hour
	// renewBefore is how long before its end a certificate is made anew.
	renewBefore = 14 * 24 * time.Hour
)

// Pair returns the listener's certificate for a host, and makes it in a folder
// where it is missing, too old, or of another host. It is signed by a small CA that
// exists for this one signature: its key is thrown away, and it is limited to this
// machine's names and the host, so that whoever trusts its certificate (CAFile)
// trusts nothing else.
func Pair(dir, host string, now time.Time) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
	if err == nil && pair.Leaf != nil && pair.Leaf.VerifyHostname(host) == nil && now.After(pair.Leaf.NotBefore) && now.Add(renewBefore).Before(pair.Leaf.NotAfter) {
		if _, err := os.Stat(filepath.Join(dir, CAFile)); err == nil {
			return pair, nil
		}
	}
	ca, cert, key, err := makePair(host, now)
	if err != nil {
		return tls.Certificate{}, err
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
		mode       os.FileMode
	}{{keyFile, "PRIVATE KEY", key, 0o600}, {certFile, "CERTIFICATE", cert, 0o644}, {CAFile, "CERTIFICATE", ca, 0o644}} {
		if err := server.WriteFile(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der}), f.mode); err != nil {
			return tls.Certificate{}, server.CannotWrite.Because(err, f.name)
		}
	}
	return tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile))
}

// makePair makes a CA of one signature and a certificate, all DER.
func makePair(host string, now time.Time) (ca, cert, key []byte, err error) {
	names := []string{"localhost"}
	ips := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if ip := net.ParseIP(host); ip != nil && !ip.IsLoopback() {
		ips = append(ips, ip)
	} else if ip == nil && host != "localhost" {
		names = append(names, host)
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	var serials [2]*big.Int
	for i := range serials {
		if serials[i], err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
			return nil, nil, nil, err
		}
	}
	root := &x509.Certificate{SerialNumber: serials[0], Subject: pkix.Name{CommonName: "Kado sandbox, TLS of this machine"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(pairLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true, PermittedDNSDomains: names}
	for _, ip := range ips {
		bits := 8 * net.IPv6len
		if ip.To4() != nil {
			ip, bits = ip.To4(), 8*net.IPv4len
		}
		root.PermittedIPRanges = append(root.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
	}
	if ca, err = x509.CreateCertificate(rand.Reader, root, root, caKey.Public(), caKey); err != nil {
		return nil, nil, nil, err
	}
	leaf := &x509.Certificate{SerialNumber: serials[1], Subject: pkix.Name{CommonName: host}, NotBefore: root.NotBefore, NotAfter: root.NotAfter, DNSNames: names, IPAddresses: ips,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	parsed, err := x509.ParseCertificate(ca)
	if err != nil {
		return nil, nil, nil, err
	}
	if cert, err = x509.CreateCertificate(rand.Reader, leaf, parsed, own.Public(), caKey); err != nil {
		return nil, nil, nil, err
	}
	if key, err = x509.MarshalPKCS8PrivateKey(own); err != nil {
		return nil, nil, nil, err
	}
	return ca, cert, key, nil
}
