/**
 * Identities: private keys, sealed by the vault, and the certificates that belong to them.
 *
 * A key is durable before its public half leaves (`keepKey` comes first, `install` later), and it is used through a handle. A
 * key with a certificate is never deleted, only retired. The store keeps certificates as bytes; reading and judging them happens above.
 */

import { hexText, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { digestOf } from '../crypto/digest.ts'
import { randomId } from '../crypto/identifier.ts'
import type { KeyError } from '../crypto/keyInfo.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import { openPrivateKey, type PrivateKeyHandle, publicKeyInfoOf } from '../crypto/privateKey.ts'
import { normalizedAddress } from '../mime/address.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'
import { publicKeyInfoOfCertificate, samePublicKey } from './certificateKey.ts'
import { identityStatements } from './identityStatements.ts'
import type { IdentitySource, StoredIdentity } from './storedIdentity.ts'
import type { NotUnlocked, Vault } from './vault.ts'

export type { StoredIdentity } from './storedIdentity.ts'

export interface NewCertificate {
  readonly certificateDer: Uint8Array
  readonly addresses: readonly string[]
  readonly chain: readonly Uint8Array[]
}

type DiskFullFailure = { readonly code: 'disk-full' }
type NotFound = { readonly code: 'not-found'; readonly what: string }
export type OpenedKey = PrivateKeyHandle & { close(): void }
export type KeyUseFailure =
  | NotUnlocked
  | NotFound
  | { readonly code: 'damaged' }
  /** The key is there, and its algorithm isn't wanted now. */
  | { readonly code: 'experimental-algorithm'; readonly algorithm: string }
export type JoinFailure =
  | { readonly code: 'malformed-certificate'; readonly reason: string }
  | { readonly code: 'certificate-for-another-key' }
  | DiskFullFailure

export interface IdentityStore {
  /** Preferred ones first, then the newest. */
  list(): StoredIdentity[]
  get(id: string): StoredIdentity | undefined
  /**
   * Seals a PKCS#8 key and writes it durably, or within the transaction that is open. The same key twice is one. The caller
   * wipes `pkcs8`.
   */
  keepKey(
    pkcs8: Uint8Array,
  ): Result<{ readonly keyId: string; readonly publicKeyInfo: Uint8Array }, NotUnlocked | KeyError | DiskFullFailure>
  /** Joins a kept key with its certificate. It becomes the preferred identity of its addresses. */
  install(
    input: NewCertificate & { readonly keyId: string; readonly source: IdentitySource },
  ): Result<StoredIdentity, JoinFailure | NotFound>
  /** A key with its certificate at once; preferred only where no other identity is. `known`: it was here before. */
  importPair(
    input: NewCertificate & { readonly pkcs8: Uint8Array },
  ): Result<{ readonly identity: StoredIdentity; readonly known: boolean }, JoinFailure | NotUnlocked | KeyError>
  /** The kept key that a certificate belongs to, with or without one already. */
  keyIdFor(certificateDer: Uint8Array): string | undefined
  /** A handle to use and to close. */
  key(identityId: string): Result<OpenedKey, KeyUseFailure>
  /** The handle of a kept key that may have no certificate yet. */
  pendingKey(keyId: string): Result<OpenedKey, KeyUseFailure>
  /**
   * Deletes a key for which no certificate came and whose request was given up (certificate_requests says so). Throws for any
   * other key: the schema keeps those.
   */
  discardKey(keyId: string): void
  /** Keys that others have, as their owner or a CA said once: what was lost stays lost, whatever later lists say. */
  compromisedKeys(): ReadonlySet<string>
  markCompromised(keyId: string): void
  retire(id: string, retired: boolean): StoredIdentity | undefined
  prefer(id: string): StoredIdentity | undefined
  markBackedUp(id: string): StoredIdentity | undefined
  /** The plain PKCS#8 for an export that the person confirmed. The caller wipes it. */
  exportPkcs8(id: string): Result<Uint8Array, KeyUseFailure>
}

const keyTable = 'private_keys'

export function createIdentityStore(options: {
  database: Database
  vault: Vault
  clock: Clock
  random: Random
  /** Asked each time: keys of experimental algorithms are kept and opened only while it answers. */
  postQuantum?: () => PostQuantum | undefined
}): IdentityStore {
  const { database, vault, clock, random, postQuantum = () => undefined } = options
  const rows = identityStatements(database)

  function keepSealed(pkcs8: Uint8Array): Result<{ keyId: string; publicKeyInfo: Uint8Array }, NotUnlocked | KeyError> {
    const publicKeyInfo = publicKeyInfoOf(pkcs8, postQuantum())
    if (!publicKeyInfo.ok) return publicKeyInfo
    const known = rows.keyIdOf(publicKeyInfo.value)
    const keyId = known ?? randomId(random)
    // Asked even for a known key: a locked vault takes nothing.
    const sealed = vault.seal(keyTable, keyId, pkcs8)
    if (!sealed.ok) return sealed
    if (known === undefined) rows.insertKey(keyId, publicKeyInfo.value, sealed.value, clock())
    return success({ keyId, publicKeyInfo: publicKeyInfo.value })
  }

  /** Within a transaction. */
  function join(
    keyId: string,
    input: NewCertificate,
    source: IdentitySource,
  ): Result<{ identity: StoredIdentity; known: boolean }, Exclude<JoinFailure, DiskFullFailure> | NotFound> {
    const publicKeyInfo = rows.publicKeyInfoOf(keyId)
    if (!publicKeyInfo) return failure({ code: 'not-found', what: 'key' })
    const certified = publicKeyInfoOfCertificate(input.certificateDer)
    if (!certified) return failure({ code: 'malformed-certificate', reason: 'certificate' })
    if (!samePublicKey(publicKeyInfo, certified)) return failure({ code: 'certificate-for-another-key' })
    const sha256 = hexText(digestOf('sha256', input.certificateDer))
    const known = rows.bySha256(sha256)
    if (known) return success({ identity: known, known: true })
    const addresses = input.addresses.map((address) => ({ address, normalized: normalizedAddress(address) }))
    const id = randomId(random)
    rows.insertIdentity({ id, keyId, sha256, source, createdAt: clock(), addresses, ...chainAndCertificate(input) })
    if (source === 'enrolment') rows.preferEverywhere(id)
    else rows.preferWhereNoOther(id)
    const identity = rows.byId(id)
    if (!identity) throw new Error('the identity that was just written is missing')
    return success({ identity, known: false })
  }

  function sealedKey(keyId: string | undefined): Result<Uint8Array, KeyUseFailure> {
    const sealed = keyId === undefined ? undefined : rows.sealedKeyOf(keyId)
    if (keyId === undefined || !sealed) return failure({ code: 'not-found', what: 'identity' })
    return vault.open(keyTable, keyId, sealed)
  }

  function opened(keyId: string | undefined): Result<OpenedKey, KeyUseFailure> {
    const pkcs8 = sealedKey(keyId)
    if (!pkcs8.ok) return pkcs8
    // Whoever signs or decrypts is at work.
    vault.touch()
    try {
      const key = openPrivateKey(pkcs8.value, postQuantum())
      if (key.ok) return key
      // It could be opened when it was kept; now it can't.
      return failure(key.error.code === 'experimental-algorithm' ? key.error : { code: 'damaged' })
    } finally {
      wipe(pkcs8.value)
    }
  }

  function changed(id: string, change: () => void): StoredIdentity | undefined {
    return database.transaction(() => {
      if (!rows.byId(id)) return undefined
      change()
      return rows.byId(id)
    })
  }

  return {
    list: () => rows.all(),
    get: (id) => rows.byId(id),

    keepKey(pkcs8) {
      const kept = unlessDiskFull(() => database.transaction(() => keepSealed(pkcs8)))
      return kept.ok ? kept.value : kept
    },

    install({ keyId, source, ...certificate }) {
      const joined = unlessDiskFull(() => database.transaction(() => join(keyId, certificate, source)))
      if (!joined.ok) return joined
      return joined.value.ok ? success(joined.value.value.identity) : joined.value
    },

    importPair({ pkcs8, ...certificate }) {
      const publicKeyInfo = publicKeyInfoOf(pkcs8, postQuantum())
      if (!publicKeyInfo.ok) return publicKeyInfo
      const certified = publicKeyInfoOfCertificate(certificate.certificateDer)
      if (!certified) return failure({ code: 'malformed-certificate', reason: 'certificate' })
      // Before anything is written: a key of a pair that is none would be kept for nothing.
      if (!samePublicKey(publicKeyInfo.value, certified)) return failure({ code: 'certificate-for-another-key' })
      const written = unlessDiskFull(() =>
        database.transaction(() => {
          const kept = keepSealed(pkcs8)
          if (!kept.ok) return kept
          const joined = join(kept.value.keyId, certificate, 'import')
          if (!joined.ok && joined.error.code === 'not-found')
            throw new Error('the key that was just written is missing')
          return joined as Result<{ identity: StoredIdentity; known: boolean }, JoinFailure>
        }),
      )
      return written.ok ? written.value : written
    },

    keyIdFor(certificateDer) {
      const certified = publicKeyInfoOfCertificate(certificateDer)
      if (!certified) return undefined
      return rows.keys().find(({ publicKeyInfo }) => samePublicKey(publicKeyInfo, certified))?.keyId
    },

    key: (identityId) => opened(rows.byId(identityId)?.keyId),
    pendingKey: (keyId) => opened(keyId),

    discardKey: (keyId) => void rows.deleteKey(keyId),

    compromisedKeys: () => new Set(rows.compromisedKeys()),
    markCompromised: (keyId) => rows.insertCompromised(keyId, clock()),

    retire: (id, retired) =>
      changed(id, () => {
        rows.setRetired(id, retired)
        if (retired) rows.handOnPreference(id)
        else rows.preferWhereNoOther(id)
      }),
    prefer: (id) => changed(id, () => rows.preferEverywhere(id)),
    markBackedUp: (id) => changed(id, () => rows.setBackedUp(id, clock())),
    exportPkcs8: (id) => sealedKey(rows.byId(id)?.keyId),
  }
}

function chainAndCertificate({
  certificateDer,
  chain,
}: NewCertificate): Pick<NewCertificate, 'certificateDer' | 'chain'> {
  return { certificateDer, chain }
}
