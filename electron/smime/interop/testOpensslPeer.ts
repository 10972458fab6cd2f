/** For tests: the `openssl cms` command. */

import { writePem } from '../../asn1/pem.ts'
import type { KeyName } from './testCells.ts'
import type { Correspondents } from './testCorrespondents.ts'
import { type Peer, runPeer, versionOf, workFolder } from './testPeer.ts'

export function opensslPeer({ root, people }: Correspondents): Peer | undefined {
  const version = versionOf('openssl', 'version')?.split(' ')[1]
  if (!version) return undefined
  const folder = workFolder()
  folder.file('root.crt', writePem('CERTIFICATE', root.certificate.der))
  for (const [name, person] of Object.entries(people)) {
    folder.file(`${name}.crt`, writePem('CERTIFICATE', person.certificate.der))
    folder.file(`${name}.key`, writePem('PRIVATE KEY', person.pkcs8))
  }
  const pair = (name: KeyName) => ({ crt: folder.path(`${name}.crt`), key: folder.path(`${name}.key`) })
  const cms = (...options: string[]) => runPeer('openssl', ['cms', '-binary', ...options])
  return {
    name: `OpenSSL ${version}`,
    sign(row, content, form) {
      const { crt, key } = pair(row.key)
      return cms(
        ...[
          '-sign',
          ...(form === 'opaque' ? ['-nodetach'] : []),
          '-outform',
          'DER',
          '-md',
          row.digest,
          '-signer',
          crt,
          '-inkey',
          key,
        ],
        ...(row.padding === 'pss' ? ['-keyopt', 'rsa_padding_mode:pss'] : []),
        ...['-in', folder.file('content', content)],
      )
    },
    verify(_, signed, content, form) {
      cms(
        ...['-verify', '-inform', 'DER', '-in', folder.file('signed', signed)],
        ...['-CAfile', folder.path('root.crt'), '-purpose', 'any'],
        ...(form === 'detached' ? ['-content', folder.file('content', content)] : []),
      )
    },
    encrypt(row, content) {
      return cms(
        ...['-encrypt', '-outform', 'DER', `-${row.cipher}`, '-in', folder.file('content', content)],
        ...['-recip', pair(row.key).crt],
        ...(row.transport === 'rsa-oaep' ? ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'] : []),
      )
    },
    decrypt(row, encrypted) {
      const { crt, key } = pair(row.key)
      const file = folder.file('encrypted', encrypted)
      return cms('-decrypt', '-inform', 'DER', '-in', file, '-recip', crt, '-inkey', key)
    },
    close: folder.remove,
  }
}
