#!/bin/sh
# A relying party of curl and openssl: logs a test card in, asks for new tokens, has a
# text signed and verifies the signature. For scripts and CI, and to see each request.
#
#   kado serve --temp --open-clients --people adult    # the provider, http://127.0.0.1:8080
#   sh examples/curl-rp/login.sh adult                 # a person, and how the card answers: adult:cancel
set -eu
card=${1:-adult}
issuer=${ISSUER:-http://127.0.0.1:8080/api/realms/main}
base=${issuer%/api/realms/main}
id=${CLIENT_ID:-curlrp0001}
back=${CALLBACK:-http://localhost:9002/callback} # nothing listens there: the answer is read from the redirect
key=${KEY:-curl-rp.key.pem}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "$*" >&2; exit 1; }
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
octets() { s=$(printf %s "$1" | tr -- '-_' '+/'); while [ $((${#s} % 4)) -ne 0 ]; do s=$s=; done; printf %s "$s" | openssl base64 -d -A; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
fresh() { openssl rand 32 | base64url; }
member() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; } # enough for members without quotes in them
query() { printf %s "$1" | sed -n 's/.*[?&]'"$2"'=\([^&]*\).*/\1/p' | sed 's/+/ /g; s/%3A/:/g; s/%2F/\//g; s/%2C/,/g; s/%28/(/g; s/%29/)/g; s/%27/'"'"'/g'; }

# The key with which this site proves who it is; made the first time.
[ -f "$key" ] || (umask 077 && openssl genrsa -out "$key" 2048 2>/dev/null)

# discovered is an address of the provider's metadata, which have to be its own.
curl -sSf "$issuer/.well-known/openid-configuration" > "$work/metadata"
discovered() { member "$1" < "$work/metadata"; }
[ "$(discovered issuer)" = "$issuer" ] || fail "the metadata are of another provider"

# assertion makes the JWT with which the client proves itself, a new one for each request.
assertion() {
  now=$(date +%s)
  head=$(printf '{"alg":"RS256"}' | base64url)
  body=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%d,"exp":%d}' "$id" "$id" "$(discovered token_endpoint)" "$(fresh)" "$now" $((now + 50)) | base64url)
  printf %s "$head.$body.$(printf %s "$head.$body" | openssl dgst -sha256 -sign "$key" -binary | base64url)"
}

# token asks for tokens: name=value …
token() {
  for pair; do set -- "$@" --data-urlencode "$pair"; shift; done
  curl -sS "$(discovered token_endpoint)" -d "client_id=$id" -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer -d "client_assertion=$(assertion)" "$@" > "$work/tokens"
  [ -n "$(member access_token < "$work/tokens")" ] || fail "$(cat "$work/tokens")"
}

# authorize sends a browser that has a test card, and exchanges the code: scope, further parameter
authorize() {
  state=$(fresh) nonce=$(fresh) verifier=$(fresh)
  challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64url)
  at=$(curl -sS -G -o "$work/page" -w '%{redirect_url}' -c "$work/jar" "$(discovered authorization_endpoint)" -d response_type=code -d "client_id=$id" --data-urlencode "redirect_uri=$back" \
    --data-urlencode "scope=$1" -d "state=$state" -d "nonce=$nonce" -d "code_challenge=$challenge" -d code_challenge_method=S256 --data-urlencode 'acr_values=aal3 crl' \
    --data-urlencode "login_hint=$card" -d "${2:-display=page}")
  while [ "${at#"$base"/}" != "$at" ]; do at=$(curl -sS -o "$work/page" -w '%{redirect_url}' -b "$work/jar" -c "$work/jar" "$at"); done
  [ "${at#"$back"?}" != "$at" ] || fail "a page instead of an answer: $(grep -o 'KADO-[0-9]*' "$work/page" | head -n 1) $base/requests says more"
  [ "$(query "$at" state)" = "$state" ] || fail "another state"
  [ "$(query "$at" iss)" = "$issuer" ] || fail "an answer of another provider"
  [ -z "$(query "$at" error)" ] || fail "$(query "$at" error): $(query "$at" error_description)"
  token grant_type=authorization_code "code=$(query "$at" code)" "redirect_uri=$back" "code_verifier=$verifier"
  identity "$(member id_token < "$work/tokens")"
}

# identity verifies an ID token: ES256 with the key of its kid, then who it is from, for whom, and for which login.
identity() {
  head=${1%%.*} signature=${1##*.} signed=${1%.*}
  octets "$head" | grep -q '"alg":"ES256"' || fail "another algorithm"
  kid=$(octets "$head" | member kid)
  jwk=$(curl -sSf "$(discovered jwks_uri)" | tr '}' '\n' | grep -F "\"kid\":\"$kid\"" | grep -F '"kty":"EC"') || fail "an unknown key"
  x=$(octets "$(printf %s "$jwk" | member x)" | hex) y=$(octets "$(printf %s "$jwk" | member y)" | hex) rs=$(octets "$signature" | hex)
  [ ${#rs} -eq 128 ] || fail "no signature"
  printf 'asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\nb=FORMAT:HEX,BITSTRING:04%s%s\n[a]\no=OID:id-ecPublicKey\nc=OID:prime256v1\n' "$x" "$y" > "$work/key.conf"
  printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$(printf %s "$rs" | cut -c1-64)" "$(printf %s "$rs" | cut -c65-128)" > "$work/sig.conf"
  openssl asn1parse -noout -genconf "$work/key.conf" -out "$work/key.der" && openssl asn1parse -noout -genconf "$work/sig.conf" -out "$work/sig.der"
  openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/key.pem"
  printf %s "$signed" | openssl dgst -sha256 -verify "$work/key.pem" -signature "$work/sig.der" > "$work/said" || fail "a wrong signature"
  claims=$(octets "${signed#*.}")
  for pair in "iss=$issuer" "aud=$id" "nonce=$nonce"; do
    [ "$(printf %s "$claims" | member "${pair%%=*}")" = "${pair#*=}" ] || fail "another ${pair%%=*}"
  done
  [ "$(printf %s "$claims" | sed -n 's/.*"exp":\([0-9]*\).*/\1/p')" -gt "$(date +%s)" ] || fail "the ID token is over"
  subject=$(printf %s "$claims" | member sub)
}

# get asks an interface of the provider with the newest access token.
get() { curl -sSf -H "Authorization: Bearer $(member access_token < "$work/tokens")" "$@"; }

authorize 'openid name address birthdate gender'
get "$(discovered userinfo_endpoint)" > "$work/person"
[ "$(member sub < "$work/person")" = "$subject" ] || fail "attributes of somebody else"
cat "$work/person" && echo

token grant_type=refresh_token "refresh_token=$(member refresh_token < "$work/tokens")"
echo "new tokens: $(member token_type < "$work/tokens")"

[ "${2:-}" = sign ] || exit 0
echo '甲は乙に、見本を一つ貸す。' > "$work/contract"
token grant_type=client_credentials
transaction=$(get "$base/api/sign-transactions" -H 'Content-Type: application/json' -d '{"digest":"'"$(openssl dgst -sha256 -binary "$work/contract" | openssl base64 -A)"'"}' | member sign_transaction_id)
authorize 'openid sign' "sign_transaction_id=$transaction"
get "$base/api/sign-transactions/$transaction/result" > "$work/result"
member certificate < "$work/result" | openssl base64 -d -A | openssl x509 -inform DER -out "$work/certificate.pem"
member signature < "$work/result" | openssl base64 -d -A > "$work/signature"
openssl x509 -in "$work/certificate.pem" -noout -pubkey > "$work/signer.pem"
openssl dgst -sha256 -verify "$work/signer.pem" -signature "$work/signature" "$work/contract"
curl -sSf "$base/ca/signature" > "$work/authority.pem"
openssl verify -partial_chain -CAfile "$work/authority.pem" "$work/certificate.pem" | sed 's/^.*: /certificate: /'
