/**
 * The file of a backup: any bytes under a passphrase and, where the person has one, under their paper key.
 *
 * Layout, version 1:
 *
 *     magic     8 bytes   "SIEGELBK"
 *     version   1 byte    1
 *     length    4 bytes   of the header, big-endian, at most 65,536
 *     header    JSON, UTF-8: { "slots": [ … ] }; readers pass over fields and kinds of slots that they don't know
 *     pieces    the content in pieces of 1 MiB, the last one shorter (or empty); each as sealedBytes.ts has it: nonce (12 bytes),
 *               AES-256-GCM ciphertext, tag (16 bytes)
 *
 * A random file key of 256 bits seals the pieces. Each slot holds it, wrapped:
 *
 *     { "kind": "passphrase", "cost": N, "blockSize": r, "parallelism": p, "salt": base64, "wrapped": base64 }   scrypt, as masterKey.ts
 *     { "kind": "paper-key", "keyId": 8 hex digits, "salt": base64, "wrapped": base64 }   HKDF-SHA-256 (RFC 5869) of the 140 random bits
 *
 * The associated data of a piece is its number, whether it is the last one, and the SHA-256 of everything before the pieces:
 * a piece that was moved, left out or cut off is noticed, and so is a changed header.
 */

import { z } from 'zod'
import { base64Bytes, base64Text, concatBytes, hexText, utf8Bytes, utf8Text, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { inTurns, type Steps } from '../base/turns.ts'
import { digestOf } from '../crypto/digest.ts'
import { hkdfKey } from '../crypto/keyDerivation.ts'
import { openBytes, sealBytes } from '../crypto/sealedBytes.ts'
import {
  isBounded,
  newMasterKey,
  type PassphraseCost,
  passphraseCost,
  unwrapMasterKey,
  wrapMasterKey,
} from './masterKey.ts'
import { paperKeyIdOf, paperKeySecret } from './paperKey.ts'

/**
 * Room for some 100,000 certificates of other people, which are the bulk of a backup; several times as much memory is at work
 * while one is made or read.
 */
export const backupByteLimit = 268_435_456

export type BackupSecret = { readonly passphrase: string } | { readonly paperKey: string }

export type BackupFileFailure =
  | { readonly code: 'not-a-backup' }
  /** Written by a later program in a layout that this one doesn't know. */
  | { readonly code: 'backup-newer' }
  | { readonly code: 'wrong-backup-passphrase' }
  /** The paper key is read rightly and belongs to other backups; `keyId` is of the one that opens this, where one does. */
  | { readonly code: 'other-paper-key'; readonly keyId: string }
  | { readonly code: 'no-paper-key' }
  | { readonly code: 'damaged-file' }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }

const magic = utf8Bytes('SIEGELBK')
const version = 1
const fixedLength = magic.length + 1 + 4
const headerLimit = 65_536
/** One of each kind is written; a later program may add kinds. */
const slotLimit = 8
const pieceLength = 1_048_576
/** Nonce and tag. */
const pieceOverhead = 28
const wrappedLength = 60

const wrappedKey = z.base64().length((wrappedLength / 3) * 4)
const salt = z.base64().max(128)
const slot = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('passphrase'),
    cost: z.number().int(),
    blockSize: z.number().int(),
    parallelism: z.number().int(),
    salt,
    wrapped: wrappedKey,
  }),
  z.object({ kind: z.literal('paper-key'), keyId: z.string().max(64), salt, wrapped: wrappedKey }),
])
type Slot = z.infer<typeof slot>
const header = z.object({ slots: z.array(z.looseObject({ kind: z.string().max(64) })).max(slotLimit) })

export async function sealBackup(
  content: Uint8Array,
  options: {
    readonly passphrase: string
    /** As `newPaperKey` spells it. */
    readonly paperKey?: string | undefined
    readonly random: Random
    /** Cheaper in tests. */
    readonly cost?: PassphraseCost
  },
): Promise<Result<Uint8Array, Extract<BackupFileFailure, { code: 'too-large' }>>> {
  if (content.length > backupByteLimit) {
    return failure({ code: 'too-large', limit: backupByteLimit, size: content.length })
  }
  const { passphrase, paperKey, random, cost = passphraseCost } = options
  const fileKey = newMasterKey(random)
  try {
    const { salt, wrappedKey: wrapped, ...parameters } = await wrapMasterKey(fileKey, passphrase, cost, random)
    const slots: Slot[] = [
      { kind: 'passphrase', ...parameters, salt: base64Text(salt), wrapped: base64Text(wrapped) },
      ...(paperKey === undefined ? [] : [paperSlot(fileKey, paperKey, random)]),
    ]
    const head = headOf(utf8Bytes(JSON.stringify({ slots })))
    const headDigest = digestOf('sha256', head)
    return success(await inTurns(sealPieces(content, head, { fileKey, headDigest, random })))
  } finally {
    wipe(fileKey)
  }
}

/** The whole file. */
function* sealPieces(
  content: Uint8Array,
  head: Uint8Array,
  { fileKey, headDigest, random }: { fileKey: Uint8Array; headDigest: Uint8Array; random: Random },
): Steps<Uint8Array> {
  const count = Math.max(1, Math.ceil(content.length / pieceLength))
  const file = new Uint8Array(head.length + content.length + count * pieceOverhead)
  file.set(head)
  for (let number = 0, end = head.length; number < count; number++) {
    const piece = content.subarray(number * pieceLength, (number + 1) * pieceLength)
    file.set(sealBytes(fileKey, piece, placeOf(headDigest, number, number === count - 1), random), end)
    end += piece.length + pieceOverhead
    yield
  }
  return file
}

/** The content; the caller wipes it. A wrong passphrase costs as much time as the right one. */
export async function openBackup(
  bytes: Uint8Array,
  secret: BackupSecret,
): Promise<Result<Uint8Array, BackupFileFailure>> {
  const read = readHead(bytes)
  if (!read.ok) return read
  const { head, slots } = read.value
  const fileKey = await fileKeyOf(slots, secret)
  if (!fileKey.ok) return fileKey
  try {
    return await inTurns(openPieces(bytes.subarray(head.length), digestOf('sha256', head), fileKey.value))
  } finally {
    wipe(fileKey.value)
  }
}

function headOf(json: Uint8Array): Uint8Array {
  const { length } = json
  return concatBytes(
    magic,
    Uint8Array.of(version, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255),
    json,
  )
}

function readHead(
  bytes: Uint8Array,
): Result<{ readonly head: Uint8Array; readonly slots: readonly Slot[] }, BackupFileFailure> {
  if (magic.some((byte, index) => bytes[index] !== byte)) return failure({ code: 'not-a-backup' })
  // Sealing adds the header and 28 bytes to each piece.
  const limit = backupByteLimit + headerLimit + fixedLength + (backupByteLimit / pieceLength + 1) * pieceOverhead
  if (bytes.length > limit) return failure({ code: 'too-large', limit, size: bytes.length })
  if (bytes.length < fixedLength) return failure({ code: 'damaged-file' })
  if (bytes[magic.length] !== version) return failure({ code: 'backup-newer' })
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(magic.length + 1)
  if (length > headerLimit || fixedLength + length > bytes.length) return failure({ code: 'damaged-file' })
  const head = bytes.subarray(0, fixedLength + length)
  const parsed = header.safeParse(jsonOf(head.subarray(fixedLength)))
  if (!parsed.success) return failure({ code: 'damaged-file' })
  const slots = parsed.data.slots.flatMap((one) => slot.safeParse(one).data ?? [])
  return success({ head, slots })
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Text(bytes))
  } catch {
    return undefined
  }
}

function paperSlot(fileKey: Uint8Array, paperKey: string, random: Random): Slot {
  const salt = random(32)
  const key = paperWrappingKey(paperKey, salt)
  try {
    const wrapped = sealBytes(key, fileKey, paperPlace, random)
    return { kind: 'paper-key', keyId: paperKeyIdOf(paperKey), salt: base64Text(salt), wrapped: base64Text(wrapped) }
  } finally {
    wipe(key)
  }
}

const paperPlace = utf8Bytes('siegel backup file key')

function paperWrappingKey(paperKey: string, salt: Uint8Array): Uint8Array {
  const secret = paperKeySecret(paperKey)
  try {
    return hkdfKey('sha256', secret, 32, concatBytes(utf8Bytes('siegel backup paper key'), salt))
  } finally {
    wipe(secret)
  }
}

async function fileKeyOf(slots: readonly Slot[], secret: BackupSecret): Promise<Result<Uint8Array, BackupFileFailure>> {
  if ('paperKey' in secret) {
    const slot = slots.find((one) => one.kind === 'paper-key')
    if (slot?.kind !== 'paper-key') return failure({ code: 'no-paper-key' })
    if (slot.keyId !== paperKeyIdOf(secret.paperKey)) return failure({ code: 'other-paper-key', keyId: slot.keyId })
    const key = paperWrappingKey(secret.paperKey, base64Bytes(slot.salt))
    try {
      // The key is the right one by its number: what doesn't open was changed.
      const opened = openBytes(key, base64Bytes(slot.wrapped), paperPlace)
      return opened.ok ? opened : failure({ code: 'damaged-file' })
    } finally {
      wipe(key)
    }
  }
  const slot = slots.find((one) => one.kind === 'passphrase')
  if (slot?.kind !== 'passphrase' || !isBounded(slot)) return failure({ code: 'damaged-file' })
  const { cost, blockSize, parallelism, salt, wrapped } = slot
  const stored = { cost, blockSize, parallelism, salt: base64Bytes(salt), wrappedKey: base64Bytes(wrapped) }
  const key = await unwrapMasterKey(stored, secret.passphrase)
  return key.ok ? key : failure({ code: 'wrong-backup-passphrase' })
}

function* openPieces(
  sealed: Uint8Array,
  headDigest: Uint8Array,
  fileKey: Uint8Array,
): Steps<Result<Uint8Array, BackupFileFailure>> {
  const sealedLength = pieceLength + pieceOverhead
  const count = Math.max(1, Math.ceil(sealed.length / sealedLength))
  const content = new Uint8Array(Math.max(0, sealed.length - count * pieceOverhead))
  for (let number = 0, end = 0; number < count; number++) {
    const piece = sealed.subarray(number * sealedLength, (number + 1) * sealedLength)
    const opened = openBytes(fileKey, piece, placeOf(headDigest, number, number === count - 1))
    if (!opened.ok) {
      wipe(content)
      return failure({ code: 'damaged-file' })
    }
    content.set(opened.value, end)
    end += opened.value.length
    wipe(opened.value)
    yield
  }
  return success(content)
}

function placeOf(headDigest: Uint8Array, number: number, isLast: boolean): Uint8Array {
  return utf8Bytes(JSON.stringify(['siegel backup', version, number, isLast, hexText(headDigest)]))
}
