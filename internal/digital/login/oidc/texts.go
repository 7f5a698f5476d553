package oidc

import (
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

var texts = web.Texts{
	"login.ways.title":        {JA: "%s へのログイン", EN: "Log in to %s"},
	"login.ways.lead":         {JA: "マイナンバーカードでログインします。暗証番号がこのサービスや相手のサービスに送られることはありません。", EN: "You log in with your My Number Card. The PIN goes neither to this service nor to the other."},
	"login.ways.choose":       {JA: "カードの使い方を選んでください", EN: "How will you use your card?"},
	"login.ways.none":         {JA: "使えるカードの読み取り方がありません。", EN: "There is no way to read a card here."},
	"login.ways.until":        {JA: "10分以内に終えてください。過ぎたときは、サービスのページからやり直せます。", EN: "Please finish within ten minutes. After that, begin anew from the service's page."},
	"login.asked":             {JA: "求められている情報", EN: "What is asked for"},
	"login.asked.sign":        {JA: "文書への電子署名も求められています。署名用パスワードが要ります。", EN: "A signature on a document is asked for, too. It needs the signature password."},
	"login.cancel":            {JA: "やめる", EN: "Cancel"},
	"login.consent.title":     {JA: "%s に情報を渡してよいですか", EN: "May %s have this?"},
	"login.consent.lead":      {JA: "カードを確認しました。「許可する」を押すと、次の情報が %s に渡されます。", EN: "Your card was verified. Once you allow it, the following goes to %s."},
	"login.consent.who":       {JA: "渡す相手", EN: "To whom"},
	"login.consent.given":     {JA: "渡す情報", EN: "What is given"},
	"login.consent.id":        {JA: "このサービスだけで使う識別子", EN: "An id for this service alone"},
	"login.consent.id.text":   {JA: "ほかのサービスには別の識別子が渡るため、照らし合わせることはできません。", EN: "Every other service gets another one, so they cannot be compared."},
	"login.consent.name":      {JA: "氏名", EN: "Name"},
	"login.consent.address":   {JA: "住所", EN: "Address"},
	"login.consent.birthdate": {JA: "生年月日", EN: "Date of birth"},
	"login.consent.gender":    {JA: "性別", EN: "Sex"},
	"login.consent.male":      {JA: "男", EN: "male"},
	"login.consent.female":    {JA: "女", EN: "female"},
	"login.consent.other":     {JA: "記載なし", EN: "not stated"},
	"login.consent.sign":      {JA: "あなたの電子署名と、氏名・住所・生年月日・性別の入った署名用電子証明書も渡されます。", EN: "Your signature goes there, too, with the signature certificate, which holds name, address, date of birth and sex."},
	"login.consent.never":     {JA: "マイナンバー、暗証番号、証明書の発行番号は渡されません。", EN: "Your Individual Number, PINs and the serial number of the certificate are not given."},
	"login.consent.allow":     {JA: "許可する", EN: "Allow"},
	"login.consent.later":     {JA: "許可は記録され、次からは尋ねません。「同意の一覧」でいつでも取り消せます。署名は毎回尋ねます。", EN: "This is remembered and not asked again; withdraw it at any time on the list of consents. Signatures are asked for each time."},
	"login.consents.title":    {JA: "同意の一覧", EN: "Your consents"},
	"login.consents.tile":     {JA: "どのサービスに何を許可したかを見て、取り消せます。", EN: "See and withdraw what you permitted to which service."},
	"login.consents.lead":     {JA: "あなたがサービスに許可したことを見るには、カードで確認してください。", EN: "To see what you have permitted, show your card."},
	"login.consents.card":     {JA: "カードで確認する", EN: "Show my card"},
	"login.consents.about":    {JA: "取り消すと、渡した許可はすぐに無効になります。すでに渡った情報は、相手のサービスに残ることがあります。", EN: "Withdrawing makes what was granted void at once. What the service already has may stay there."},
	"login.consents.none":     {JA: "許可しているサービスはありません。", EN: "You have permitted nothing to anybody."},
	"login.consents.since":    {JA: "許可した日時", EN: "Since"},
	"login.consents.withdraw": {JA: "取り消す", EN: "Withdraw"},
	"login.consents.leave":    {JA: "終わる", EN: "Leave"},
	"login.clients.title":     {JA: "ログイン連携のクライアント", EN: "Clients of the login service"},
	"login.clients.tile":      {JA: "自分のサービスを登録して、カードでのログインを試せます。", EN: "Register your service and try a login with a card."},
	"login.clients.lead":      {JA: "ここに登録したサービスが、カードによるログインを求められます。練習用の画面です。", EN: "Services registered here may ask for a login with the card. This page exists in the sandbox only."},
	"login.clients.discovery": {JA: "メタデータ", EN: "Metadata"},
	"login.clients.open":      {JA: "登録のないクライアントも、自分のマシンの戻り先に限って受け付けています（--open-clients）。", EN: "Clients that are not registered are admitted, too, if they return to this machine (--open-clients)."},
	"login.clients.list":      {JA: "登録済みのクライアント", EN: "Registered clients"},
	"login.clients.none":      {JA: "まだありません。", EN: "None yet."},
	"login.clients.name":      {JA: "サービスの名前", EN: "Name of the service"},
	"login.clients.add":       {JA: "登録する", EN: "Register one"},
	"login.clients.redirects": {JA: "redirect_uri（1行に1つ）", EN: "redirect_uri, one a line"},
	"login.clients.keys":      {JA: "公開鍵（JWKS の JSON）", EN: "Public keys (a JWKS in JSON)"},
	"login.clients.register":  {JA: "登録する", EN: "Register"},
}

// claimTexts name the attributes for people.
var claimTexts = map[Claim]lang.Text{
	ClaimName: texts["login.consent.name"], ClaimAddress: texts["login.consent.address"],
	ClaimBirthdate: texts["login.consent.birthdate"], ClaimGender: texts["login.consent.gender"],
}
