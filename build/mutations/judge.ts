/**
 * What must hold for every mutated message: whatever the report calls good, covered or authentic is what somebody signed or
 * sealed, part by part and field by field.
 */

import { latin1Bytes, latin1Text } from '../../electron/base/bytes.ts'
import { type Result, success } from '../../electron/base/result.ts'
import type { Certificate } from '../../electron/certificates/certificate.ts'
import { validatePath } from '../../electron/certificates/path.ts'
import { reportOf } from '../../electron/inspect/report.ts'
import type { DecryptionKey } from '../../electron/smime/cms/read.ts'
import { type OpenError, type OpenedMessage, openMessage } from '../../electron/smime/open.ts'
import { report as reportSchema } from '../../shared/contract/report.ts'

/** What a reader sees of a message. */
export interface Shown {
  readonly verdict: { readonly signature: string; readonly encryption: string; readonly level: string }
  /** Each part with its metadata and content as one text. */
  readonly parts: readonly string[]
  readonly coveredParts: readonly string[]
  /** The protected fields that are shown; undefined where none are protected. */
  readonly headers: string | undefined
  /** The outermost layer is a cipher that proves its content, and it was opened. */
  readonly authentic: boolean
  readonly faults: readonly string[]
}

export interface Reader {
  readonly keys: readonly DecryptionKey[]
  readonly anchors: readonly Certificate[]
  readonly at: Date
}

/** Opens, judges and reads everything. A fault is an inconsistency of the result itself. */
export async function look(bytes: Uint8Array, { keys, anchors, at }: Reader): Promise<Result<Shown, OpenError>> {
  const isVouchedFor = (leaf: Certificate, intermediates: readonly Certificate[]): boolean =>
    validatePath({ leaf, intermediates, anchors, at, purpose: 'sign' }).state === 'valid'
  const opened = await openMessage(bytes, { keys, isVouchedFor })
  if (!opened.ok) return opened
  const message = opened.value
  const report = reportOf({ message, anchors, intermediates: [], at, now: at })
  const faults: string[] = []
  const parsed = reportSchema.safeParse(report)
  if (!parsed.success) faults.push(`the report breaks its contract: ${parsed.error.message.slice(0, 300)}`)
  const restored = message.notes.some(({ code }) => code === 'line-ends-restored')
  const parts: string[] = []
  const coveredParts: string[] = []
  for (const part of message.parts) {
    const content = await part.bytes()
    if (content.length !== part.size) faults.push(`a part of ${part.size} bytes has ${content.length}`)
    // Where line ends were restored, they differ from what was signed; nothing else may.
    const text = restored ? latin1Text(content).replaceAll('\r\n', '\n') : latin1Text(content)
    const shown = JSON.stringify([part.kind, part.mediaType, part.name, part.contentId, text])
    parts.push(shown)
    if (part.covered) coveredParts.push(shown)
  }
  const { signature, encryption, level } = report.verdict
  await message.discard()
  return success({
    verdict: { signature, encryption, level },
    parts,
    coveredParts,
    headers: message.headers.protection === 'none' ? undefined : headersOf(message),
    authentic: isAuthentic(message),
    faults,
  })
}

function headersOf({ from, to, cc, subject, date, messageId, headers }: OpenedMessage): string {
  return JSON.stringify([from, to, cc, subject, date, messageId, headers.shown])
}

function isAuthentic({ layers, encryption, notes }: OpenedMessage): boolean {
  const aside = notes.some(({ code }) => code === 'encrypted-part-inside' || code === 'signed-part-inside')
  return !aside && encryption === 'decrypted' && layers[0]?.kind === 'auth-enveloped'
}

function withLineFeeds(shown: string): string {
  return shown.replaceAll('\\r\\n', '\\n')
}

function among(part: string, originals: readonly Shown[]): boolean {
  return originals.some(({ parts }) => parts.some((original) => original === part || withLineFeeds(original) === part))
}

function sameParts(shown: Shown, original: Shown): boolean {
  return (
    shown.parts.length === original.parts.length &&
    shown.parts.every((part, index) => {
      const expected = original.parts[index] ?? ''
      return part === expected || part === withLineFeeds(expected)
    })
  )
}

/**
 * Both ways in which a message may be shown: as it is, and as a part of another mail, where its header isn't read and what
 * the header says to unwrap or to hide stays as it was signed.
 */
export async function viewsOf(bytes: Uint8Array, reader: Reader): Promise<Result<Shown[], OpenError>> {
  const text = latin1Text(bytes)
  const end = text.indexOf('\r\n\r\n')
  const structural = text
    .slice(0, end)
    .split(/\r\n(?![ \t])/)
    .filter((field) => /^content-/i.test(field))
  const part = `${structural.join('\r\n')}${text.slice(end)}`
  const around = 'Content-Type: multipart/mixed; boundary=around\r\n\r\n--around\r\n'
  const views: Shown[] = []
  for (const view of [bytes, latin1Bytes(`${around}${part}\r\n--around--\r\n`)]) {
    const shown = await look(view, reader)
    if (!shown.ok) return shown
    views.push(shown.value)
  }
  return success(views)
}

/** What is wrong with a mutated message, given what its sources show. `envelopeIsNew`: it was encrypted by the mutation. */
export function faultsOf(shown: Shown, originals: readonly Shown[], envelopeIsNew: boolean): string[] {
  const faults = [...shown.faults]
  const { signature, level } = shown.verdict
  if (signature === 'good' || level === 'good') {
    const alike = originals
      .filter(({ coveredParts }) => coveredParts.length > 0)
      .filter((original) => sameParts(shown, original))
    if (alike.length === 0) faults.push(`${signature}, and shows other parts than were signed`)
    else if (shown.headers !== undefined && !alike.some(({ headers }) => headers === shown.headers)) {
      faults.push(`${signature}, and shows another protected header than was signed`)
    }
  }
  if (!shown.coveredParts.every((part) => among(part, originals)))
    faults.push('a part counts as signed that nobody signed')
  if (shown.authentic && !envelopeIsNew && !shown.parts.every((part) => among(part, originals))) {
    faults.push('an authenticated cipher released changed content')
  }
  return faults
}
