/**
 * Linux: p11-kit, which joins the distribution's roots with what an administrator added and denied; and the person's own NSS
 * database, where their company may have put a root. Where there is no p11-kit, the bundle of roots for web servers.
 *
 * p11-kit and NSS know purposes. How far that reaches depends on the distribution: Fedora keeps Mozilla's bits for e-mail,
 * Debian ships only roots for web servers and marks them for nothing in particular.
 */

import { join } from 'node:path'
import { utf8Text } from '../../base/bytes.ts'
import { success } from '../../base/result.ts'
import type { Certificate } from '../certificate.ts'
import {
  certificatesInPem,
  type Machine,
  type OperatingSystemStore,
  orEmpty,
  rootsForMail,
  storeBudget,
  unreadable,
} from './operatingSystemStore.ts'

/** In the order of their distributions: Debian and Arch, Fedora, openSUSE. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/var/lib/ca-certificates/ca-bundle.pem',
]

/** Each is asked for by a process of its own; people have a handful. */
const nicknameLimit = 50

export function linuxStore(machine: Machine): OperatingSystemStore {
  return {
    async read() {
      const shared = await sharedRoots(machine)
      const own = await ownRoots(machine)
      if (!shared.ok) return own.length > 0 ? success(rootsForMail(own)) : unreadable(shared.error)
      return success(rootsForMail([...certificatesInPem(shared.value), ...own]))
    },
  }
}

/** p11-kit's anchors for e-mail without those that are denied, as PEM. */
async function sharedRoots(machine: Machine) {
  const what = ['--format=pem-bundle', '--filter=ca-anchors', '--purpose=email']
  const extracted = await machine.runIntoFile('trust', (file) => ['extract', ...what, file], storeBudget)
  if (extracted.ok || extracted.error.code !== 'missing') return extracted
  for (const bundle of bundles) {
    const read = await machine.readFile(bundle, storeBudget.bytes)
    if (read.ok || read.error.code !== 'missing') return read
  }
  return extracted
}

/** The person's NSS database (`~/.pki/nssdb`). One that can't be read is passed over: it is an addition to the shared roots. */
async function ownRoots(machine: Machine): Promise<Certificate[]> {
  const home = machine.environment['HOME']
  if (!home) return []
  const database = `sql:${join(home, '.pki', 'nssdb')}`
  const listed = orEmpty(await machine.run('certutil', ['-L', '-d', database], storeBudget))
  if (!listed.ok) return []
  const found: Certificate[] = []
  for (const nickname of mailRootNicknames(utf8Text(listed.value)).slice(0, nicknameLimit)) {
    const pem = await machine.run('certutil', ['-L', '-d', database, '-n', nickname, '-a'], storeBudget)
    if (pem.ok) found.push(...certificatesInPem(pem.value))
  }
  return found
}

/**
 * The nicknames in the list of `certutil -L` whose trust for S/MIME, the second of the three fields, has the flag "C": a CA
 * that is trusted to issue. ("c" is one that is valid only, "p" one that is prohibited.)
 */
export function mailRootNicknames(list: string): string[] {
  const nicknames = list.split('\n').flatMap((line) => {
    const [, nickname = '', forMail = ''] = /^(.*?)\s+[a-zA-Z]*,([a-zA-Z]*),[a-zA-Z]*\s*$/.exec(line) ?? []
    return nickname !== '' && forMail.includes('C') ? [nickname] : []
  })
  return [...new Set(nicknames)]
}
