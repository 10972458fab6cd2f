/**
 * Opening: a message, or a CMS file without any mail around it, is taken apart layer by layer (RFC 8551), its signatures are
 * verified over the exact bytes, what can be decrypted is decrypted, and protected headers are read (RFC 9788).
 *
 * The result is facts. Whether a signer is trusted or the sender is who they claim to be is the work of inspect/.
 */

import type { Layer } from '../../shared/contract/report.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type SeekableBytes, seekable } from '../base/seekableBytes.ts'
import { decodeWords } from '../mime/encodedWords.ts'
import { type Entity, parseSource } from '../mime/entity.ts'
import { firstField } from '../mime/header.ts'
import { CmsFailure } from './cms/failure.ts'
import { noteOf } from './notes.ts'
import { OverBudget } from './openBudget.ts'
import type { OpenError, OpenedMessage, OpenedPart, OpenedSigner, OpenOptions } from './openedMessage.ts'
import type { Leaf } from './parts.ts'
import { mailboxesOf, type Payload, readHeaders } from './protectedHeaders.ts'
import { createSpooledStore, type SpooledStore, SpoolFull } from './spooledStore.ts'
import { type FoundPayload, Traversal } from './traversal.ts'
import { cmsKindOf, cmsOfFile } from './wrapping.ts'

export type {
  OpenError,
  OpenedMessage,
  OpenedPart,
  OpenedSigner,
  OpenOptions,
} from './openedMessage.ts'

/**
 * Opens an .eml, .p7m or .p7s file, held in memory or read from where it lies. Errors: `not-a-message` when it is neither
 * mail nor CMS, `over-budget`, `disk-full`. Everything else is a result: what can't be verified or decrypted says so in its
 * layer. The value keeps views on the source, and contents in the spool until it is discarded.
 */
export async function openMessage(
  message: Uint8Array | SeekableBytes,
  options: OpenOptions,
): Promise<Result<OpenedMessage, OpenError>> {
  const store = options.spool ? createSpooledStore(options.spool) : undefined
  const opened = await openInto(store, seekable(message), options)
  if (!opened.ok) await store?.discard()
  return opened
}

async function openInto(
  store: SpooledStore | undefined,
  source: SeekableBytes,
  options: OpenOptions,
): Promise<Result<OpenedMessage, OpenError>> {
  try {
    const parsed = await parseSource(source)
    if (!parsed.ok && parsed.error.code === 'over-budget') return failure(parsed.error)
    const traversal = new Traversal(options.keys, source.size, store, options.postQuantum)
    const discard = async () => store?.discard()
    if (parsed.ok) {
      const payload = await traversal.unwrap(parsed.value)
      return success({ ...(await finish(traversal, parsed.value, payload, options)), discard })
    }
    const cms = await cmsOfFile(source)
    if (!cmsKindOf(cms.head)) return failure({ code: 'not-a-message' })
    const payload = await traversal.unwrapFile(cms)
    return success({ ...(await finish(traversal, undefined, payload, options)), discard })
  } catch (error) {
    if (error instanceof OverBudget) return failure({ code: 'over-budget', limit: error.limit })
    if (error instanceof SpoolFull) return failure({ code: 'disk-full' })
    if (error instanceof CmsFailure && error.error.code === 'over-budget') return failure(error.error)
    await store?.discard()
    throw error
  }
}

async function finish(
  traversal: Traversal,
  top: Entity | undefined,
  payload: FoundPayload | undefined,
  options: OpenOptions,
): Promise<Omit<OpenedMessage, 'discard'>> {
  if (!top) traversal.notes.push(noteOf('no-mail-header'))
  const outer = top?.headers ?? []
  const read = readHeaders(outer, payload && payloadFacts(traversal, payload, options))
  traversal.notes.push(...read.notes)
  if (payload && read.displayed) {
    // What stands outside of the payload follows it.
    const others = traversal.leaves.splice(0)
    const { inside } = payload
    const hideLegacy = read.report.protection === 'cipher'
    await traversal.collect(read.displayed, { position: 'inside', inside, hideLegacy })
    traversal.leaves.push(...others)
  }
  const { layers, leaves, notes, malformedSignature } = traversal
  const date = firstField(read.fields, 'Date')?.text
  const messageId = firstField(read.fields, 'Message-ID')?.text
  return {
    from: read.from,
    to: mailboxesOf(read.fields, 'To'),
    cc: mailboxesOf(read.fields, 'Cc'),
    // First Subject wins: a later duplicate is how a stranger's field outranks the author's.
    subject: decodeWords(firstField(read.fields, 'Subject')?.text ?? ''),
    ...(date === undefined ? {} : { date }),
    ...(messageId === undefined ? {} : { messageId }),
    layers,
    signers: signersOf(traversal),
    ...encryptionOf(layers),
    malformedSignature,
    headers: read.report,
    hidden: read.hidden,
    outerHeaders: outer.map(({ name, text }) => ({ name, value: text })),
    parts: partsOf(leaves, verifiedLayers(traversal)),
    notes,
  }
}

/** Signers whose chains are asked for; letters have one or two. */
const vouchedLimit = 8

function payloadFacts(
  { layers, signers }: Traversal,
  { entity, inside }: FoundPayload,
  { isVouchedFor = () => false }: OpenOptions,
): Payload {
  const around = signers.filter(({ layer, outcome }) => inside.includes(layer) && outcome.state === 'verified')
  return {
    entity,
    signed: around.length > 0,
    vouchedAddresses: () =>
      around.slice(0, vouchedLimit).flatMap(({ outcome: { certificate }, certificates }) => {
        return certificate && isVouchedFor(certificate, certificates) ? certificate.emails : []
      }),
    encrypted: inside.some((index) => isEncryption(layers[index])),
  }
}

function isEncryption(layer: Layer | undefined): boolean {
  return layer?.kind === 'enveloped' || layer?.kind === 'auth-enveloped'
}

function verifiedLayers({ signers }: Traversal): Set<number> {
  return new Set(signers.filter(({ outcome }) => outcome.state === 'verified').map(({ layer }) => layer))
}

function signersOf({ signers, leaves }: Traversal): OpenedSigner[] {
  return signers.map((signer) => ({
    ...signer,
    coversMessage: leaves.length > 0 && leaves.every(({ inside }) => inside.includes(signer.layer)),
  }))
}

function partsOf(leaves: readonly Leaf[], verified: ReadonlySet<number>): OpenedPart[] {
  return leaves.map(({ inside, ...leaf }, index) => ({
    id: String(index + 1),
    ...leaf,
    covered: inside.some((layer) => verified.has(layer)),
  }))
}

/** The gravest outcome first. A cipher that isn't known leaves the content as unreadable as a malformed structure does. */
const failures = ['malformed', 'unsupported-algorithm', 'damaged', 'no-key'] as const

function encryptionOf(layers: readonly Layer[]): Pick<OpenedMessage, 'encryption' | 'authenticated'> {
  const encrypted = layers.filter(isEncryption)
  if (encrypted.length === 0) return { encryption: 'none' }
  const failed = failures.find((state) => encrypted.some((layer) => layer.state === state))
  if (failed) return { encryption: failed === 'unsupported-algorithm' ? 'malformed' : failed }
  return { encryption: 'decrypted', authenticated: encrypted.every(({ kind }) => kind === 'auth-enveloped') }
}
