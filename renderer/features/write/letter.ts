/** A letter being written, as values: its kind, what stands in the way of sending, and addresses as people type them. */

import type { Draft, RecipientState } from '../../../shared/contract/compose.ts'
import type { HiddenHeaders } from '../../../shared/contract/report.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import type { DrawingName } from '../../ui/Drawing.tsx'

export interface Letter {
  readonly from: string
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
  readonly subject: string
  readonly text: string
  readonly sign: boolean
  readonly encrypt: boolean
  readonly inReplyTo?: string
  readonly references?: string
  /** What the letter that is answered hid; only there when that one came in an envelope. */
  readonly answered?: HiddenHeaders
}

export type LetterKind = 'sealed' | 'letter' | 'signed' | 'postcard'

export function kindOf({ sign, encrypt }: Pick<Letter, 'sign' | 'encrypt'>): LetterKind {
  if (encrypt) return sign ? 'sealed' : 'letter'
  return sign ? 'signed' : 'postcard'
}

export const drawingOf: Readonly<Record<LetterKind, DrawingName>> = {
  sealed: 'sealed-letter',
  letter: 'letter',
  signed: 'signed-postcard',
  postcard: 'postcard',
}

export function recipientsOf(letter: Pick<Letter, 'to' | 'cc' | 'bcc'>): readonly Mailbox[] {
  return [...letter.to, ...letter.cc, ...letter.bcc]
}

export interface Obstacle {
  readonly code:
    | 'no-sender'
    | 'no-recipients'
    | 'malformed'
    | 'cannot-read'
    | 'cannot-sign'
    | 'reveals'
    | 'files-under-way'
  readonly data: Readonly<Record<string, unknown>>
}

/** What keeps the letter from being sent as it is, the first thing first. */
export function obstacleOf(
  letter: Letter,
  facts: {
    readonly states: readonly RecipientState[]
    readonly hasSender: boolean
    readonly canSign: boolean
    readonly filesUnderWay: boolean
    /** The person has decided what may be seen of a letter that came in an envelope. */
    readonly decided: boolean
  },
): Obstacle | undefined {
  const named = (states: readonly RecipientState[]) => ({ addresses: states.map(({ address }) => address).join(', ') })
  const malformed = facts.states.filter(({ state }) => state === 'malformed')
  const closed = facts.states.filter(({ state }) => state !== 'sealed' && state !== 'malformed')
  if (!facts.hasSender) return { code: 'no-sender', data: {} }
  if (recipientsOf(letter).length === 0) return { code: 'no-recipients', data: {} }
  if (malformed.length > 0) return { code: 'malformed', data: named(malformed) }
  if (letter.sign && !facts.canSign) return { code: 'cannot-sign', data: { address: letter.from } }
  if (letter.encrypt && closed.length > 0) return { code: 'cannot-read', data: named(closed) }
  if (revealsAnswered(letter, facts.decided)) return { code: 'reveals', data: {} }
  if (facts.filesUnderWay) return { code: 'files-under-way', data: {} }
  return undefined
}

/** What came in an envelope would leave without one, and nobody has decided that yet (RFC 9788 §6.1). */
export function revealsAnswered(
  { answered, encrypt }: Pick<Letter, 'answered' | 'encrypt'>,
  decided: boolean,
): boolean {
  return answered !== undefined && !encrypt && !decided
}

/** The text without quoted lines, and without the line that says whose they are. */
export function withoutQuotation(text: string): string {
  const lines = text.split('\n')
  const isQuoted = (line: string | undefined) => line?.startsWith('>') === true
  return lines
    .filter((line, index) => !isQuoted(line) && !(line.trimEnd().endsWith(':') && isQuoted(lines[index + 1])))
    .join('\n')
}

/**
 * As it is handed in. An answer that a person lets out of the envelope no longer says that it is one where the identifier of
 * the answered letter stood only inside.
 */
export function sentDraft(draft: Draft, decided: boolean): Draft {
  const { answered, inReplyTo, references, ...rest } = draft
  if (!answered || draft.encrypt || !decided) return draft
  const ids = new Set(answered.messageIds)
  const isHidden = (text: string | undefined) => text?.split(/\s+/).some((id) => ids.has(id)) === true
  return {
    ...rest,
    ...(inReplyTo === undefined || isHidden(inReplyTo) ? {} : { inReplyTo }),
    ...(references === undefined || isHidden(references) ? {} : { references }),
  }
}

/** An envelope that somebody it is for could not open: as it stands, there is nothing to seal. */
export function cannotBeSealed({ encrypt }: Pick<Letter, 'encrypt'>, states: readonly RecipientState[]): boolean {
  return encrypt && states.some(({ state }) => state === 'postcard' || state === 'broken')
}

/** Addresses as typed or pasted: `Name <address>` or bare, separated by commas, semicolons or lines. */
export function parseMailboxes(text: string): readonly Mailbox[] {
  return text
    .split(/[,;\n]+/)
    .map((part) => part.replace(/[\x00-\x1f\x7f]/g, ' ').trim())
    .filter((part) => part !== '')
    .map((part) => {
      const found = /^"?([^"<]*?)"?\s*<([^<>]+)>$/.exec(part)
      const [, name = '', address = ''] = found ?? []
      if (!found) return { address: part.slice(0, 320) }
      return name.trim() === '' ? { address: address.trim() } : { name: name.trim(), address: address.trim() }
    })
    .filter(({ address }) => address.length >= 3)
}

export function withoutDoubles(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
  const seen = new Set<string>()
  return mailboxes.filter(({ address }) => {
    const key = address.toLowerCase()
    return seen.has(key) ? false : seen.add(key)
  })
}

export function draftOf(letter: Letter, attachments: Draft['attachments']): Draft {
  const { to, cc, bcc, ...rest } = letter
  return { ...rest, to: [...to], cc: [...cc], bcc: [...bcc], attachments }
}
