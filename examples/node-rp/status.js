// Whether a certificate was revoked or suspended, asked of its authority by OCSP. Node
// has nothing for it; openssl does, and checks who signed the answer, that it is the
// answer to this question (nonce), and that it is of now by this machine's clock.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

// askStatus fails with anything but "good": without an answer nobody knows.
export async function askStatus (certificate, authority, responder) {
  const dir = await mkdtemp(join(tmpdir(), 'node-rp-'))
  try {
    const [cert, ca] = [join(dir, 'certificate.pem'), join(dir, 'authority.pem')]
    await writeFile(cert, certificate.toString())
    await writeFile(ca, authority.toString())
    // -CAfile alone, without the machine's own authorities; a program, no shell.
    const { stdout, stderr } = await promisify(execFile)('openssl', ['ocsp', '-issuer', ca, '-cert', cert, '-CAfile', ca, '-no-CApath', '-no-CAstore',
      '-url', responder, '-timeout', '5'], { timeout: 10000, maxBuffer: 1 << 20 })
    if (stdout.startsWith(cert + ': revoked\n')) throw Object.assign(new Error('the certificate is not valid'), { code: 'CERTIFICATE_ENDED' })
    // openssl goes on after a warning, such as an answer that is too old.
    if (!stdout.startsWith(cert + ': good\n') || /warning/i.test(stdout + stderr)) throw new Error('no answer that counts: ' + stdout + stderr)
  } finally {
    await rm(dir, { recursive: true })
  }
}
