/** The profile's paper key: sealed by the vault, so that it can be printed again and goes into every backup made from now on. */

import { utf8Bytes, utf8Text, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { newPaperKey, paperKeyIdOf } from '../../keystore/paperKey.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'

export interface KeptPaperKey {
  readonly key: string
  readonly keyId: string
  readonly madeAt: string
}

type NotReadable = { readonly code: 'locked' | 'no-vault' } | { readonly code: 'not-found'; readonly what: string }

const place = ['paper_key', '1'] as const

/** Undefined where none was made. */
export function keptPaperKey(context: ServiceContext): Result<KeptPaperKey | undefined, NotReadable> {
  const { profile, vault } = context.application
  const row = profile.database.get<{ sealed: Uint8Array; made_at: string }>('SELECT sealed, made_at FROM paper_key')
  if (!row) return success(undefined)
  const opened = vault.open(...place, row.sealed)
  if (!opened.ok) {
    return opened.error.code === 'damaged'
      ? failure({ code: 'not-found', what: 'paper-key' })
      : failure({ code: opened.error.code })
  }
  const key = utf8Text(opened.value)
  wipe(opened.value)
  return success({ key, keyId: paperKeyIdOf(key), madeAt: row.made_at })
}

/** In the place of the one before, which goes on opening the backups that were made with it. */
export function newKeptPaperKey(
  context: ServiceContext,
): Result<KeptPaperKey, { readonly code: 'locked' | 'no-vault' | 'disk-full' }> {
  const { profile, vault } = context.application
  const key = newPaperKey(context.runtime.random)
  const plain = utf8Bytes(key)
  const sealed = vault.seal(...place, plain)
  wipe(plain)
  if (!sealed.ok) return sealed
  const made = { key, keyId: paperKeyIdOf(key), madeAt: context.runtime.clock().toISOString() }
  const written = unlessDiskFull(() =>
    profile.database.run('INSERT OR REPLACE INTO paper_key (id, key_id, sealed, made_at) VALUES (1, ?, ?, ?)', [
      made.keyId,
      sealed.value,
      made.madeAt,
    ]),
  )
  return written.ok ? success(made) : written
}
