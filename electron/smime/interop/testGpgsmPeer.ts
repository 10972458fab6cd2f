/** For tests: GnuPG's gpgsm, which must be told of keys and certificates before it uses them. */

import { type GpgsmHome, gpgsmHome, gpgsmPresent } from '../testGpgsmHome.ts'
import { addressOf, type Correspondents } from './testCorrespondents.ts'
import { type Peer, PeerRefusal, versionOf } from './testPeer.ts'

export function gpgsmPeer({ root, people }: Correspondents): Peer | undefined {
  const version = versionOf('gpgsm', '--version')?.split(' ').at(-1)
  if (!version || !gpgsmPresent()) return undefined
  const home = gpgsmHome(root)
  for (const person of Object.values(people)) home.importKey(person)
  const answer = (done: ReturnType<GpgsmHome['run']>) => {
    if (done.status !== 0) throw new PeerRefusal(done.messages.trim())
    return done
  }
  return {
    name: `gpgsm ${version}`,
    sign({ key, digest }, content, form) {
      const file = home.file('content', content)
      const to = ['--output', home.path('signed'), '--digest-algo', digest, '--local-user', addressOf(key)]
      answer(home.run(...to, form === 'opaque' ? '--sign' : '--detach-sign', file))
      return home.read('signed')
    },
    verify(_, signed, content, form) {
      const detached = form === 'detached' ? [home.file('content', content)] : []
      const { messages } = answer(home.run('--verify', home.file('signed', signed), ...detached))
      if (!messages.includes('Good signature')) throw new PeerRefusal(messages)
    },
    encrypt({ key, cipher }, content) {
      const algorithm = cipher === 'aes-256-gcm' ? 'AES256.GCM' : 'AES256'
      const to = ['--output', home.path('encrypted'), '--cipher-algo', algorithm, '--recipient', addressOf(key)]
      answer(home.run(...to, '--encrypt', home.file('content', content)))
      return home.read('encrypted')
    },
    decrypt(_, encrypted) {
      answer(home.run('--output', home.path('decrypted'), '--decrypt', home.file('encrypted', encrypted)))
      return home.read('decrypted')
    },
    close: home.remove,
  }
}
