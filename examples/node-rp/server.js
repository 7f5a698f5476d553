// A small relying party: a site with one page behind a login with the My Number
// Card. The comments say which check stops what.
//
//   kado serve --open-clients            # the provider, http://127.0.0.1:8080
//   npm ci && node server.js             # this site, http://localhost:9001
//
// To move to another provider, change ISSUER.
import { createServer } from 'node:http'
import { createPrivateKey, createPublicKey, createHash, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

globalThis.crypto ??= webcrypto // Node 18 has it under another name
const client = await import('openid-client')

const env = (name, usual) => process.env[name] || usual
const issuer = env('ISSUER', 'http://127.0.0.1:8080/api/realms/main')
const clientId = env('CLIENT_ID', 'noderp0001')
const base = env('BASE', 'http://localhost:9001').replace(/\/+$/, '')
const scope = env('SCOPE', 'openid name address birthdate gender')
const [host, port] = env('LISTEN', '127.0.0.1:9001').split(':')
const callback = base + '/callback'

// The key with which this site proves who it is; one is made the first time.
const keyFile = env('KEY', 'node-rp.key.pem')
if (!existsSync(keyFile)) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}
const privateKey = createPrivateKey(readFileSync(keyFile))
const kid = 'node-rp-1'
const jwks = { keys: [{ ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }] }
const key = await crypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])

const provider = await client.discovery(new URL(issuer), clientId,
  // Only the algorithm that the service uses: neither none nor HMAC.
  { id_token_signed_response_alg: 'ES256', redirect_uris: [callback] },
  client.PrivateKeyJwt({ key, kid }, {
    // The assertion is for the token endpoint.
    [client.modifyAssertion]: (_header, payload) => { payload.aud = provider.serverMetadata().token_endpoint },
  }),
  // http is for providers on this machine only.
  { execute: new URL(issuer).protocol === 'http:' ? [client.allowInsecureRequests] : [] })

// The signature of the ID token is verified, too; left to itself openid-client
// trusts the connection to the token endpoint.
client.enableNonRepudiationChecks(provider)

const sessions = new Map() // by session id; a real site has a database, and lets sessions end

// A cookie that scripts cannot read and that other sites' forms do not send. Lax,
// not Strict: the browser comes back from the provider with it.
const cookie = (name, value, seconds) =>
  `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${base.startsWith('https:') ? '; Secure' : ''}`
const cookies = (req) => Object.fromEntries((req.headers.cookie || '').split('; ').map((c) => {
  const at = c.indexOf('=')
  return [c.slice(0, at), c.slice(at + 1)]
}))
const html = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

function show (res, status, { person, problem }, headers = {}) {
  const rows = person && ['sub', 'address', 'birthdate', 'gender'].filter((k) => person[k]).map((k) => `<dt>${k}<dd>${html(person[k])}`).join('')
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ...headers,
  })
  res.end(`<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>見本のサイト（Node）</title><h1>見本のサイト（Node）</h1>
${person ? `<p>ようこそ、${html(person.name || person.sub)} さん。</p><dl>${rows}</dl>` : `${problem ? `<p role="alert">ログインできませんでした：${html(problem)}</p>` : ''}
<p><a href="/login">マイナンバーカードでログイン</a></p>`}</html>`)
}

async function begin (req, res) {
  const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
  const to = client.buildAuthorizationUrl(provider, {
    redirect_uri: callback,
    scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    acr_values: 'aal3 crl',
  })
  res.writeHead(302, { Location: to.href, 'Set-Cookie': cookie('attempt', Buffer.from(JSON.stringify(attempt)).toString('base64url'), 600) })
  res.end()
}

async function finish (req, url) {
  const attempt = JSON.parse(Buffer.from(cookies(req).attempt || '', 'base64url').toString() || '{}')
  if (!attempt.state) throw new Error('this login was not begun in this browser')
  // state (login CSRF), iss (mix-up), error; then signature, alg, iss, aud, exp,
  // nonce of the ID token.
  const tokens = await client.authorizationCodeGrant(provider, url, {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.verifier,
    idTokenExpected: true,
  })
  const id = tokens.claims()
  // aud: for this site alone; one among several could be another site's token.
  if (id.aud !== clientId && !(Array.isArray(id.aud) && id.aud.length === 1 && id.aud[0] === clientId)) throw new Error('the ID token is not for this site alone')
  if (!id.sub) throw new Error('the ID token names nobody')
  // at_hash: the access token came with this ID token.
  const hash = createHash('sha256').update(tokens.access_token, 'ascii').digest().subarray(0, 16).toString('base64url')
  if (id.at_hash !== hash) throw new Error('the access token is not of this ID token')
  // sub: the attributes are this person's.
  return client.fetchUserInfo(provider, tokens.access_token, id.sub)
}

async function answer (req, res) {
  const url = new URL(req.url, base)
  const session = cookies(req).session
  switch (`${req.method} ${url.pathname}`) {
    case 'GET /':
      return show(res, 200, { person: sessions.get(session) })
    case 'GET /login':
      return begin(req, res)
    case 'GET /jwks.json':
      res.writeHead(200, { 'Content-Type': 'application/json' })
      return res.end(JSON.stringify(jwks))
    case 'GET /callback':
      try {
        const person = await finish(req, url)
        const id = randomBytes(24).toString('base64url') // a new session id, which nobody knew before (session fixation)
        if (sessions.size >= 10000) sessions.clear()
        sessions.set(id, person)
        res.writeHead(303, { Location: '/', 'Set-Cookie': [cookie('session', id, 3600), cookie('attempt', '', 0)] })
        return res.end()
      } catch (err) {
        console.error('login refused:', err.code || '', err.message)
        const problem = err.error === 'access_denied' ? '中止しました。' : '応答を確かめられませんでした。もう一度お試しください。'
        return show(res, 400, { problem }, { 'Set-Cookie': cookie('attempt', '', 0) })
      }
  }
  show(res, 404, { problem: 'ページがありません。' })
}

createServer((req, res) => {
  answer(req, res).catch((err) => {
    console.error(err)
    if (!res.headersSent) show(res, 500, { problem: '500' })
  })
}).listen(Number(port), host, () => console.log(base, 'with the provider', issuer))
