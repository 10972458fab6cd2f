/**
 * The person's login keychain of macOS, through `security` (security(1)). macOS itself asks the person whether each key may go.
 *
 * `security export` hands out every identity of the keychain in one file, and takes the file's password only as a parameter,
 * which other programs can see while it runs. So it is random, opens this one file, and the file lies in a folder that nobody
 * else can enter and goes right after.
 */

import { posix } from 'node:path'
import { readPem } from '../../asn1/pem.ts'
import { hexText, latin1Text, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { RunFailure, ToolMachine } from '../toolMachine.ts'
import {
  askingSeconds,
  exportByteLimit,
  issuerLimit,
  type SystemStore,
  type SystemStoreFailure,
  storedKeyLimit,
} from './systemStore.ts'

const program = '/usr/bin/security'

export function loginKeychainOf({ home }: Pick<ToolMachine, 'home'>): string {
  return posix.join(home, 'Library/Keychains/login.keychain-db')
}

export function keychainStore(machine: ToolMachine, keychain: string): SystemStore {
  const certificates = async (): Promise<Result<Uint8Array[], SystemStoreFailure>> => {
    const found = await machine.run(program, ['find-certificate', '-a', '-p', keychain])
    if (!found.ok) return failure(unreadable(found.error))
    return success(readPem(latin1Text(found.value)).map(({ bytes }) => bytes))
  }
  return {
    kind: 'keychain',
    place: keychain,
    hasTools: () => machine.isFile(program),
    async list() {
      // Without -v also those that have expired: old letters need them.
      const listed = await machine.run(program, ['find-identity', '-p', 'smime', keychain])
      if (!listed.ok) return failure(unreadable(listed.error))
      const identities = identitiesIn(utf8Text(listed.value))
      const found = await certificates()
      if (!found.ok) return found
      const keys = found.value.map((der) => ({
        certificateDer: der,
        sha1: hexText(digestOf('sha1', der)).toUpperCase(),
        exportable: 'unknown' as const,
      }))
      return success(keys.filter(({ sha1 }) => identities.has(sha1)))
    },
    async export(_chosen, { oneTimePassword }) {
      return machine.inPrivateFolder(async (folder) => {
        const file = posix.join(folder.path, 'export.p12')
        const parameters = ['export', '-k', keychain, '-t', 'identities', '-f', 'pkcs12', '-P', oneTimePassword]
        const exported = await machine.run(program, [...parameters, '-o', file], undefined, askingSeconds)
        if (!exported.ok) return failure(exportFailure(exported.error))
        const bytes = await folder.read('export.p12', exportByteLimit)
        if (!bytes) return failure({ code: 'store-unreadable', reason: 'no export' })
        const others = await certificates()
        const issuers = others.ok ? others.value.slice(0, issuerLimit) : []
        return success({ files: [{ file: bytes, password: oneTimePassword }], issuers })
      })
    },
  }
}

/**
 * The SHA-1 fingerprints that `security find-identity` lists, upper case: `  1) <40 hexadecimal digits> "<name>"`, behind it in
 * parentheses what speaks against the certificate. One may stand in both sections, "Matching identities" and "Valid identities
 * only".
 */
export function identitiesIn(listing: string): Set<string> {
  const found = new Set<string>()
  for (const line of listing.split('\n')) {
    const [, sha1] = /^\s*\d{1,6}\) ([0-9A-F]{40}) "/i.exec(line) ?? []
    if (sha1 !== undefined && found.size < storedKeyLimit) found.add(sha1.toUpperCase())
  }
  return found
}

function unreadable(error: RunFailure): SystemStoreFailure {
  return error.code === 'missing'
    ? { code: 'store-tools-missing', program }
    : { code: 'store-unreadable', reason: error.code }
}

/** Its messages are SecCopyErrorMessageString's: errSecDataNotAvailable for a key that never leaves; a "no" has several. */
function exportFailure(error: RunFailure): SystemStoreFailure {
  if (error.code !== 'refused') return unreadable(error)
  return error.detail.includes('contents of this item cannot be retrieved')
    ? { code: 'key-not-exportable' }
    : { code: 'store-refused' }
}
