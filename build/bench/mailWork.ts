/** The work that mail.ts measures, as a process of its own: `seal FOLDER` or `open FOLDER`. */

import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readPem } from '../../electron/asn1/pem.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { readCertificates } from '../../electron/certificates/certificate.ts'
import { openPrivateKey } from '../../electron/crypto/privateKey.ts'
import { openMessage } from '../../electron/smime/open.ts'
import { sealLetter } from '../../electron/smime/seal.ts'

const [task, folder = '.'] = process.argv.slice(2)
const at = (name: string) => join(folder, name)

const [certificate] = expectSuccess(readCertificates(readFileSync(at('certificate.pem'))))
const [keyBlock] = readPem(readFileSync(at('key.pem'), 'utf8'))
if (!certificate || !keyBlock) throw new Error('no identity to work with')
const key = expectSuccess(openPrivateKey(keyBlock.bytes))

if (task === 'seal') await seal()
else await open()

async function seal(): Promise<void> {
  const bench = { name: 'Bench', address: 'bench@example.org' }
  const attachment = {
    name: 'attachment.bin',
    mediaType: 'application/octet-stream',
    size: statSync(at('attachment')).size,
    open: () => createReadStream(at('attachment')),
  }
  const sealed = await sealLetter(
    {
      from: bench,
      to: [bench],
      cc: [],
      subject: 'Bench',
      date: new Date(),
      messageId: '<bench@example.org>',
      text: 'See the attachment.',
      attachments: [attachment],
    },
    {
      sign: { certificate: expectPresent(certificate), chain: [], key, signingTime: new Date() },
      encrypt: { recipients: [{ certificate: expectPresent(certificate) }], cipher: 'aes-256-cbc' },
      random: systemRandom,
    },
  )
  await pipeline(expectSuccess(sealed), createWriteStream(at('ours.eml')))
}

async function open(): Promise<void> {
  const keys = [{ certificate: expectPresent(certificate), key }]
  const opened = expectSuccess(await openMessage(readFileSync(at('sealed.eml')), { keys }))
  const [signer] = opened.signers
  if (opened.encryption !== 'decrypted' || signer?.outcome.state !== 'verified') {
    throw new Error(`not opened: ${opened.encryption}, ${signer?.outcome.state}`)
  }
}

function expectPresent<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('missing')
  return value
}
