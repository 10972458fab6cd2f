/**
 * GnuPG's keyring for S/MIME, which Kleopatra and KMail use, through gpgsm 2.2 and later. Its keys are under passphrases,
 * which gpg-agent asks for in a window of its own; Siegel asks instead, since the agent's window would also ask for a password
 * of the file. gpgsm then locks the file with the passphrase that opens the key.
 *
 * gpgsm ends with 0 also when it has exported nothing; what happened is in its status lines (doc/DETAILS).
 */

import { readPem } from '../../asn1/pem.ts'
import { hexText, latin1Text, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { PrivateFolder, RunFailure, ToolMachine } from '../toolMachine.ts'
import { gpgsmProgram } from './gnupgPlaces.ts'
import {
  type ExportRequest,
  exportByteLimit,
  issuerLimit,
  type KeyExport,
  type StoredKey,
  type SystemStore,
  type SystemStoreFailure,
  storedKeyLimit,
} from './systemStore.ts'

type Outcome<Value> = Result<Value, SystemStoreFailure>

/** `folder`: GnuPG's, with a keyring in it. */
export function gpgsmStore(machine: ToolMachine, folder: string): SystemStore {
  const gpgsm = async (parameters: readonly string[], input?: Uint8Array): Promise<Outcome<Uint8Array>> => {
    // Without dirmngr nothing is looked up in the network.
    const common = ['--homedir', folder, '--batch', '--no-tty', '--disable-dirmngr']
    const program = await gpgsmProgram(machine)
    if (program === undefined) return failure(meaningOf({ code: 'missing' }))
    const answer = await machine.run(program, [...common, ...parameters], input)
    return answer.ok ? answer : failure(meaningOf(answer.error))
  }
  const certificates = async (fingerprints: readonly string[]): Promise<Outcome<Uint8Array[]>> => {
    const exported = await gpgsm(['--armor', '--export', ...fingerprints])
    return exported.ok ? success(readPem(latin1Text(exported.value)).map(({ bytes }) => bytes)) : exported
  }
  return {
    kind: 'gpgsm',
    place: folder,
    async hasTools() {
      const program = await gpgsmProgram(machine)
      if (program === undefined) return false
      const answer = await machine.run(program, ['--version'])
      return answer.ok || answer.error.code !== 'missing'
    },
    async list() {
      const listed = await gpgsm(['--with-colons', '--list-secret-keys'])
      if (!listed.ok) return listed
      const keys = secretKeysIn(utf8Text(listed.value))
      if (keys.size === 0) return success([])
      const found = await certificates([...keys.keys()])
      return found.ok ? success(storedKeysOf(found.value, keys)) : found
    },
    async export(chosen, request) {
      const files: KeyExport[] = []
      for (const key of chosen) {
        const exported = await machine.inPrivateFolder((inner) => exportKey(gpgsm, inner, key, request))
        if (!exported.ok) return exported
        files.push(exported.value)
      }
      const others = await certificates([])
      // The chain can be completed in other ways.
      return success({ files, issuers: others.ok ? others.value.slice(0, issuerLimit) : [] })
    },
  }
}

async function exportKey(
  gpgsm: (parameters: readonly string[], input?: Uint8Array) => Promise<Outcome<Uint8Array>>,
  folder: PrivateFolder,
  { sha1 }: StoredKey,
  { oneTimePassword, storePassword }: ExportRequest,
): Promise<Outcome<KeyExport>> {
  // A key without a passphrase takes any, which then locks the file alone.
  const password = storePassword ?? oneTimePassword
  const file = await folder.write('export.p12', new Uint8Array())
  const done = await gpgsm(
    [
      ...['--pinentry-mode', 'loopback', '--passphrase-fd', '0', '--status-fd', '1'],
      ...['--yes', '--output', file, '--export-secret-key-p12', sha1],
    ],
    utf8Bytes(`${password}\n`),
  )
  if (!done.ok) return done
  if (utf8Text(done.value).includes('[GNUPG:] BAD_PASSPHRASE')) {
    return failure({ code: storePassword === undefined ? 'store-password-needed' : 'wrong-store-password' })
  }
  const bytes = await folder.read('export.p12', exportByteLimit)
  if (!bytes || bytes.length === 0) return failure({ code: 'store-unreadable', reason: 'no export' })
  return success({ file: bytes, password })
}

/**
 * The secret keys of a listing with colons: SHA-1 of each certificate (the first `fpr` after its `crs`), and the number of the
 * card that the key lies on (field 15), empty where it lies on the disk.
 */
export function secretKeysIn(listing: string): Map<string, string> {
  const keys = new Map<string, string>()
  let card: string | undefined
  for (const line of listing.split('\n')) {
    const fields = line.split(':', 15)
    if (fields[0] === 'crs') card = /^[0-9A-F]{8,}$/i.test(fields[14] ?? '') ? fields[14] : ''
    const sha1 = fields[9] ?? ''
    if (fields[0] === 'fpr' && card !== undefined && /^[0-9A-F]{40}$/.test(sha1)) {
      keys.set(sha1, card)
      card = undefined
    }
    if (keys.size === storedKeyLimit) break
  }
  return keys
}

function storedKeysOf(ders: readonly Uint8Array[], keys: ReadonlyMap<string, string>): StoredKey[] {
  return ders.flatMap((certificateDer) => {
    const sha1 = hexText(digestOf('sha1', certificateDer)).toUpperCase()
    const card = keys.get(sha1)
    return card === undefined ? [] : [{ certificateDer, sha1, exportable: card === '' ? 'unknown' : 'no' }]
  })
}

function meaningOf(error: RunFailure): SystemStoreFailure {
  if (error.code === 'missing') return { code: 'store-tools-missing', program: 'gpgsm' }
  if (error.code !== 'refused') return { code: 'store-unreadable', reason: error.code }
  // gpg-agent.conf may say no-allow-loopback-pinentry.
  return error.detail.includes("setting pinentry mode 'loopback'")
    ? { code: 'store-refused' }
    : { code: 'store-unreadable', reason: 'refused' }
}
