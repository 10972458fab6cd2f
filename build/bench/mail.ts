/** Sealing (sign, then encrypt) and opening (decrypt, then verify) a mail of 34 MiB, beside `openssl cms` with the same key. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure, medianOf, type Row } from './measure.ts'

const work = fileURLToPath(new URL('./mailWork.ts', import.meta.url))
/** 25 MiB are 34 MiB as base64: what most servers let through. */
const attachmentBytes = 25 * 1_048_576
const runs = 3

export async function measureMail(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-bench-'))
  const at = (name: string) => join(folder, name)
  try {
    if (spawnSync('openssl', ['version']).status !== 0) throw new Error('the mail bench needs the openssl command')
    makeIdentity(folder)
    const attachment = randomBytes(attachmentBytes)
    await writeFile(at('attachment'), attachment)
    await writeFile(at('plain.eml'), entityOf(attachment))
    const sign = [
      'openssl',
      'cms',
      '-sign',
      '-in',
      at('plain.eml'),
      '-signer',
      at('certificate.pem'),
      '-inkey',
      at('key.pem'),
    ]
    const encrypt = ['openssl', 'cms', '-encrypt', '-aes256', '-in', at('signed.eml'), '-out', at('sealed.eml')]
    const decrypt = ['openssl', 'cms', '-decrypt', '-in', at('sealed.eml'), '-inkey', at('key.pem')]
    const verify = ['openssl', 'cms', '-verify', '-in', at('opened.eml'), '-CAfile', at('certificate.pem')]
    const ours = (name: string) => [process.execPath, '--no-warnings', work, name, folder]
    return [
      {
        what: 'seal 34 MiB',
        ours: await medianOf(runs, () => measure(ours('seal'))),
        peerName: 'openssl cms',
        peer: await medianOf(runs, () =>
          measure([...sign, '-out', at('signed.eml')], [...encrypt, at('certificate.pem')]),
        ),
      },
      {
        what: 'open 34 MiB',
        ours: await medianOf(runs, () => measure(ours('open'))),
        peerName: 'openssl cms',
        peer: await medianOf(runs, () =>
          measure(
            [...decrypt, '-recip', at('certificate.pem'), '-out', at('opened.eml')],
            [...verify, '-out', at('out')],
          ),
        ),
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function makeIdentity(folder: string): void {
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:3072', '-nodes', '-days', '30', '-subj', '/CN=Bench'],
    ...['-addext', 'subjectAltName=email:bench@example.org', '-addext', 'extendedKeyUsage=emailProtection'],
    ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')],
  ])
  if (status !== 0) throw new Error(`openssl made no identity: ${stderr}`)
}

function entityOf(attachment: Buffer): string {
  const lines = attachment.toString('base64').replace(/.{76}/g, '$&\r\n')
  return `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n`
}
