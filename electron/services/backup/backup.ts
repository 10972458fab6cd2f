/** Backups: made under the vault's passphrase, rehearsed with nothing but the file, restored as a whole. */

import { implement, ORPCError } from '@orpc/server'
import type { BackupSecret, Restoration, TriedKey } from '../../../shared/contract/backup.ts'
import { contract } from '../../../shared/contract/contract.ts'
import type { ByteSource } from '../../../shared/contract/values.ts'
import { release, wipe } from '../../base/bytes.ts'
import { inTurns } from '../../base/turns.ts'
import { randomId } from '../../crypto/identifier.ts'
import { loadPostQuantum } from '../../crypto/postQuantum.ts'
import { backupByteLimit, openBackup, sealBackup } from '../../keystore/backupFile.ts'
import { identityStatements } from '../../keystore/identityStatements.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { readPaperKey } from '../../keystore/paperKey.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { meaningOf } from '../../storage/sqliteFailure.ts'
import { authorityStore } from '../authority/authorityStore.ts'
import { requireStrength } from '../chosenPassphrase.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { storedCertificate } from '../judge.ts'
import { orRaise, raise } from '../raise.ts'
import { checkSound } from './backupCheck.ts'
import { type BackupContents, collectBackup, type KeyProof, readContents } from './backupContents.ts'
import { type Merged, mergeBackup, type Seal } from './backupMerge.ts'
import { proofFor, triedKeys } from './backupProof.ts'
import { backupRecords } from './backupRecords.ts'
import { createKnownFacts, type KnownFacts } from './certificateFacts.ts'
import { keptPaperKey, newKeptPaperKey } from './paperKey.ts'

const os = implement(contract.backup).$context<ServiceContext>()

/** Room for the header and the seals around the content. */
const fileByteLimit = backupByteLimit + 1_048_576
/** Of a file that goes into the spool: each is encrypted in one stretch. */
const pieceLength = 1_048_576

export const backupProcedures = {
  state: os.state.handler(({ context }) =>
    backupRecords(context.application.profile.database).state(context.runtime.clock()),
  ),

  make: os.make.handler(async ({ input, context }) => {
    const { vault, profile, identities, handover } = context.application
    await requireStrength(context, 'backup', input.backupPassphrase, input.allowWeak)
    if (vault.state() === 'locked') return raise({ code: 'locked' })
    orRaise(await vault.check(input.passphrase))
    const now = context.runtime.clock()
    const about = { id: randomId(context.runtime.random), madeAt: now.toISOString(), profile: profile.kind }
    const paperKey = orRaise(keptPaperKey(context))?.key
    const { content, unreadable, inIt } = await collected(context, about)
    let file: Uint8Array
    try {
      const { random } = context.runtime
      file = orRaise(await sealBackup(content, { passphrase: input.backupPassphrase, paperKey, random }))
    } finally {
      wipe(content)
      release(content)
    }
    const name = `siegel-${about.madeAt.slice(0, 10)}.siegel-backup`
    const counts = () => {
      profile.database.transaction(() => {
        backupRecords(profile.database).keep({ ...about, keyIds: inIt.keyIds })
        for (const id of inIt.identities) identities.markBackedUp(id)
      })
      context.events.publish('backups')
      context.events.publish('identities')
    }
    const pieces = { size: file.length, open: () => piecesOf(file) }
    const offered = orRaise(await handover.offer({ name, mediaType: 'application/octet-stream' }, pieces, counts))
    return {
      spoolId: offered.spoolId,
      name: offered.name,
      size: offered.size,
      countsOnceSaved: true as const,
      identities: inIt.identities.length,
      unreadable,
      samePassphrase: input.backupPassphrase.normalize('NFC') === input.passphrase.normalize('NFC'),
      paperKey: paperKey !== undefined,
    }
  }),

  rehearse: os.rehearse.handler(({ input, context }) =>
    withBackup(context, input, (contents, keys) => {
      const passed = keys.every(({ outcome }) => outcome !== 'unusable')
      const records = backupRecords(context.application.profile.database)
      const recorded = passed && records.rehearsed(contents.head.id, context.runtime.clock())
      if (recorded) context.events.publish('backups')
      return { madeAt: contents.head.madeAt, keys, passed, recorded }
    }),
  ),

  preview: os.preview.handler(({ input, context }) =>
    withBackup(context, input, (contents, keys, facts) => {
      const { database } = context.application.profile
      let merged: Merged | undefined
      const tried = unlessDiskFull(() =>
        undone(() =>
          database.transaction(() => {
            // Nothing of it stays, so that nothing needs the vault.
            merged = merge(context, contents, facts, () => Uint8Array.of(0))
            throw new Undo()
          }),
        ),
      )
      orRaise(tried)
      return restorationOf(contents, keys, merged)
    }),
  ),

  restore: os.restore.handler(async ({ input, context }) => {
    const state = context.application.vault.state()
    if (state !== 'unlocked') return raise({ code: state === 'none' ? 'no-vault' : 'locked' })
    const restored = await withBackup(context, input, (contents, keys, facts) => {
      const { database, renewBackup } = context.application.profile
      const records = backupRecords(database)
      const done = orRaise(
        unlessDiskFull(() =>
          database.transaction(() => {
            const merged = merge(context, contents, facts, (table, rowId, plain) =>
              orRaise(context.application.vault.seal(table, rowId, plain)),
            )
            records.keep({ ...contents.head, keyIds: merged.keyIds })
            // It was opened from its file and each key was tried: that is a rehearsal.
            if (keys.every(({ outcome }) => outcome !== 'unusable')) {
              records.rehearsed(contents.head.id, context.runtime.clock())
            }
            return merged
          }),
        ),
      )
      renewBackup()
      return restorationOf(contents, keys, done)
    })
    await context.application.experimental.settle()
    for (const topic of restoredTopics) context.events.publish(topic)
    return restored
  }),

  paperKey: os.paperKey.handler(async ({ input, context }) => {
    const { vault } = context.application
    if (vault.state() === 'locked') return raise({ code: 'locked' })
    orRaise(await vault.check(input.passphrase))
    const kept = input.anew ? undefined : orRaise(keptPaperKey(context))
    if (kept) return kept
    const made = orRaise(newKeptPaperKey(context))
    context.events.publish('backups')
    return made
  }),
}

const restoredTopics = [
  'backups',
  'identities',
  'enrolments',
  'contacts',
  'accounts',
  'drafts',
  'anchors',
  'authorities',
  'settings',
] as const

class Undo extends Error {}

function undone(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
}

type About = Parameters<typeof collectBackup>[2]

/** The content of a backup, and what is in it that the profile remembers: all as it stands at one moment. */
async function collected({ application, runtime }: ServiceContext, about: About) {
  const snapshot = await application.profile.snapshot()
  try {
    const identities = identityStatements(snapshot).all()
    const proofs = await proofsOf(identities, runtime)
    const inIt = { keyIds: backupRecords(snapshot).keyIds(), identities: identities.map(({ id }) => id) }
    return { ...orRaise(await inTurns(collectBackup(snapshot, application.vault, about, proofs))), inIt }
  } finally {
    snapshot.close()
  }
}

async function proofsOf(
  identities: readonly StoredIdentity[],
  { clock, random }: ServiceContext['runtime'],
): Promise<KeyProof[]> {
  const postQuantum = await loadPostQuantum()
  const proofs: KeyProof[] = []
  for (const { certificateDer } of identities) {
    const proof = await proofFor(storedCertificate(certificateDer), { clock, random, postQuantum })
    if (proof) proofs.push(proof)
  }
  return proofs
}

/** Opens the file, checks all of it and tries its keys; what was in memory goes when `use` is done. */
async function withBackup<Value>(
  context: ServiceContext,
  input: { readonly source: ByteSource; readonly secret: BackupSecret },
  use: (contents: BackupContents, keys: TriedKey[], facts: KnownFacts) => Value,
): Promise<Value> {
  const contents = await openedContents(context, input)
  try {
    if (contents.head.profile !== context.application.profile.kind) {
      return raise({ code: 'backup-of-other-kind', kind: contents.head.profile })
    }
    // Keys of experimental algorithms are the person's own, too: they are tried whatever the settings say.
    const postQuantum = await loadPostQuantum()
    const facts = createKnownFacts()
    if (!(await inTurns(checkSound(contents.database, postQuantum, facts)))) return raise({ code: 'damaged-file' })
    return use(contents, await triedKeys(contents, postQuantum, context.runtime.random), facts)
  } finally {
    contents.close()
  }
}

/** The rows alone are kept from here on: file and content may have hundreds of megabytes each. */
async function openedContents(
  context: ServiceContext,
  { source, secret }: { readonly source: ByteSource; readonly secret: BackupSecret },
): Promise<BackupContents> {
  const checked = 'paperKey' in secret ? { paperKey: orRaise(readPaperKey(secret.paperKey)) } : secret
  const content = orRaise(await openBackup(await bytesOf(context, source, fileByteLimit), checked))
  try {
    return orRaise(await readContents(content))
  } finally {
    wipe(content)
    release(content)
  }
}

async function* piecesOf(file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < file.length; offset += pieceLength) yield file.subarray(offset, offset + pieceLength)
}

/** Within a transaction: what this profile's constraints refuse, or a store can't read afterwards, undoes all of it. */
function merge(context: ServiceContext, contents: BackupContents, facts: KnownFacts, seal: Seal): Merged {
  try {
    const merged = mergeBackup({
      from: contents.database,
      into: context.application.profile.database,
      kind: contents.head.profile,
      facts,
      seal,
      random: context.runtime.random,
      at: context.runtime.clock(),
    })
    readThroughStores(context)
    return merged
  } catch (error) {
    if (meaningOf(error) === 'disk-full' || error instanceof ORPCError) throw error
    return raise({ code: 'damaged-file' })
  }
}

/** Throws where a value is none that a store wrote. What contacts hold was read and written by theirs on the way. */
function readThroughStores(context: ServiceContext): void {
  const { identities, trust, rootLists, accounts, settings } = context.application
  const { enrolments, requests, ownAuthorities, acmeAccounts, renewals, profile } = context.application
  const authorities = authorityStore(profile.database)
  for (const { id } of identities.list()) renewals.revocation(id)
  for (const { id } of authorities.list()) authorities.issued(id)
  trust.anchors()
  trust.issuers()
  rootLists.distrusted()
  accounts.list()
  for (const store of [enrolments, requests, ownAuthorities, acmeAccounts]) store.list()
  settings.get()
}

function restorationOf({ head }: BackupContents, keys: TriedKey[], merged: Merged | undefined): Restoration {
  return {
    madeAt: head.madeAt,
    parts: [...(merged?.parts ?? [])],
    trusts: [...(merged?.trusts ?? [])],
    servers: [...(merged?.servers ?? [])],
    entries: [...(merged?.entries ?? [])],
    asks: [...(merged?.asks ?? [])],
    people: [...(merged?.people ?? [])],
    morePeople: merged?.morePeople ?? 0,
    keys,
  }
}
