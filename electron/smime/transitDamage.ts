/**
 * How the way damaged a clear-signed part (RFC 8551 §3.1 says what signers do against it). Known changes are undone one by
 * one, and two at a time, until the signed digest fits: then the change is named, as cause and not as excuse.
 *
 * What comes of it is a finding only. The content that is shown isn't the content that was signed, so the signature stays
 * broken; somebody who appends a lie changes the mail in the same way as a list that appends its footer.
 */

import { latin1Bytes, latin1Text } from '../base/bytes.ts'
import { type SeekableBytes, seekable, wholeOf } from '../base/seekableBytes.ts'
import { canonicalLines } from '../mime/canonical.ts'
import { bannerAdded, clearFooterAdded, footerAdded, partAdded } from './transit/added.ts'
import { charsetConverted, reEncoded, rewrapped } from './transit/content.ts'
import { headerAdded, headerFolding, headerRemoved, headerSpelling, subjectPrefix } from './transit/headers.ts'
import { blankLinesAtEnd, dotStuffing, fromEscaped, lastLineEnd, lineEnds, trailingSpace } from './transit/lines.ts'
import type { Damage, Repair } from './transit/repair.ts'

const bounds = {
  /** A letter with its picture. With larger parts a single guess costs what all of them may cost with a letter. */
  contentBytes: 262_144,
  /** What so much base64 has. Repairs look at each line. */
  lines: 5_000,
  /** Bytes that all guesses of a message together may have: some tenths of a second. */
  guessedBytes: 8_388_608,
  /** What a guess costs at least: 2,048 of them are the most, however small the mail. */
  leastBytes: 4_096,
  /** Guesses of one kind when a second kind is tried on top of each. */
  guessesInPairs: 12,
} as const

/** What may still be spent; the signatures of one message share it, so that many broken ones don't multiply the cost. */
export interface TransitBudget {
  bytesLeft: number
}

export function startTransitBudget(): TransitBudget {
  return { bytesLeft: bounds.guessedBytes }
}

/** Data of the finding `damaged-in-transit`: what happened, mostly one change, at most three. */
export interface TransitDamage {
  readonly how: readonly Damage[]
}

const ofLines: readonly Repair[] = [lastLineEnd, blankLinesAtEnd, trailingSpace, fromEscaped, dotStuffing]
const ofHeaders: readonly Repair[] = [subjectPrefix, headerFolding, headerSpelling, headerAdded, headerRemoved]
const ofContent: readonly Repair[] = [charsetConverted, reEncoded, rewrapped]
const additions: readonly Repair[] = [clearFooterAdded, footerAdded, bannerAdded]

/** The likeliest and cheapest first. */
const alone = [...ofLines, partAdded, clearFooterAdded, ...ofHeaders, ...ofContent, bannerAdded, footerAdded]
/** What comes earlier is undone first: lines and footers show only when the content is in the encoding that was signed. */
const inPairs = [partAdded, ...ofHeaders, ...ofContent, ...ofLines, ...additions]

class Search {
  readonly #matches: (candidate: Uint8Array) => boolean | Promise<boolean>
  readonly #budget: TransitBudget

  constructor(matches: (candidate: Uint8Array) => boolean | Promise<boolean>, budget: TransitBudget) {
    this.#matches = matches
    this.#budget = budget
  }

  get #spent(): boolean {
    return this.#budget.bytesLeft <= 0
  }

  #spend(bytes: number): void {
    this.#budget.bytesLeft -= Math.max(bytes, bounds.leastBytes)
  }

  /** Tries what a repair makes of `text`. */
  async single(text: string, repair: Repair, most = Number.POSITIVE_INFINITY): Promise<Damage | undefined> {
    let count = 0
    for (const candidate of repair(text)) {
      if (this.#spent || ++count > most) return undefined
      if (candidate.text === text) continue
      this.#spend(candidate.text.length)
      if (await this.#matches(latin1Bytes(candidate.text))) return candidate.how
    }
    return undefined
  }

  /** One repair on top of another. */
  async pair(text: string, first: Repair, others: readonly Repair[]): Promise<Damage[] | undefined> {
    let count = 0
    for (const { how, text: restored } of first(text)) {
      if (this.#spent || ++count > bounds.guessesInPairs) return undefined
      if (restored === text) continue
      for (const other of others) {
        if (this.#spent) return undefined
        // Looking costs too where it finds nothing to try.
        this.#budget.bytesLeft -= restored.length / 8
        const second = await this.single(restored, other, bounds.guessesInPairs)
        if (second) return [how, second]
      }
    }
    return undefined
  }

  async all(text: string): Promise<Damage[] | undefined> {
    for (const repair of alone) {
      const how = await this.single(text, repair)
      if (how) return [how]
    }
    for (const [index, repair] of inPairs.entries()) {
      const found = await this.pair(text, repair, inPairs.slice(index + 1))
      if (found) return found
    }
    return undefined
  }
}

function hasManyLines(content: Uint8Array): boolean {
  let ends = 0
  for (const byte of content) if (byte === 0x0a || byte === 0x0d) ends++
  // Two for each line, and files that lost one of them may have twice as many lines.
  return ends > 2 * bounds.lines
}

/**
 * `source`: the exact bytes of the part whose digest isn't the signed one. `matches` says whether bytes have that digest;
 * it must come from a signature that verifies, or a forger says what the mail was. Undefined: it can't be told, or the part
 * is too large to try.
 */
export async function diagnoseTransit(
  source: Uint8Array | SeekableBytes,
  matches: (candidate: Uint8Array) => boolean | Promise<boolean>,
  budget: TransitBudget = startTransitBudget(),
): Promise<TransitDamage | undefined> {
  const { size } = seekable(source)
  if (size > bounds.contentBytes || size === 0) return undefined
  const content = await wholeOf(seekable(source))
  if (hasManyLines(content)) return undefined
  const text = latin1Text(content)
  const search = new Search(matches, budget)
  const ends = await search.single(text, lineEnds)
  if (ends) return { how: [ends] }
  // Files that lost their carriage returns are common, and every other change is looked for in the form that was signed.
  const canonical = canonicalLines(text)
  const how = await search.all(canonical)
  if (!how) return undefined
  return { how: [...new Set<Damage>(canonical === text ? how : ['line-ends', ...how])] }
}
