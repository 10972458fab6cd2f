/** For tests: NSS's cmsutil, with a database of its own. */

import { spawnSync } from 'node:child_process'
import type { KeyName } from './testCells.ts'
import { addressOf, type Correspondents, containerOf, containerPassword } from './testCorrespondents.ts'
import { type Peer, PeerRefusal, runPeer, workFolder } from './testPeer.ts'

export async function cmsutilPeer({ root, people }: Correspondents): Promise<Peer | undefined> {
  if (spawnSync('cmsutil', []).error || spawnSync('pk12util', []).error) return undefined
  const folder = workFolder()
  const database = ['-d', `sql:${folder.path('')}`]
  runPeer('certutil', ['-N', ...database, '--empty-password'])
  const rootFile = folder.file('root.crt', root.certificate.der)
  runPeer('certutil', ['-A', ...database, '-n', 'root', '-t', 'CT,C,C', '-i', rootFile])
  const refusals = new Map<KeyName, string>()
  for (const name of Object.keys(people) as KeyName[]) {
    const container = folder.file(`${name}.p12`, await containerOf(people[name], name))
    try {
      runPeer('pk12util', [...database, '-i', container, '-W', containerPassword])
    } catch (error) {
      refusals.set(name, (error as Error).message)
    }
  }
  const needs = (name: KeyName) => {
    const refusal = refusals.get(name)
    if (refusal !== undefined) throw new PeerRefusal(refusal)
  }
  const read = (structure: Uint8Array) => {
    runPeer('cmsutil', ['-D', ...database, '-i', folder.file('structure', structure), '-o', folder.path('content')])
    return folder.read('content')
  }
  return {
    name: `NSS ${nssVersion()}`,
    sign({ key, padding, digest }, content) {
      needs(key)
      if (padding === 'pss') throw new PeerRefusal('no option for RSASSA-PSS')
      const files = ['-i', folder.file('content', content), '-o', folder.path('signed')]
      runPeer('cmsutil', ['-S', ...database, '-N', key, '-H', digest.toUpperCase(), '-G', ...files])
      return folder.read('signed')
    },
    verify(_, signed) {
      read(signed)
    },
    encrypt({ key, transport, cipher }, content) {
      needs(key)
      if (transport === 'rsa-oaep') throw new PeerRefusal('no option for RSAES-OAEP')
      if (cipher === 'aes-256-gcm') throw new PeerRefusal('no option for AES-GCM')
      const files = ['-i', folder.file('content', content), '-o', folder.path('encrypted')]
      runPeer('cmsutil', ['-E', ...database, '-r', addressOf(key), ...files])
      return folder.read('encrypted')
    },
    decrypt({ key }, encrypted) {
      needs(key)
      return read(encrypted)
    },
    close: folder.remove,
  }
}

/** The tools don't say their version; Debian does. */
function nssVersion(): string {
  const done = spawnSync('dpkg-query', ['-s', 'libnss3-tools'])
  return /^Version: (?:\d+:)?(\d+(?:\.\d+)+)/m.exec(`${done.stdout ?? ''}`)?.[1] ?? '(unknown version)'
}
