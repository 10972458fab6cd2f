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
  /** Why a key or a certificate could not be taken in. */
  const keyRefusals = new Map<KeyName, PeerRefusal>()
  const certificateRefusals = new Map<KeyName, PeerRefusal>()
  for (const name of Object.keys(people) as KeyName[]) {
    const container = folder.file(`${name}.p12`, await containerOf(people[name], name))
    try {
      runPeer('pk12util', [...database, '-i', container, '-W', containerPassword])
    } catch (error) {
      keyRefusals.set(name, refusalOf(error))
      const certificate = folder.file(`${name}.crt`, people[name].certificate.der)
      try {
        runPeer('certutil', ['-A', ...database, '-n', name, '-t', ',,', '-i', certificate])
      } catch (error) {
        certificateRefusals.set(name, refusalOf(error))
      }
    }
  }
  const demand = (refusals: ReadonlyMap<KeyName, PeerRefusal>, name: KeyName) => {
    const refusal = refusals.get(name)
    if (refusal) throw refusal
  }
  const read = (structure: Uint8Array, ...options: string[]) => {
    const files = ['-i', folder.file('structure', structure), '-o', folder.path('read')]
    runPeer('cmsutil', ['-D', ...database, ...options, ...files])
    return folder.read('read')
  }
  return {
    name: `NSS ${nssVersion()}`,
    sign({ key, digest }, content, form) {
      demand(keyRefusals, key)
      const files = ['-i', folder.file('content', content), '-o', folder.path('signed')]
      const detached = form === 'detached' ? ['-T'] : []
      runPeer('cmsutil', ['-S', ...database, '-N', key, ...detached, '-H', digest.toUpperCase(), '-G', ...files])
      return folder.read('signed')
    },
    verify(_, signed, content, form) {
      read(signed, ...(form === 'detached' ? ['-c', folder.file('content', content)] : []))
    },
    encrypt({ key }, content) {
      demand(certificateRefusals, key)
      const files = ['-i', folder.file('content', content), '-o', folder.path('encrypted')]
      runPeer('cmsutil', ['-E', ...database, '-r', addressOf(key), ...files])
      return folder.read('encrypted')
    },
    decrypt({ key }, encrypted) {
      demand(keyRefusals, key)
      return read(encrypted)
    },
    close: folder.remove,
  }
}

function refusalOf(error: unknown): PeerRefusal {
  if (error instanceof PeerRefusal) return error
  throw error
}

/** The tools don't say their version; Debian does. */
function nssVersion(): string {
  const done = spawnSync('dpkg-query', ['-s', 'libnss3-tools'])
  return /^Version: (?:\d+:)?(\d+(?:\.\d+)+)/m.exec(`${done.stdout ?? ''}`)?.[1] ?? '(unknown version)'
}
