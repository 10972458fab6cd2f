/**
 * Mails that are sealed but not yet handed in. A mail is written here before the server is contacted and leaves when the
 * server has taken all its messages, so that neither a crash nor a bad network loses it.
 *
 * One held mail is one or more messages: a blind-copy recipient gets a message of their own. Everything is sealed by the
 * vault, the messages in pieces, so that a mail of any size passes through little memory.
 */

import type { Failure } from '../../shared/contract/errors.ts'
import { concatBytes, utf8Bytes, utf8Text, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import type { Vault } from '../keystore/vault.ts'
import { type Database, unlessDiskFull } from '../storage/database.ts'
import { DiskFull } from '../storage/sqliteFailure.ts'
import { type ClaimColumns, createOutboxClaims } from './outboxClaims.ts'

type VaultShut = { readonly code: 'locked' | 'no-vault' }

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/** What a held mail is, for the list and for another try. */
export interface MailDescription {
  readonly accountId: string
  readonly subject: string
  /** All recipients, the blind ones too. */
  readonly to: readonly string[]
  readonly messageId: string
}

export interface HeldMessage {
  readonly position: number
  readonly envelope: Envelope
  /** In bytes, as they go to the server. */
  readonly size: number
  readonly handedIn: boolean
}

export interface HeldMail extends MailDescription {
  readonly id: string
  readonly createdAt: string
  readonly state: 'held' | 'sending'
  readonly failure?: Failure
}

export interface NewMessage {
  readonly envelope: Envelope
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export interface Outbox {
  /** The newest first. Empty while the vault is shut: nothing about a mail is readable then. */
  list(): HeldMail[]
  get(id: string): HeldMail | undefined
  /** Writes all messages of a mail; on any failure, also of `messages` itself, nothing stays behind. */
  add(
    description: MailDescription,
    messages: readonly NewMessage[],
  ): Promise<Result<string, VaultShut | { readonly code: 'disk-full' }>>
  messages(id: string): Result<HeldMessage[], VaultShut | { readonly code: 'not-found'; readonly what: string }>
  /** The bytes of one message. Throws where the vault is locked meanwhile, or a piece is damaged or gone. */
  open(id: string, position: number): AsyncIterable<Uint8Array>
  /** Claims a mail for one try; false when it is already under way, here or in another process. */
  claim(id: string): boolean
  /** Ends a try; the failure is shown until the next one. */
  release(id: string, failed?: Failure): void
  markHandedIn(id: string, position: number): void
  discard(id: string): boolean
}

interface OutboxRow extends ClaimColumns {
  readonly id: string
  readonly created_at: string
  readonly sealed_description: Uint8Array
  readonly sealed_failure: Uint8Array | null
}

interface MessageRow {
  readonly position: number
  readonly sealed_envelope: Uint8Array
  readonly size: number
  readonly handed_in: number
}

/** Small enough that several sends at once stay in tens of megabytes, large enough that a row's cost is nothing. */
const pieceBytes = 1_048_576
/** A mail that was never completed is the rest of a crash; a day is longer than any writing takes. */
const abandonedAfterMs = 86_400_000

export function createOutbox(options: { database: Database; vault: Vault; clock: Clock; random: Random }): Outbox {
  const { database, vault, clock, random } = options
  const claims = createOutboxClaims(options)

  function sealJson(table: string, rowId: string, value: unknown): Result<Uint8Array, VaultShut> {
    const plain = utf8Bytes(JSON.stringify(value))
    const sealed = vault.seal(table, rowId, plain)
    wipe(plain)
    return sealed
  }

  function openJson<Value>(table: string, rowId: string, sealed: Uint8Array): Value | undefined {
    const opened = vault.open(table, rowId, sealed)
    if (!opened.ok) return undefined
    const value = JSON.parse(utf8Text(opened.value)) as Value
    wipe(opened.value)
    return value
  }

  function heldMail(row: OutboxRow): HeldMail | undefined {
    const description = openJson<MailDescription>('outbox', row.id, row.sealed_description)
    if (!description) return undefined
    const failed = row.sealed_failure ? openJson<Failure>('outbox-failure', row.id, row.sealed_failure) : undefined
    return {
      ...description,
      id: row.id,
      createdAt: row.created_at,
      state: claims.isTaken(row) ? 'sending' : 'held',
      ...(failed ? { failure: failed } : {}),
    }
  }

  async function write(id: string, position: number, message: NewMessage): Promise<Result<undefined, VaultShut>> {
    const envelope = sealJson('outbox-envelope', `${id}/${position}`, message.envelope)
    if (!envelope.ok) return envelope
    database.run('INSERT INTO outbox_messages (mail_id, position, sealed_envelope, size) VALUES (?, ?, ?, 0)', [
      id,
      position,
      envelope.value,
    ])
    let size = 0
    let piece = 0
    for await (const bytes of inPieces(message.content)) {
      const sealed = vault.seal('outbox-piece', `${id}/${position}/${piece}`, bytes)
      if (!sealed.ok) return sealed
      database.run('INSERT INTO outbox_pieces (mail_id, position, piece, sealed) VALUES (?, ?, ?, ?)', [
        id,
        position,
        piece,
        sealed.value,
      ])
      size += bytes.length
      piece += 1
    }
    database.run('UPDATE outbox_messages SET size = ? WHERE mail_id = ? AND position = ?', [size, id, position])
    return success(undefined)
  }

  function discard(id: string): boolean {
    // Messages and pieces go with it (ON DELETE CASCADE).
    return database.run('DELETE FROM outbox WHERE id = ?', [id]).changes > 0
  }

  function discardAbandoned(): void {
    const before = new Date(clock().getTime() - abandonedAfterMs).toISOString()
    database.run('DELETE FROM outbox WHERE complete = 0 AND created_at < ?', [before])
  }

  return {
    list() {
      return database
        .all<OutboxRow>('SELECT * FROM outbox WHERE complete = 1 ORDER BY created_at DESC, id', [])
        .flatMap((row) => heldMail(row) ?? [])
    },

    get(id) {
      const row = database.get<OutboxRow>('SELECT * FROM outbox WHERE complete = 1 AND id = ?', [id])
      return row ? heldMail(row) : undefined
    },

    async add(description, messages) {
      discardAbandoned()
      const id = randomId(random)
      const sealed = sealJson('outbox', id, description)
      if (!sealed.ok) return sealed
      let complete = false
      try {
        database.run('INSERT INTO outbox (id, created_at, complete, sealed_description) VALUES (?, ?, 0, ?)', [
          id,
          clock().toISOString(),
          sealed.value,
        ])
        for (const [position, message] of messages.entries()) {
          const written = await write(id, position, message)
          if (!written.ok) return written
        }
        database.run('UPDATE outbox SET complete = 1 WHERE id = ?', [id])
        complete = true
        return success(id)
      } catch (error) {
        if (error instanceof DiskFull) return failure({ code: 'disk-full' })
        throw error
      } finally {
        // On a full disk even deleting may fail; the incomplete rest then goes with the next mail.
        if (!complete) unlessDiskFull(() => discard(id))
      }
    },

    messages(id) {
      const state = vault.state()
      if (state !== 'unlocked') return failure({ code: state === 'none' ? 'no-vault' : 'locked' })
      const rows = database.all<MessageRow>('SELECT * FROM outbox_messages WHERE mail_id = ? ORDER BY position', [id])
      const messages: HeldMessage[] = []
      for (const row of rows) {
        const envelope = openJson<Envelope>('outbox-envelope', `${id}/${row.position}`, row.sealed_envelope)
        if (!envelope) return failure({ code: 'not-found', what: 'mail' })
        messages.push({ position: row.position, envelope, size: row.size, handedIn: row.handed_in === 1 })
      }
      return messages.length === 0 ? failure({ code: 'not-found', what: 'mail' }) : success(messages)
    },

    async *open(id, position) {
      const size = database.get<{ size: number }>(
        'SELECT size FROM outbox_messages WHERE mail_id = ? AND position = ?',
        [id, position],
      )?.size
      let passed = 0
      for (let piece = 0; passed !== size; piece += 1) {
        const row = database.get<{ sealed: Uint8Array }>(
          'SELECT sealed FROM outbox_pieces WHERE mail_id = ? AND position = ? AND piece = ?',
          [id, position, piece],
        )
        // Discarded meanwhile. A message that just ended would be sent as if it were whole.
        if (!row) throw new Error("held mail can't be read: gone")
        const opened = vault.open('outbox-piece', `${id}/${position}/${piece}`, row.sealed)
        if (!opened.ok) throw new Error(`held mail can't be read: ${opened.error.code}`)
        passed += opened.value.length
        yield opened.value
      }
    },

    claim: (id) => claims.take(id),

    release(id, failed) {
      claims.give(id)
      if (!failed) return
      const sealed = sealJson('outbox-failure', id, failed)
      // Locked meanwhile: the mail stays held, without a reason.
      database.run('UPDATE outbox SET sealed_failure = ? WHERE id = ?', [sealed.ok ? sealed.value : null, id])
    },

    markHandedIn(id, position) {
      database.run('UPDATE outbox_messages SET handed_in = 1 WHERE mail_id = ? AND position = ?', [id, position])
    },

    discard,
  }
}

/** The same bytes in pieces of one size, the last one shorter. */
async function* inPieces(content: NewMessage['content']): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    waiting.push(chunk)
    length += chunk.length
    if (length < pieceBytes) continue
    const bytes = concatBytes(...waiting)
    let offset = 0
    for (; offset + pieceBytes <= bytes.length; offset += pieceBytes) yield bytes.subarray(offset, offset + pieceBytes)
    waiting = [bytes.subarray(offset)]
    length = bytes.length - offset
  }
  if (length > 0) yield concatBytes(...waiting)
}
