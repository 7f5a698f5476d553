// Signatures with the card's signature certificate: the digest is handed in, the
// browser carries the transaction's id to the provider, the result is verified here.
import { createHash, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { compactDecrypt } from 'jose'
import { call, issuer, own, privateKey } from './login.js'
import { askStatus } from './status.js'

// What people sign here. Its digest goes to the provider, the document stays.
export const document = '見本の契約書\n\n甲は乙に、見本を一つ貸す。\n'

const provider = issuer.replace(/\/api\/realms\/main$/, '')
const address = provider + '/api/sign-transactions'

// The authorities whose certificates are trusted; none without CA. They are asked at
// OCSP; without it, where kado serve answers for them.
const authorities = process.env.CA
  ? readFileSync(process.env.CA, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g).map((pem) => new X509Certificate(pem))
  : []
const responder = process.env.OCSP || provider + '/ocsp/signature'

// begin hands in the digest and returns the id of the transaction.
export async function begin () {
  const digest = createHash('sha256').update(document).digest('base64')
  const { sign_transaction_id: id } = await call('POST', address, await own(), JSON.stringify({ digest }))
  return id
}

// finish fetches the signature with the holder's token and verifies it.
export async function finish (id, access) {
  let result = await call('GET', `${address}/${encodeURIComponent(id)}/result`, access)
  if (result.encrypted_result) {
    // Registered with a key to encrypt to, this site alone can read the result.
    const { plaintext } = await compactDecrypt(result.encrypted_result, privateKey, { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] })
    result = JSON.parse(Buffer.from(plaintext).toString())
  }
  if (result.sign_transaction_id !== id) throw new Error('the result is of another transaction')
  const certificate = new X509Certificate(Buffer.from(result.certificate, 'base64'))
  if (certificate.publicKey.asymmetricKeyType !== 'rsa') throw new Error("the certificate's key is not RSA")
  if (!verify('sha256', Buffer.from(document), certificate.publicKey, Buffer.from(result.signature, 'base64'))) throw new Error('the signature is wrong')
  const at = new Date(result.signed_at)
  if (authorities.length > 0) {
    // The chain at the moment of signing, then the status: a certificate is good until
    // its end to whoever looks at nothing but the certificate.
    const of = authorities.find((ca) => ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
    const lives = (c) => new Date(c.validFrom) <= at && at <= new Date(c.validTo)
    if (!of || !lives(of) || !lives(certificate)) throw new Error('the certificate is of no authority that is trusted here')
    await askStatus(certificate, of, responder)
  }
  return {
    at,
    issuer: certificate.issuer.replaceAll('\n', ', '),
    serial: certificate.serialNumber.match(/.{1,8}/g).join(' '),
    ends: certificate.validTo,
    trusted: authorities.length > 0,
  }
}
