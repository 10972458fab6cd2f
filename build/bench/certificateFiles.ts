/** What certificates are measured with: chains of three with keys of their own, and a long revocation list. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writePem } from '../../electron/asn1/pem.ts'
import type { Certificate } from '../../electron/certificates/certificate.ts'
import { crlDer } from '../../electron/certificates/revocation/testCrl.ts'
import { testAuthority, testPerson } from '../../electron/certificates/testPki.ts'

const chainCount = 100
export const listedCount = 100_000
const day = 86_400_000

export async function writeCertificateFiles(folder: string): Promise<void> {
  const now = Date.now()
  const life = { notBefore: new Date(now - day), notAfter: new Date(now + 365 * day) }
  for (let number = 0; number < chainCount; number += 1) {
    const root = await testAuthority(`Root ${number}`, {}, life)
    const intermediate = await testAuthority(`Intermediate ${number}`, { issuer: root }, life)
    const leaf = await testPerson(`bench${number}@example.org`, { issuer: intermediate }, life)
    const chain = join(folder, 'chains', String(number))
    await mkdir(chain, { recursive: true })
    for (const [name, { certificate }] of Object.entries({ root, intermediate, leaf })) {
      await writeFile(join(chain, `${name}.pem`), pemOf(certificate))
    }
    if (number > 0) continue
    const entries = Array.from({ length: listedCount }, (_, index) => ({
      of: serialOf(index),
      revokedAt: new Date(now - day),
    }))
    const dates = { thisUpdate: new Date(now - day), nextUpdate: new Date(now + day) }
    await writeFile(join(folder, 'list.crl'), await crlDer({ signer: intermediate, entries, ...dates }))
  }
}

function pemOf({ der }: Certificate): string {
  return writePem('CERTIFICATE', der)
}

/** Content octets of numbers that look random, are all different, and begin with a bit that needs no zero before it. */
function serialOf(index: number): Uint8Array {
  const serial = Buffer.alloc(12)
  serial.writeUInt32BE(((Math.imul(index + 1, 0x9e3779b1) & 0x3fffffff) | 0x40000000) >>> 0, 0)
  serial.writeUInt32BE(index, 8)
  return serial
}
