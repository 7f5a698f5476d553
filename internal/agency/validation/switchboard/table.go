package switchboard

import "kado/internal/platform/lang"

// Fault is one way to misbehave.
type Fault struct {
	Name   string
	Does   lang.Text // what the responder does
	Client lang.Text // what a correct client does
	// Told is what jpki/ocsp.Check and the login office conclude about a
	// certificate that is good: the name of a jpki.Status.
	Told string
	// OpenSSL is what "openssl ocsp" does with its defaults.
	OpenSSL string
	Lists   bool // also on revocation lists

	alter func(*exchange) error
}

// Faults is the whole table. Its names are part of the interface.
var Faults = []Fault{
	{Name: "slow", Lists: true, Told: "good", OpenSSL: "waits; with -timeout it gives up", alter: (*exchange).slow,
		Does:   lang.Text{JA: "正しい応答を、30秒遅らせて返します。", EN: "Gives the right answer after 30 seconds."},
		Client: lang.Text{JA: "自分の時間切れ（数秒）で待つのをやめ、応答なしとして扱います。応答なしは拒否です。", EN: "Gives up after its own few seconds and treats it as no answer, which means refusal."}},
	{Name: "try-later", Lists: true, Told: "unavailable", OpenSSL: "Responder Error: trylater (3)", alter: (*exchange).tryLater,
		Does:   lang.Text{JA: "OCSP の tryLater を返します（失効リストは HTTP 503）。", EN: "Answers tryLater (a list: HTTP 503)."},
		Client: lang.Text{JA: "時間をおいて数回だけ尋ね直し、それまでは拒否します。", EN: "Asks again a few times with pauses; refuses until then."}},
	{Name: "stale-this-update", Told: "stale", OpenSSL: "accepts; refuses with -status_age", alter: (*exchange).staleThisUpdate,
		Does:   lang.Text{JA: "8日前の thisUpdate で、nextUpdate のない応答に署名します。", EN: "Signs an answer of eight days ago without nextUpdate."},
		Client: lang.Text{JA: "nextUpdate のない応答の古さに自分で上限を設け、古いものは拒否します。", EN: "Bounds the age of answers without nextUpdate by itself and refuses old ones."}},
	{Name: "past-next-update", Lists: true, Told: "stale", OpenSSL: "WARNING: Status times invalid", alter: (*exchange).pastNextUpdate,
		Does:   lang.Text{JA: "nextUpdate が前日の応答（一覧）に署名します。", EN: "Signs an answer or list whose nextUpdate was yesterday."},
		Client: lang.Text{JA: "古いものとして拒否し、新しいものを取りに行きます。", EN: "Refuses it as stale and fetches another."}},
	{Name: "skewed-clock", Lists: true, Told: "stale", OpenSSL: "WARNING: Status times invalid", alter: (*exchange).skewedClock,
		Does:   lang.Text{JA: "2時間進んだ時計で応答（一覧）に署名します。", EN: "Signs with a clock that is two hours ahead."},
		Client: lang.Text{JA: "許すずれ（1分ほど）を超えていれば拒否します。", EN: "Tolerates a minute or so and refuses more."}},
	{Name: "wrong-responder", Told: "unavailable", OpenSSL: "Response Verify Failure", alter: (*exchange).wrongResponder,
		Does:   lang.Text{JA: "もう一方の認証局の応答者が署名します。", EN: "The responder of the other authority signs."},
		Client: lang.Text{JA: "その証明書を発行した認証局から任された応答者でなければ拒否します。", EN: "Refuses a responder to which the certificate's own CA did not delegate."}},
	{Name: "wrong-key", Lists: true, Told: "unavailable", OpenSSL: "Response Verify Failure", alter: (*exchange).wrongKey,
		Does:   lang.Text{JA: "正しい応答者を名乗りながら、別の鍵で署名します（一覧は署名を壊します）。", EN: "Names the right responder and signs with another key (a list: a broken signature)."},
		Client: lang.Text{JA: "署名を確かめて拒否します。", EN: "Checks the signature and refuses."}},
	{Name: "unknown", Told: "unknown", OpenSSL: "prints unknown, exit code 0", alter: (*exchange).unknown,
		Does:   lang.Text{JA: "有効な証明書について、知らない（unknown）と答えます。", EN: "Says unknown of a certificate that is good."},
		Client: lang.Text{JA: "有効とは扱わず、拒否します。失効とも扱いません。", EN: "Takes it neither for good nor for revoked, and refuses."}},
	{Name: "truncated", Lists: true, Told: "unavailable", OpenSSL: "Error querying OCSP responder", alter: (*exchange).truncated,
		Does:   lang.Text{JA: "応答（一覧）を半分で切ります。長さの表示も半分です。", EN: "Cuts the answer or list in half; its stated length is the half's."},
		Client: lang.Text{JA: "読めないものとして拒否します。途中までを信じません。", EN: "Refuses what cannot be read to its end."}},
	{Name: "disagreement", Told: "revoked", OpenSSL: "prints what OCSP says; sees no list", alter: (*exchange).disagreement,
		Does:   lang.Text{JA: "OCSP だけが、失効リストと逆のことを答えます。", EN: "OCSP alone says the contrary of the revocation list."},
		Client: lang.Text{JA: "両方を見る場合は、悪いほうを採ります。どちらか一方しか見ない場合は気づけません。", EN: "Takes the worse where it looks at both; where it looks at one, it cannot notice."}},
	{Name: "expired-responder", Told: "unavailable", OpenSSL: "Response Verify Failure (certificate has expired)", alter: (*exchange).expiredResponder,
		Does:   lang.Text{JA: "期限の切れた応答者の証明書を添えて署名します。", EN: "Signs under a responder certificate that has expired."},
		Client: lang.Text{JA: "応答者の証明書の期限も確かめて拒否します。", EN: "Checks the responder certificate's dates too, and refuses."}},
	{Name: "dropped", Lists: true, Told: "unavailable", OpenSSL: "Error querying OCSP responder", alter: (*exchange).dropped,
		Does:   lang.Text{JA: "何も答えずに接続を切ります。", EN: "Closes the connection without an answer."},
		Client: lang.Text{JA: "応答なしとして扱い、別の経路で尋ね直すか、拒否します。", EN: "Treats it as no answer: asks again or refuses."}},
	{Name: "malformed", Lists: true, Told: "unavailable", OpenSSL: "Error querying OCSP responder", alter: (*exchange).malformed,
		Does:   lang.Text{JA: "正しい長さの、DER ではないバイト列を返します。", EN: "Gives octets of the right length that are no DER."},
		Client: lang.Text{JA: "落ちずに、読めないものとして拒否します。", EN: "Survives, and refuses what it cannot read."}},
	{Name: "wrong-nonce", Told: "unavailable", OpenSSL: "Nonce Verify error", alter: (*exchange).wrongNonce,
		Does:   lang.Text{JA: "尋ねたものと違うナンスを返します。", EN: "Returns another nonce than the one sent."},
		Client: lang.Text{JA: "ナンスを送ったなら、同じものが返らない応答を拒否します。", EN: "Refuses an answer without the nonce it sent."}},
	{Name: "no-nonce", Told: "unavailable", OpenSSL: "WARNING: no nonce in response, accepts", alter: (*exchange).noNonce,
		Does:   lang.Text{JA: "ナンスを付けずに返します。", EN: "Leaves the nonce out."},
		Client: lang.Text{JA: "古い応答の使い回しと見分けられないので拒否します。", EN: "Cannot tell it from an old answer, and refuses."}},
	{Name: "wrong-certificate", Told: "unavailable", OpenSSL: "ERROR: No Status found", alter: (*exchange).wrongCertificate,
		Does:   lang.Text{JA: "別の番号の証明書について答えます。", EN: "Answers about a certificate of another number."},
		Client: lang.Text{JA: "尋ねた証明書についての答えがないので拒否します。", EN: "Finds no answer about its certificate, and refuses."}},
	{Name: "unauthorized", Told: "unavailable", OpenSSL: "Responder Error: unauthorized (6)", alter: (*exchange).unauthorized,
		Does:   lang.Text{JA: "OCSP の unauthorized を返します。", EN: "Answers unauthorized."},
		Client: lang.Text{JA: "この応答者からは答えが得られないので、一覧を使うか拒否します。", EN: "Has no answer from this responder: uses a list or refuses."}},
	{Name: "http-500", Lists: true, Told: "unavailable", OpenSSL: "Error querying OCSP responder", alter: (*exchange).http500,
		Does:   lang.Text{JA: "HTTP 500 を、正しい本文とともに返します。", EN: "Answers HTTP 500 around the right body."},
		Client: lang.Text{JA: "本文を使わず、応答なしとして扱います。", EN: "Leaves the body aside and treats it as no answer."}},
	{Name: "wrong-type", Lists: true, Told: "unavailable", OpenSSL: "Error querying OCSP responder", alter: (*exchange).wrongType,
		Does:   lang.Text{JA: "正しい本文を text/html として返します。", EN: "Declares the right body to be text/html."},
		Client: lang.Text{JA: "決められた種類でない本文を使いません。", EN: "Does not use a body of another type than the one laid down."}},
}

// Named returns a fault of the table.
func Named(name string) (Fault, bool) {
	for _, f := range Faults {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}
