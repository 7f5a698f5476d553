// What this site knows of the provider: who it is itself, logging people in, asking
// for new tokens. The comments say which check stops what.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRemoteJWKSet, customFetch as joseFetch, jwtVerify } from 'jose'
import * as client from 'openid-client'

const env = (name, usual) => process.env[name] || usual
export const issuer = env('ISSUER', 'http://127.0.0.1:8080/api/realms/main')
export const clientId = env('CLIENT_ID', 'noderp0001')
export const base = env('BASE', 'http://localhost:9001').replace(/\/+$/, '')
const scope = env('SCOPE', 'openid name address birthdate gender')
const callback = base + '/callback'

// The key with which this site proves who it is; one is made the first time. A real
// site has another one for results that are encrypted to it.
const keyFile = env('KEY', 'node-rp.key.pem')
if (!existsSync(keyFile)) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}
export const privateKey = createPrivateKey(readFileSync(keyFile))
const kid = 'node-rp-1'
const publicKey = createPublicKey(privateKey).export({ format: 'jwk' })
const key = await crypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])

// What the provider is told about this site: the public key for the page /clients,
// everything for POST /api/clients.
export const jwks = { keys: [{ ...publicKey, kid, alg: 'ES256', use: 'sig' }] }
export const registration = {
  client_id: clientId,
  name: '見本のサイト（Node）',
  redirect_uris: [callback],
  jwks,
  signing: { encrypt_to: { ...publicKey, kid: 'node-rp-enc-1', alg: 'ECDH-ES+A256KW', use: 'enc' } },
}

// Requests to the provider give up in time, read no endless answer, and follow no
// redirect: code, assertion and tokens are for the provider's own addresses.
const maxAnswer = 1 << 20 // octets
const patience = 5 // seconds
async function outward (url, options) {
  const signals = [AbortSignal.timeout(patience * 1000), ...(options.signal ? [options.signal] : [])]
  const res = await fetch(url, { ...options, redirect: 'manual', signal: AbortSignal.any(signals) })
  const chunks = []
  let length = 0
  for await (const chunk of res.body ?? []) {
    length += chunk.length
    if (length > maxAnswer) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return new Response(length ? Buffer.concat(chunks) : null, { status: res.status, headers: res.headers })
}

const learn = () => client.discovery(new URL(issuer), clientId, // compares the issuer it finds with this one
  // Only the algorithm that the service uses: neither none nor HMAC.
  { id_token_signed_response_alg: 'ES256', redirect_uris: [callback] },
  client.PrivateKeyJwt({ key, kid }, {
    // The assertion is for the token endpoint.
    [client.modifyAssertion]: (_header, payload) => { payload.aud = provider.serverMetadata().token_endpoint },
  }),
  // http is for providers on this machine only.
  { timeout: patience, [client.customFetch]: outward, execute: new URL(issuer).protocol === 'http:' ? [client.allowInsecureRequests] : [] })

// Waits for a provider that was not started yet.
async function reach (told) {
  try {
    return await learn()
  } catch (err) {
    if (cause(err).code !== 'ECONNREFUSED') throw err
    if (!told) console.log(`waiting for the provider ${issuer} (kado serve --open-clients starts one)`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return reach(true)
  }
}
const cause = (err) => err.cause ? cause(err.cause) : err
const provider = await reach(false)

// Left to itself openid-client trusts the connection to the token endpoint and does
// not look at signatures; with its own check, it asks for keys once a minute at most,
// and locks everybody out meanwhile. Tokens come from the provider alone, so that a kid
// that is not known is worth asking at once.
const keys = createRemoteJWKSet(new URL(provider.serverMetadata().jwks_uri), { cooldownDuration: 0, [joseFetch]: outward })

// origin is the provider's, for which browsers let forms lead on.
export const origin = new URL(provider.serverMetadata().authorization_endpoint).origin

// begin makes a login: what the browser keeps in a cookie, and where it goes.
export async function begin (sign = '') {
  const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier(), sign }
  const to = client.buildAuthorizationUrl(provider, {
    redirect_uri: callback,
    scope: sign ? 'openid sign' : scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    acr_values: 'aal3 crl',
    ...(sign && { sign_transaction_id: sign }),
  })
  return { attempt, to: to.href }
}

// finish takes the answer with which the browser came back, and returns the tokens.
export async function finish (attempt, url) {
  if (!attempt.state) throw new Error('this login was not begun in this browser')
  // state (login CSRF), iss (mix-up), error, each once; then alg, iss, aud, exp, nonce
  // of the ID token.
  const tokens = await client.authorizationCodeGrant(provider, url, {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  })
  return verify(tokens)
}

async function verify (tokens) {
  // signature, crit: made by one of the keys that the provider publishes.
  const { payload: id } = await jwtVerify(tokens.id_token, keys, { algorithms: ['ES256'], issuer, audience: clientId })
  // aud, azp: for this site alone; one among several could be another site's token.
  if ([id.aud].flat().length !== 1 || (id.azp !== undefined && id.azp !== clientId)) throw new Error('the ID token is not for this site alone')
  if (!id.sub) throw new Error('the ID token names nobody')
  if (id.iat > Date.now() / 1000 + 60) throw new Error('the ID token is of the future')
  // at_hash: the access token came with this ID token.
  const hash = createHash('sha256').update(tokens.access_token, 'ascii').digest().subarray(0, 16).toString('base64url')
  if (id.at_hash !== hash) throw new Error('the access token is not of this ID token')
  return { subject: id.sub, access: tokens.access_token, refresh: tokens.refresh_token }
}

// attributes reads what the holder consented to. sub: they are this person's.
export const attributes = (tokens) => client.fetchUserInfo(provider, tokens.access, tokens.subject)

// again gets new tokens. A refresh token serves once; the answer holds the next.
export async function again (subject, refresh) {
  const tokens = await verify(await client.refreshTokenGrant(provider, refresh))
  // sub: still the same person (OpenID Connect Core, 12.2).
  if (tokens.subject !== subject) throw new Error('the new tokens are of another person')
  return tokens
}

// own is a token of this site itself, for handing in what is to be signed.
export const own = async () => (await client.clientCredentialsGrant(provider, { scope: 'sign' })).access_token

// call sends a request with a token and reads JSON.
export async function call (method, url, access, body) {
  const res = await outward(url, { method, body, headers: { authorization: 'Bearer ' + access, 'content-type': 'application/json' } })
  if (!res.ok) throw new Error(`${method} ${new URL(url).pathname}: ${res.status} ${(await res.text()).slice(0, 200)}`)
  return res.json()
}
