package cms

import (
	"bytes"
	"errors"
	"testing"
)

// Attributes by hand: contentType id-data, messageDigest of one octet, signingTime.
var (
	contentTypeDER = []byte{0x30, 24, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3, 0x31, 11, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1}
	digestDER      = []byte{0x30, 16, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4, 0x31, 3, 4, 1, 0xAA}
	digest2DER     = []byte{0x30, 16, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4, 0x31, 3, 4, 1, 0xBB}
	emptyDER       = []byte{0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4, 0x31, 0}
	twoValuesDER   = []byte{0x30, 19, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4, 0x31, 6, 4, 1, 0xAA, 4, 1, 0xBB}
	otherTypeDER   = []byte{0x30, 24, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3, 0x31, 11, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2}
)

func timeDER(tag byte, text string) []byte {
	value := append([]byte{tag, byte(len(text))}, text...)
	set := append([]byte{0x31, byte(len(value))}, value...)
	body := append([]byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 5}, set...)
	return append([]byte{0x30, byte(len(body))}, body...)
}

func TestReadAttributes_OneSpelling(t *testing.T) {
	for name, c := range map[string]struct {
		parts [][]byte
		good  bool
	}{
		"good":                        {[][]byte{digestDER, contentTypeDER}, true},
		"order":                       {[][]byte{contentTypeDER, digestDER}, false},
		"twice the same":              {[][]byte{digestDER, digestDER, contentTypeDER}, false},
		"two digests":                 {[][]byte{digestDER, digest2DER, contentTypeDER}, false},
		"two values":                  {[][]byte{twoValuesDER, contentTypeDER}, false},
		"no value":                    {[][]byte{emptyDER, contentTypeDER}, false},
		"no digest":                   {[][]byte{contentTypeDER}, false},
		"no content type":             {[][]byte{digestDER}, false},
		"another content":             {[][]byte{digestDER, otherTypeDER}, false},
		"UTCTime":                     {[][]byte{digestDER, contentTypeDER, timeDER(0x17, "260401030000Z")}, true},
		"UTCTime offset":              {[][]byte{digestDER, contentTypeDER, timeDER(0x17, "260401030000+0900")}, false},
		"UTCTime short":               {[][]byte{digestDER, contentTypeDER, timeDER(0x17, "2604010300Z")}, false},
		"GeneralizedTime before 2050": {[][]byte{digestDER, contentTypeDER, timeDER(0x18, "20260401030000Z")}, false},
		"GeneralizedTime":             {[][]byte{digestDER, contentTypeDER, timeDER(0x18, "20510401030000Z")}, true},
		"time as string":              {[][]byte{digestDER, contentTypeDER, timeDER(0x0C, "260401030000Z")}, false},
	} {
		parts := c.parts
		if name != "order" {
			parts = sorted(parts)
		}
		sd := &SignedData{ContentType: oidData}
		err := sd.takeSigned(&Signer{attributes: bytes.Join(parts, nil)})
		if c.good != (err == nil) || err != nil && !errors.Is(err, &Error{Cause: Malformed}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func sorted(parts [][]byte) [][]byte {
	out := append([][]byte{}, parts...)
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if bytes.Compare(out[j], out[i]) < 0 {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}
