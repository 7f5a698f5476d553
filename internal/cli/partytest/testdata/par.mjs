// Logs in with openid-client by a pushed authorization request: prints where the
// browser goes, reads where it came back to, prints the claims.
import { createPrivateKey, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline/promises'
import { pathToFileURL } from 'node:url'

globalThis.crypto ??= webcrypto
const { ISSUER, CLIENT_ID, CALLBACK, KEY, MODULES } = process.env
const client = await import(pathToFileURL(createRequire(MODULES + '/').resolve('openid-client')))
const der = createPrivateKey(readFileSync(KEY)).export({ type: 'pkcs8', format: 'der' })
const key = await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, { id_token_signed_response_alg: 'ES256' }, client.PrivateKeyJwt(key),
  { execute: [client.allowInsecureRequests] })
const state = client.randomState()
const nonce = client.randomNonce()
const verifier = client.randomPKCECodeVerifier()
const to = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: CALLBACK,
  scope: 'openid name',
  state,
  nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
console.log(to.href)
const lines = createInterface({ input: process.stdin })
const back = await lines.question('')
lines.close()
const tokens = await client.authorizationCodeGrant(config, new URL(back), { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true })
console.log(JSON.stringify(await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)))
