/**
 * The way through a message: layer by layer to the payload, then part by part. It gathers layers, signers, leaves and notes;
 * open.ts makes the result of them.
 *
 * Decrypted content is parsed on its own and becomes parts of its own. It is never put into the text around it: joining them
 * is how a stranger's HTML carries a decrypted text away ("EFAIL", direct exfiltration).
 */

import type { Layer } from '../../shared/contract/report.ts'
import { oids } from '../asn1/oids.ts'
import { equalBytes } from '../base/bytes.ts'
import { piecesOf, type SeekableBytes } from '../base/seekableBytes.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { digestOf } from '../crypto/digest.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import { canonicalPieces, hasBareLinefeed } from '../mime/canonicalPieces.ts'
import { type Entity, entitySource, parseSource } from '../mime/entity.ts'
import { fileNameOf } from '../mime/fileName.ts'
import { startBodySizes } from './bodySizes.ts'
import { countingStore, memoryStore } from './cms/contentStore.ts'
import { type CmsContent, type CmsError, type DecryptionKey, readCms } from './cms/read.ts'
import { type SignedData, type SignerOutcome, verifySigners } from './cms/verify.ts'
import { claimedKind, closedLayer, decryptedLayer, signedLayer } from './layers.ts'
import { noteOf } from './notes.ts'
import { contentBudgetOf, OverBudget, openBudget } from './openBudget.ts'
import type { MessageNote } from './openedMessage.ts'
import { type Leaf, type LeafReading, leafOf, leafOfBytes, leafOfStream, startTextBudget } from './parts.ts'
import type { SpooledStore } from './spooledStore.ts'
import { diagnoseTransit, startTransitBudget } from './transitDamage.ts'
import { cmsKindOf, cmsOfEntity, type FoundCms, foreignProtocolOf, wrappingOf } from './wrapping.ts'

export interface FoundSigner {
  readonly outcome: SignerOutcome
  readonly layer: number
  readonly certificates: readonly Certificate[]
}

/** `envelope`: under nothing but layers, so that the layers wrap the whole message. `inside`: within a multipart. */
export interface Place {
  readonly position: 'envelope' | 'inside'
  /** Indices of the layers around. */
  readonly inside: readonly number[]
  readonly hideLegacy: boolean
}

/** Where the layers around the whole message end. */
export interface FoundPayload {
  readonly entity: Entity
  readonly inside: readonly number[]
}

export class Traversal {
  readonly layers: Layer[] = []
  readonly signers: FoundSigner[] = []
  readonly leaves: Leaf[] = []
  readonly notes: MessageNote[] = []
  malformedSignature = false
  readonly #keys: readonly DecryptionKey[]
  readonly #store: SpooledStore | undefined
  readonly #postQuantum: PostQuantum | undefined
  readonly #payloads: FoundPayload[] = []
  readonly #transitBudget = startTransitBudget()
  readonly #reading: LeafReading = { notes: this.notes, texts: startTextBudget(), sizes: startBodySizes() }
  #structuresLeft = openBudget.structures
  #bytesLeft: number

  /** `size`: bytes of the whole message. */
  constructor(
    keys: readonly DecryptionKey[],
    size: number,
    store: SpooledStore | undefined,
    postQuantum: PostQuantum | undefined,
  ) {
    this.#postQuantum = postQuantum
    this.#keys = keys
    this.#store = store
    this.#bytesLeft = contentBudgetOf(size, store !== undefined)
  }

  /** Follows the layers around `entity`; the payload under them isn't taken apart yet, because its header may say how. */
  async unwrap(entity: Entity, inside: readonly number[] = []): Promise<FoundPayload | undefined> {
    await this.#visit(entity, { position: 'envelope', inside, hideLegacy: false })
    return this.#payloads.pop()
  }

  /** The same for a CMS file without any mail around it. */
  async unwrapFile(cms: FoundCms): Promise<FoundPayload | undefined> {
    await this.#openCms(cms, '', { position: 'envelope', inside: [], hideLegacy: false }, undefined)
    return this.#payloads.pop()
  }

  /** Takes a payload apart into leaves. */
  async collect(entity: Entity, place: Place): Promise<void> {
    for (const oddity of entity.oddities) this.#noteOnce(oddity)
    const foreign = foreignProtocolOf(entity)
    if (foreign !== undefined) this.notes.push(noteOf('unsupported-signature-protocol', { protocol: foreign }))
    if (entity.contentType.type.startsWith('multipart/') && entity.children.length > 0) {
      for (const child of entity.children) await this.#visit(child, { ...place, position: 'inside' })
      return
    }
    this.leaves.push(await leafOf(entity, place, this.#reading))
  }

  #noteOnce(code: Parameters<typeof noteOf>[0]): void {
    if (!this.notes.some((note) => note.code === code)) this.notes.push(noteOf(code))
  }

  async #visit(entity: Entity, place: Place): Promise<void> {
    if (place.inside.length >= openBudget.depth) throw new OverBudget('layers')
    // Also of what wraps a layer: there a second Content-Type shows another program another mail.
    for (const oddity of entity.oddities) this.#noteOnce(oddity)
    const wrapping = await wrappingOf(entity)
    if (wrapping === 'clear-signed') return this.#openClearSigned(entity, place)
    if (wrapping === 'cms' && !isCertificateFile(entity, place)) return this.#openCmsEntity(entity, place)
    if (wrapping === 'detached-signature') {
      if (place.position === 'envelope') return this.#openCmsEntity(entity, place)
      // What a mailing list leaves of a signed mail when it takes the multipart/signed apart. Signatures of attached files
      // have the file's name.
      const name = fileNameOf(entity)?.toLowerCase()
      if (name === undefined || name === 'smime.p7s') {
        this.malformedSignature = true
        this.notes.push(noteOf('stray-signature'))
      }
    }
    if (place.position === 'envelope') this.#payloads.push({ entity, inside: place.inside })
    else await this.collect(entity, place)
  }

  async #openClearSigned(entity: Entity, place: Place): Promise<void> {
    const [content, signature, ...extra] = entity.children
    if (!content || !signature) {
      this.malformedSignature = true
      this.notes.push(noteOf('signature-missing'))
      this.layers.push({ kind: 'clear-signed', algorithms: {}, state: 'malformed' })
      if (content) await this.#visit(content, place)
      else this.leaves.push(await leafOf(entity, place, this.#reading))
      return
    }
    if (place.position === 'inside') this.#noteOnce('signed-part-inside')
    if (content.bodyStart === content.end) this.#noteOnce('empty-content')
    const layer = await this.#verifyClearSigned(content, signature)
    await this.#visit(content, { ...place, inside: [...place.inside, layer] })
    if (extra.length === 0) return
    this.notes.push(noteOf('extra-parts-in-signed', { count: extra.length }))
    for (const part of extra) await this.#visit(part, { ...place, position: 'inside' })
  }

  /** The index of the new layer. */
  async #verifyClearSigned(content: Entity, signature: Entity): Promise<number> {
    const read = await this.#read(await cmsOfEntity(signature), [])
    if (!read.ok || read.value.kind !== 'signed') {
      const error: CmsError = read.ok ? { code: 'malformed', reason: 'content-type' } : read.error
      this.malformedSignature ||= error.code !== 'unsupported-algorithm'
      this.notes.push(noteOf('signature-unreadable', reasonOf(error)))
      return this.layers.push(closedLayer('clear-signed', error)) - 1
    }
    if (read.value.trailingBytes) this.#noteOnce('trailing-bytes')
    // The content that counts is the one that is shown.
    if (read.value.content !== undefined) this.#noteOnce('signature-with-own-content')
    const { signedData } = read.value
    const exact = entitySource(content)
    const measured = this.#reading.sizes.measured(exact, content.start, content)
    let outcomes = await verifySigners(signedData, measured, { postQuantum: this.#postQuantum })
    if (outcomes.some(({ state }) => state === 'broken') && (await hasBareLinefeed(piecesOf(exact)))) {
      const restored = await verifySigners(signedData, canonicalPieces(piecesOf(exact)), {
        postQuantum: this.#postQuantum,
      })
      if (restored.some(({ state }) => state === 'verified')) {
        outcomes = restored
        this.#noteOnce('line-ends-restored')
      }
    }
    if (signedData.contentType === oids.data) await this.#noteTransitDamage(exact, outcomes)
    return this.#addSigned('clear-signed', signedData, ofMail(outcomes, signedData.contentType), exact.size)
  }

  /** What the way did to a signed part; the signature stays broken. */
  async #noteTransitDamage(content: SeekableBytes, outcomes: readonly SignerOutcome[]): Promise<void> {
    const signed = outcomes.find(({ signedDigest }) => signedDigest !== undefined)?.signedDigest
    if (!signed || outcomes.some(({ state }) => state === 'verified')) return
    const matches = (candidate: Uint8Array) => equalBytes(digestOf(signed.name, candidate), signed.value)
    const damage = await diagnoseTransit(content, matches, this.#transitBudget)
    if (damage) this.notes.push(noteOf('damaged-in-transit', { how: [...damage.how] }))
  }

  #addSigned(kind: 'signed' | 'clear-signed', signedData: SignedData, outcomes: SignerOutcome[], size: number): number {
    const layer = this.layers.push(signedLayer(kind, outcomes, size)) - 1
    if (outcomes.length === 0) this.notes.push(noteOf('signature-without-signers'))
    if (outcomes.length === 0 || outcomes.some(({ state }) => state === 'malformed')) this.malformedSignature = true
    for (const outcome of outcomes) this.signers.push({ outcome, layer, certificates: signedData.certificates })
    return layer
  }

  async #openCmsEntity(entity: Entity, place: Place): Promise<void> {
    if (place.position === 'inside' && this.#structuresLeft <= 0) {
      // A mail with many attached .p7m files is no attack; the rest of them can be opened one by one.
      this.#noteOnce('too-many-layers')
      this.leaves.push(await leafOf(entity, place, this.#reading))
      return
    }
    const stated = entity.contentType.parameters.get('smime-type') ?? ''
    await this.#openCms(await cmsOfEntity(entity), stated, place, entity)
  }

  /** `entity` is what is shown instead when the structure can't be opened. */
  async #openCms(cms: FoundCms, smimeType: string, place: Place, entity: Entity | undefined): Promise<void> {
    const read = await this.#read(cms, this.#keys)
    const closed = () =>
      entity ? leafOf(entity, place, this.#reading) : leafOfStream(() => cms.chunks(), place.inside, 'smime.p7m')
    if (!read.ok) {
      const kind = claimedKind(cmsKindOf(cms.head), smimeType)
      if (kind === 'signed' && read.error.code !== 'unsupported-algorithm') this.malformedSignature = true
      this.notes.push(noteOf(kind === 'signed' ? 'signature-unreadable' : 'unreadable-layer', reasonOf(read.error)))
      this.layers.push(closedLayer(kind, read.error))
      this.leaves.push(await closed())
      return
    }
    this.#noteWrongType(smimeType, read.value)
    if (read.value.trailingBytes) this.#noteOnce('trailing-bytes')
    if (read.value.kind === 'signed') return this.#openSigned(read.value, place, closed)
    const { content } = read.value
    if (read.value.kind === 'compressed') {
      this.layers.push({ kind: 'compressed', algorithms: {}, state: 'unpacked', size: content.size })
    } else {
      this.layers.push(decryptedLayer(read.value))
      if (place.position === 'inside') this.#noteOnce('encrypted-part-inside')
    }
    await this.#visitContent(content, { ...place, inside: [...place.inside, this.layers.length - 1] })
  }

  async #openSigned(
    { content, signedData }: Extract<CmsContent, { kind: 'signed' }>,
    place: Place,
    closed: () => Promise<Leaf>,
  ): Promise<void> {
    const nobody = signedData.signerInfos.length === 0
    if (content === undefined || (nobody && content.size === 0)) {
      if (nobody) this.layers.push({ kind: 'certs-only', algorithms: {}, state: 'unpacked' })
      else {
        this.malformedSignature = true
        this.notes.push(noteOf('signature-without-content'))
        this.layers.push({ kind: 'signed', algorithms: {}, state: 'malformed' })
      }
      this.leaves.push(await closed())
      return
    }
    const parsed = await parseSource(content)
    const isEntity = parsed.ok
    if (place.position === 'inside') {
      // A signed file (an invoice as .p7m) isn't a signed part of the mail.
      if (!isEntity) {
        this.#noteOnce('signed-attachment')
        this.leaves.push(await closed())
        return
      }
      this.#noteOnce('signed-part-inside')
    }
    const measured = isEntity ? this.#reading.sizes.measured(content, 0, parsed.value) : content
    const outcomes = await verifySigners(signedData, measured, { postQuantum: this.#postQuantum })
    const ofContent = isEntity ? ofMail(outcomes, signedData.contentType) : outcomes
    const layer = this.#addSigned('signed', signedData, ofContent, content.size)
    await this.#visitContent(content, { ...place, inside: [...place.inside, layer] }, parsed)
  }

  async #visitContent(
    content: SeekableBytes,
    place: Place,
    known?: Awaited<ReturnType<typeof parseSource>>,
  ): Promise<void> {
    this.#bytesLeft -= content.size
    if (content.size === 0) this.#noteOnce('empty-content')
    const parsed = known ?? (await parseSource(content))
    if (parsed.ok) return this.#visit(parsed.value, place)
    if (parsed.error.code === 'over-budget') throw new OverBudget(parsed.error.limit)
    this.#noteOnce('content-without-headers')
    this.leaves.push(await leafOfBytes(content, place.inside, this.#reading.texts))
  }

  #noteWrongType(stated: string, content: CmsContent): void {
    if (stated === '') return
    const nobody = content.kind === 'signed' && content.signedData.signerInfos.length === 0
    const expected: Record<CmsContent['kind'], readonly string[]> = {
      signed: nobody ? ['certs-only', 'signed-data'] : ['signed-data', 'signed-receipt'],
      enveloped: ['enveloped-data'],
      'auth-enveloped': ['authenveloped-data'],
      compressed: ['compressed-data'],
    }
    if (expected[content.kind].includes(stated.toLowerCase())) return
    this.notes.push(noteOf('smime-type-mismatch', { stated: stated.slice(0, 40), found: content.kind }))
  }

  async #read(cms: FoundCms, keys: readonly DecryptionKey[]): ReturnType<typeof readCms> {
    if (--this.#structuresLeft < 0) throw new OverBudget('layers')
    if (this.#bytesLeft <= 0) throw new OverBudget('content-bytes')
    const counted = countingStore(this.#store ?? memoryStore)
    const read = await readCms(cms.chunks(), { keys, maxBytes: this.#bytesLeft, store: counted.store })
    if (read.ok) return read
    if (read.error.code === 'over-budget') throw new OverBudget(read.error.limit)
    // A layer that fails in its end has cost as much as one that holds: two dozen of them must not cost a budget each.
    this.#bytesLeft -= counted.bytes()
    return read
  }
}

/**
 * RFC 8551 §2.4.1: what is signed as a mail has the type id-data. A signature over something else (a time stamp, firmware)
 * whose bytes can be read as a mail is no signature of that mail.
 */
function ofMail(outcomes: readonly SignerOutcome[], contentType: string): SignerOutcome[] {
  if (contentType === oids.data) return [...outcomes]
  const reason = { code: 'content-type-mismatch', data: { stated: contentType, found: oids.data } }
  return outcomes.map((outcome) => ({
    ...outcome,
    state: outcome.state === 'verified' ? 'broken' : outcome.state,
    reasons: [...outcome.reasons, reason],
  }))
}

/** Certificates that somebody attached: a file to import, not a layer. As the whole message they are one. */
function isCertificateFile(entity: Entity, { position }: Place): boolean {
  if (position === 'envelope') return false
  if (entity.contentType.parameters.get('smime-type')?.toLowerCase() === 'certs-only') return true
  return /\.p7[bc]$/i.test(fileNameOf(entity) ?? '')
}

/** What a note says about an error; recipients stand in the layer. */
function reasonOf(error: CmsError): Record<string, unknown> {
  if (error.code === 'malformed') return { reason: error.reason }
  return error.code === 'unsupported-algorithm'
    ? { reason: error.code, algorithm: error.algorithm }
    : { reason: error.code }
}
