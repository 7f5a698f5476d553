// A small relying party: a site with one page behind a login with the My Number
// Card, and a document to sign.
//
//   kado serve --open-clients            # the provider, http://127.0.0.1:8080
//   npm ci && node server.js             # this site, http://localhost:9001
//
// To move to another provider, change ISSUER. Signatures are explained in README.md.
import { createServer } from 'node:http'
import { randomBytes, webcrypto } from 'node:crypto'

globalThis.crypto ??= webcrypto // Node 18 has it under another name
const login = await import('./login.js')
const sign = await import('./sign.js')

const [host, port] = (process.env.LISTEN || '127.0.0.1:9001').split(':')

// By session id: who it is, the refresh token, which never leaves the server, and what
// was signed. A real site has a database, and lets sessions end.
const sessions = new Map()

// A cookie that scripts cannot read and that other sites' forms do not send. Lax,
// not Strict: the browser comes back from the provider with it.
const cookie = (name, value, seconds) =>
  `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${login.base.startsWith('https:') ? '; Secure' : ''}`
const cookies = (req) => Object.fromEntries((req.headers.cookie || '').split('; ').map((c) => {
  const at = c.indexOf('=')
  return [c.slice(0, at), c.slice(at + 1)]
}))
const html = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

function show (res, status, session, problem, headers = {}) {
  const person = session?.person
  const list = (pairs) => `<dl>${pairs.filter(([, v]) => v).map(([k, v]) => `<dt>${k}<dd>${html(v)}`).join('')}</dl>`
  const signed = session?.signed && `<p>署名は正しいものです。</p>${list([['署名した日時', session.signed.at.toISOString()], ['証明書の発行者', session.signed.issuer],
    ['証明書の番号', session.signed.serial], ['証明書の期限', session.signed.ends],
    ['認証局', session.signed.trusted ? '確かめました' : '確かめていません（CA を設定していません）'], ['失効', session.signed.trusted ? '失効していません' : '確かめていません']])}`
  res.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    // The form that signs leads on to the provider.
    'Content-Security-Policy': `default-src 'none'; form-action 'self' ${login.origin}; frame-ancestors 'none'; base-uri 'none'`,
    ...headers,
  })
  res.end(`<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>見本のサイト（Node）</title><h1>見本のサイト（Node）</h1>${problem ? `<p role="alert">できませんでした：${html(problem)}</p>` : ''}
${person
  ? `<p>ようこそ、${html(person.name || person.sub)} さん。</p>${list(['sub', 'address', 'birthdate', 'gender'].map((k) => [k, person[k]]))}
<form method="post" action="/refresh"><button>情報を読み直す</button></form>
<form method="post" action="/sign"><button>この契約書に署名する</button></form><pre>${html(sign.document)}</pre>${signed || ''}
<form method="post" action="/logout"><button>ログアウト</button></form>`
  : '<p><a href="/login">マイナンバーカードでログイン</a></p>'}</html>`)
}

const json = (res, value) => {
  res.writeHead(200, { 'Content-Type': 'application/json' })
  res.end(JSON.stringify(value))
}
const go = (res, to, ...set) => {
  res.writeHead(303, { Location: to, 'Set-Cookie': set })
  res.end()
}

// send has the browser go to the provider.
async function send (res, transaction) {
  const { attempt, to } = await login.begin(transaction)
  go(res, to, cookie('attempt', Buffer.from(JSON.stringify(attempt)).toString('base64url'), 600))
}

async function callback (req, res, url) {
  const { attempt: kept, session: id } = cookies(req)
  const attempt = JSON.parse(Buffer.from(kept || '', 'base64url').toString() || '{}')
  const done = cookie('attempt', '', 0) // one answer to one attempt
  const tokens = await login.finish(attempt, url)
  if (attempt.sign) {
    const session = sessions.get(id)
    // Who signs is who is logged in.
    if (session?.person.sub !== tokens.subject) throw new Error('somebody else signed')
    session.signed = await sign.finish(attempt.sign, tokens.access)
    return go(res, '/', done)
  }
  const person = await login.attributes(tokens)
  const fresh = randomBytes(24).toString('base64url') // a new session id, which nobody knew before (session fixation)
  if (sessions.size >= 10000) sessions.clear()
  sessions.delete(id)
  sessions.set(fresh, { person, refresh: tokens.refresh })
  go(res, '/', cookie('session', fresh, 3600), done)
}

// refresh reads the attributes again. Whoever cannot is logged out.
async function refresh (res, id, session) {
  try {
    const tokens = await login.again(session.person.sub, session.refresh)
    Object.assign(session, { person: await login.attributes(tokens), refresh: tokens.refresh })
  } catch (err) {
    sessions.delete(id)
    throw err
  }
  go(res, '/')
}

async function answer (req, res) {
  const url = new URL(req.url, login.base)
  const id = cookies(req).session
  const session = sessions.get(id)
  // Forms of other sites are refused.
  if (req.method === 'POST' && req.headers.origin !== login.base) return show(res, 403, undefined, 'このページから操作してください。')
  switch (`${req.method} ${url.pathname}`) {
    case 'GET /':
      return show(res, 200, session)
    case 'GET /login':
      return send(res)
    case 'GET /callback':
      return callback(req, res, url)
    case 'POST /refresh':
      return session ? refresh(res, id, session) : go(res, '/')
    case 'POST /sign':
      return session ? send(res, await sign.begin()) : show(res, 403, undefined, '先にログインしてください。')
    case 'POST /logout':
      sessions.delete(id)
      return go(res, '/', cookie('session', '', 0))
    case 'GET /jwks.json':
      return json(res, login.jwks)
    case 'GET /client.json':
      return json(res, login.registration)
  }
  show(res, 404, session, 'ページがありません。')
}

createServer((req, res) => {
  answer(req, res).catch((err) => {
    // Own words for the page; the rest is for the log.
    console.error('refused:', err.code || '', err.message)
    if (res.headersSent) return res.end()
    const problem = err.error === 'access_denied'
      ? '中止しました。'
      : err.code === 'CERTIFICATE_ENDED' ? '署名に使われた証明書は、失効しているか、一時停止中です。' : '応答を確かめられませんでした。もう一度お試しください。'
    show(res, 400, sessions.get(cookies(req).session), problem, { 'Set-Cookie': cookie('attempt', '', 0) })
  })
}).listen(Number(port), host, () => console.log(login.base, 'with the provider', login.issuer))
