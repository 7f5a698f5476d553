package cardtool

import (
	"strings"
	"time"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/verify"
)

// reasonTexts say each reason of a verification in a few words, and what to do.
var reasonTexts = map[verify.Reason]struct{ What, Cure lang.Text }{
	verify.Malformed:        {lang.Text{JA: "形が正しくありません", EN: "malformed"}, lang.Text{JA: "ファイルが壊れていないか、種類が合っているかを確かめ、もう一度受け取ってください。", EN: "Check that the file is whole and of the right kind, and get it again."}},
	verify.TooLarge:         {lang.Text{JA: "大きすぎます", EN: "too large"}, lang.Text{JA: "上限は docs/signatures.md にあります。小さく分けて署名してもらってください。", EN: "See docs/signatures.md for the limits, and have it signed in smaller parts."}},
	verify.NoSignature:      {lang.Text{JA: "署名がありません", EN: "there is no signature"}, lang.Text{JA: "署名されたファイルを指定してください。", EN: "Name the file that was signed."}},
	verify.Unsupported:      {lang.Text{JA: "対応していない方式です", EN: "not supported"}, lang.Text{JA: "対応する方式は docs/signatures.md にあります。その方式で署名してもらってください。", EN: "See docs/signatures.md for what is accepted, and have it signed that way."}},
	verify.WeakAlgorithm:    {lang.Text{JA: "今では使えない弱い方式です", EN: "weak algorithm"}, lang.Text{JA: "SHA-256以上と2048ビット以上の鍵で署名してもらってください。", EN: "Have it signed with SHA-256 or better and a key of 2,048 bits or more."}},
	verify.ContentMissing:   {lang.Text{JA: "署名された内容が渡されていません", EN: "the signed content was not given"}, lang.Text{JA: "署名されたファイルを --content（XML の外部参照は --reference）で渡してください。", EN: "Give the signed file with --content, or with --reference for XML."}},
	verify.ContentChanged:   {lang.Text{JA: "内容が署名されたものと違います", EN: "content changed"}, lang.Text{JA: "正しいファイルかを確かめてください。正しければ、署名のあとに変えられています。", EN: "Check that it is the right file. If it is, it was changed after it was signed."}},
	verify.NotAllSigned:     {lang.Text{JA: "見える内容の全部には署名されていません", EN: "the signature does not cover all that is shown"}, lang.Text{JA: "署名されていない部分を信用せず、全体に署名したものをもらってください。", EN: "Do not rely on the unsigned part; ask for a signature over the whole."}},
	verify.ChangedAfter:     {lang.Text{JA: "署名のあとの更新で内容が変えられています", EN: "an update after the signature changes what was signed"}, lang.Text{JA: "署名された版を取り出して見比べ、署名し直してもらってください。", EN: "Compare with the signed revision, and have it signed again."}},
	verify.BadSignature:     {lang.Text{JA: "署名の値が正しくありません", EN: "bad signature"}, lang.Text{JA: "この文書を信用せず、もう一度受け取ってください。", EN: "Do not rely on the document, and get it again."}},
	verify.WrongSigner:      {lang.Text{JA: "別の証明書を指して署名されています", EN: "signed with reference to another certificate"}, lang.Text{JA: "証明書が差し替えられています。この文書を信用しないでください。", EN: "The certificate was exchanged. Do not rely on the document."}},
	verify.NoSigner:         {lang.Text{JA: "署名者の証明書が付いていません", EN: "the signer's certificate is missing"}, lang.Text{JA: "証明書を付けて署名してもらってください。署名の値だけのときは --cert で渡してください。", EN: "Have it signed with the certificate, or give it with --cert for a bare value."}},
	verify.NotBound:         {lang.Text{JA: "署名が証明書をハッシュで特定していません", EN: "the certificate is not named by hash"}, lang.Text{JA: "それで構わなければ --allow-unbound を付けてください。", EN: "Add --allow-unbound if that is good enough for you."}},
	verify.AmbiguousContent: {lang.Text{JA: "何に署名したのかが一通りに決まりません", EN: "what was signed can be read in two ways"}, lang.Text{JA: "細工の疑いがあります。この文書を信用しないでください。", EN: "This is how documents are forged. Do not rely on it."}},
	verify.BadTimeStamp:     {lang.Text{JA: "タイムスタンプが正しくないか、信用していない発行元のものです", EN: "bad time-stamp, or by an authority that is not trusted"}, lang.Text{JA: "信用する発行元の証明書を --tsa-cert で渡してください。渡していれば、このタイムスタンプを信用しないでください。", EN: "Give the authority's certificate with --tsa-cert; if you did, do not rely on the time-stamp."}},

	verify.CertMalformed:   {lang.Text{JA: "証明書の形が正しくありません", EN: "the certificate is malformed"}, lang.Text{JA: "公的個人認証の証明書で署名してもらってください。", EN: "Have it signed with a JPKI certificate."}},
	verify.CertIsAuthority: {lang.Text{JA: "認証局の証明書で署名されています", EN: "signed with a CA certificate"}, lang.Text{JA: "本人の証明書で署名してもらってください。", EN: "Have it signed with a holder's certificate."}},
	verify.CertWrongCA:     {lang.Text{JA: "信用している認証局の証明書ではありません", EN: "not by a CA that is trusted for it"}, lang.Text{JA: "--ca と --kind が合っているか、すべての世代の認証局を渡したかを確かめてください。", EN: "Check --ca and --kind, and that every generation of the CA was given."}},
	verify.CertAlgorithm:   {lang.Text{JA: "証明書の方式が、認証局の世代のものと違います", EN: "the certificate's algorithm is not that of its CA generation"}, lang.Text{JA: "偽の証明書のおそれがあります。この文書を信用しないでください。", EN: "The certificate may be forged. Do not rely on the document."}},
	verify.CertBadSign:     {lang.Text{JA: "証明書への認証局の署名が正しくありません", EN: "the CA did not sign the certificate"}, lang.Text{JA: "偽の証明書です。この文書を信用しないでください。", EN: "The certificate is forged. Do not rely on the document."}},
	verify.CertPolicy:      {lang.Text{JA: "証明書の種類（ポリシー）が違います", EN: "wrong certificate policy"}, lang.Text{JA: "--kind で求めた種類の証明書で署名してもらってください。", EN: "Have it signed with a certificate of the kind that --kind asks for."}},
	verify.CertUsage:       {lang.Text{JA: "証明書の鍵の使い道が違います", EN: "wrong key usage"}, lang.Text{JA: "署名用の証明書で署名してもらってください。", EN: "Have it signed with a certificate that is for signing."}},
	verify.CertNotYet:      {lang.Text{JA: "証明書がまだ有効期間に入っていません", EN: "the certificate is not yet valid"}, lang.Text{JA: "--at と時計が正しいかを確かめてください。", EN: "Check --at and the clock."}},
	verify.CertExpired:     {lang.Text{JA: "証明書の有効期間が過ぎています", EN: "the certificate has expired"}, lang.Text{JA: "更新した証明書で署名し直してもらってください。", EN: "Have it signed again with a renewed certificate."}},
	verify.CertOutlivesCA:  {lang.Text{JA: "証明書の有効期間が認証局より長くなっています", EN: "the certificate outlives its CA"}, lang.Text{JA: "正しく発行された証明書ではありません。信用しないでください。", EN: "It was not issued properly. Do not rely on it."}},
	verify.CertRevoked:     {lang.Text{JA: "証明書は失効しています", EN: "the certificate is revoked"}, lang.Text{JA: "新しい証明書で署名し直してもらってください。", EN: "Have it signed again with a new certificate."}},
	verify.CertOnHold:      {lang.Text{JA: "証明書は一時停止されています", EN: "the certificate is suspended"}, lang.Text{JA: "本人に確かめ、停止が解かれてから確かめ直してください。", EN: "Ask the holder, and verify again when the suspension is lifted."}},
	verify.CertUnknown:     {lang.Text{JA: "認証局の知らない証明書です", EN: "the CA does not know the certificate"}, lang.Text{JA: "信用せず、発行元に問い合わせてください。", EN: "Do not rely on it, and ask the issuer."}},

	verify.NoRevocationData:  {lang.Text{JA: "失効情報が渡されていません", EN: "no revocation data was given"}, lang.Text{JA: "--crl か --ocsp で渡してください。", EN: "Give it with --crl or --ocsp."}},
	verify.BadRevocationData: {lang.Text{JA: "失効情報が使えません", EN: "the revocation data are of no use"}, lang.Text{JA: "その時点の、その認証局の、その証明書についての失効情報を取り直してください。", EN: "Get revocation data of that CA about that certificate and for that time."}},
	verify.NoTrust:           {lang.Text{JA: "認証局の証明書が渡されていません", EN: "no CA certificate was given"}, lang.Text{JA: "信用する認証局の証明書を --ca で渡してください。", EN: "Give the certificates of the CAs you trust with --ca."}},
	verify.NoProofOfTime:     {lang.Text{JA: "証明書はその後期限切れとなり、署名がそれより前だという証明がありません", EN: "the certificate has expired since, and nothing proves that the signature is older"}, lang.Text{JA: "タイムスタンプの付いた署名をもらうか、発行元の証明書を --tsa-cert で渡してください。", EN: "Ask for a signature with a time-stamp, or give its authority with --tsa-cert."}},
}

// ReasonText says a reason in a few words; the zero text for NoReason.
func ReasonText(r verify.Reason) lang.Text { return reasonTexts[r].What }

// CureText says what to do about a reason.
func CureText(r verify.Reason) lang.Text { return reasonTexts[r].Cure }

// ChecksOf are the checks of one signature for people: what was found, for which
// instant, with which evidence. A check that was not made is there, too.
func ChecksOf(s *verify.Signature, leftOut []Part) []Check {
	var out []Check
	made := map[string]bool{}
	for _, c := range s.Checks {
		if made[c.Name] && c.Holds {
			continue // a PDF document has a form, and so has the value in it
		}
		made[c.Name] = true
		out = append(out, checkOfReport(s, c))
	}
	for _, p := range []Part{PartChain, PartStatus} {
		left := false
		for _, l := range leftOut {
			left = left || l == p
		}
		if made[string(p)] || left {
			continue
		}
		c := Check{Name: string(p)}
		why := lang.Text{JA: "署名そのものが成り立ちません", EN: "the signature itself does not hold"}
		if made[string(PartChain)] {
			why = lang.Text{JA: "どの認証局の失効情報を見るかを知るため、連鎖が成り立つことが必要です", EN: "needs a chain that holds, to know whose revocation data count"}
		}
		c.ends(NotChecked, why)
		out = append(out, c)
	}
	return out
}

func checkOfReport(s *verify.Signature, k verify.Check) Check {
	c := Check{Name: k.Name, State: Holds}
	if !k.Holds {
		state := Fails
		if k.Reason.Verdict() == verify.Indeterminate {
			state = NotChecked
		}
		why := ReasonText(k.Reason)
		if k.Detail != "" && k.Detail != why.EN {
			why.EN += ": " + k.Detail
		}
		c.ends(state, why)
	}
	switch k.Name {
	case string(PartChain), string(PartStatus):
		c.At = s.CheckedAt.UTC().Format(time.RFC3339)
	}
	for _, e := range s.Evidence {
		text := evidenceText(e)
		switch {
		case k.Name == string(PartStatus) && (e.Kind == "ocsp" || e.Kind == "crl"),
			k.Name == "time" && e.Kind == "time-stamp", k.Name == string(PartChain) && e.Kind == "ca":
			c.rests(text)
		}
	}
	if k.Holds && k.Name == "signer" && k.Detail != "" && strings.HasPrefix(k.Detail, "not named") {
		c.rests(lang.Text{JA: "証明書はハッシュで特定されていません", EN: "the certificate is not named by hash"})
	}
	return c
}

// evidenceText names a piece of evidence and what it says.
func evidenceText(e verify.Evidence) lang.Text {
	name := same(e.Name)
	if e.Name == "" {
		name = map[string]lang.Text{
			"ocsp": {JA: "文書に付いている OCSP の応答", EN: "OCSP answer in the document"},
			"crl":  {JA: "文書に付いている失効リスト", EN: "revocation list in the document"},
		}[e.Kind]
	}
	switch e.Kind {
	case "ca":
		return filled(lang.Text{JA: "認証局 %s", EN: "CA %s"}, e.Name)
	case "time-stamp":
		return filled(lang.Text{JA: "%s（発行元 %s）", EN: "%s by %s"}, e.Time.UTC().Format(time.RFC3339), stampName(e))
	}
	says := same(e.Says)
	for status, ja := range statusNames {
		if rest, ok := strings.CutPrefix(e.Says, status.String()); ok && status != jpki.Unavailable {
			rest = strings.NewReplacer(", after the time-stamp", "、タイムスタンプより後", " (", "（", ", ", "、", ")", "）").Replace(rest)
			says.JA = ja + rest
		}
	}
	if strings.HasPrefix(e.Says, "not usable") {
		says.JA = statusNames[jpki.Unavailable]
	}
	return lang.Text{JA: name.JA + "：" + says.JA, EN: name.EN + ": " + says.EN}
}

// stampName is the authority of a time-stamp.
func stampName(e verify.Evidence) lang.Text {
	if e.Name == "" {
		return lang.Text{JA: "不明", EN: "an unknown authority"}
	}
	return same(e.Name)
}
