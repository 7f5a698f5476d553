package pdfsig

import "kado/jpki/verify"

func judge(file []byte, o verify.Options) *verify.Report {
	r := &verify.Report{Format: verify.PDF, Reason: verify.Unsupported, Detail: "the reader of documents is not built yet"}
	r.Conclude()
	return r
}
