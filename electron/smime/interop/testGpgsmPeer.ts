/** For tests: GnuPG's gpgsm, which must be told of keys and certificates before it uses them. */

import { type GpgsmHome, gpgsmHome, gpgsmPresent } from '../testGpgsmHome.ts'
import type { KeyName } from './testCells.ts'
import { addressOf, type Correspondents } from './testCorrespondents.ts'
import { type Peer, PeerRefusal, versionOf } from './testPeer.ts'

export function gpgsmPeer({ root, people }: Correspondents): Peer | undefined {
  const version = versionOf('gpgsm', '--version')?.split(' ').at(-1)
  if (!version || !gpgsmPresent()) return undefined
  const home = gpgsmHome(root)
  /** Why a person's key or certificate could not be taken in. */
  const refusals = new Map<KeyName, string>()
  for (const name of Object.keys(people) as KeyName[]) {
    try {
      home.importKey(name, people[name])
    } catch (error) {
      refusals.set(name, (error as Error).message)
      orIgnore(() => home.importCertificate(people[name]))
    }
  }
  const answer = (done: ReturnType<GpgsmHome['run']>) => {
    if (done.status !== 0) throw new PeerRefusal(done.messages.trim())
    return done
  }
  const needsKey = (name: KeyName) => {
    const refusal = refusals.get(name)
    if (refusal !== undefined) throw new PeerRefusal(refusal)
  }
  return {
    name: `gpgsm ${version}`,
    sign({ key, digest, padding }, content) {
      needsKey(key)
      if (padding === 'pss') throw new PeerRefusal('no option for RSASSA-PSS')
      const file = home.file('content', content)
      const to = ['--output', home.path('signed'), '--digest-algo', digest, '--local-user', addressOf(key)]
      answer(home.run(...to, '--sign', file))
      return home.read('signed')
    },
    verify(_, signed) {
      const { messages } = answer(home.run('--verify', home.file('signed', signed)))
      if (!messages.includes('Good signature')) throw new PeerRefusal(messages)
    },
    encrypt({ key, transport, cipher }, content) {
      if (transport === 'rsa-oaep') throw new PeerRefusal('no option for RSAES-OAEP')
      if (cipher === 'aes-256-gcm') throw new PeerRefusal('no option for AES-GCM')
      const to = ['--output', home.path('encrypted'), '--cipher-algo', 'AES256', '--recipient', addressOf(key)]
      answer(home.run(...to, '--encrypt', home.file('content', content)))
      return home.read('encrypted')
    },
    decrypt({ key }, encrypted) {
      needsKey(key)
      answer(home.run('--output', home.path('decrypted'), '--decrypt', home.file('encrypted', encrypted)))
      return home.read('decrypted')
    },
    close: home.remove,
  }
}

function orIgnore(work: () => void): void {
  try {
    work()
  } catch {
    // The same refusal once more; it is kept already.
  }
}
