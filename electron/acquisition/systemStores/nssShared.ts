/**
 * NSS's shared database (wiki.mozilla.org, "NSS Shared DB And LINUX"): Chromium and its kin, Evolution and others keep the
 * person's certificates there. The same store as a Thunderbird profile's, and read by the same tools.
 */

import { posix } from 'node:path'
import { hexText } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import {
  type CertificateStoreFailure,
  exportFromStore,
  hasNssTools,
  ownCertificates,
  type StoredCertificate,
} from '../nss/certificateStore.ts'
import type { ToolMachine } from '../toolMachine.ts'
import type { KeyExport, StoredKey, SystemStore, SystemStoreFailure } from './systemStore.ts'

/** Where it lies: of old, by the XDG base directories in newer Chromiums, and inside Chromium's snap. */
export function nssFoldersOf({ home, environment }: Pick<ToolMachine, 'home' | 'environment'>): string[] {
  const { join } = posix
  return [
    join(home, '.pki/nssdb'),
    join(environment['XDG_DATA_HOME'] || join(home, '.local/share'), 'pki/nssdb'),
    join(home, 'snap/chromium/current/.pki/nssdb'),
  ]
}

export function nssSharedStore(machine: ToolMachine, folder: string): SystemStore {
  const stored = async (): Promise<Result<(StoredKey & { uri: string })[], SystemStoreFailure>> => {
    const found = await ownCertificates(machine, folder)
    return found.ok ? success(found.value.map(storedKey)) : failure(meaningOf(found.error))
  }
  return {
    kind: 'nss',
    place: folder,
    hasTools: () => hasNssTools(machine),
    list: stored,
    async export(chosen, { oneTimePassword, storePassword }) {
      const found = await stored()
      if (!found.ok) return found
      const wanted = new Set(chosen.map(({ sha1 }) => sha1))
      const uris = found.value.filter(({ sha1 }) => wanted.has(sha1)).map(({ uri }) => uri)
      const files: KeyExport[] = []
      for (const uri of new Set(uris)) {
        const request = { uri, password: oneTimePassword, primaryPassword: storePassword }
        const exported = await exportFromStore(machine, folder, request)
        if (!exported.ok) return failure(meaningOf(exported.error))
        files.push({ file: exported.value, password: oneTimePassword })
      }
      // The files hold the chains.
      return success({ files, issuers: [] })
    },
  }
}

function storedKey({ uri, der }: StoredCertificate): StoredKey & { uri: string } {
  return { uri, certificateDer: der, sha1: hexText(digestOf('sha1', der)).toUpperCase(), exportable: 'unknown' }
}

function meaningOf(error: CertificateStoreFailure): SystemStoreFailure {
  switch (error.code) {
    case 'nss-tools-missing':
      return { code: 'store-tools-missing', program: 'certutil, pk12util' }
    case 'primary-password-needed':
      return { code: 'store-password-needed' }
    case 'wrong-primary-password':
      return { code: 'wrong-store-password' }
    default:
      return { code: 'store-unreadable', reason: error.reason }
  }
}
