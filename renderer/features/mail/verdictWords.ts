/** A verdict as a picture, a sentence and a next step. The judgement is made elsewhere; here it only gets its words. */

import type { OpenedMail } from '../../../shared/contract/report.ts'
import type { Say } from '../../client/words.ts'
import type { DrawingName } from '../../ui/Drawing.tsx'

export interface VerdictWords {
  readonly drawing: DrawingName
  /** The level in one word, where the level alone doesn't say it. */
  readonly word?: string
  readonly sentences: readonly string[]
  readonly next: string
}

/** `own`: the reader sealed it. */
export function verdictWords(mail: OpenedMail, own: boolean, say: Say): VerdictWords {
  const { signature, encryption, level } = mail.report.verdict
  const data = verdictData(mail)
  const judged = signature === 'revoked' && level === 'caution' ? 'revoked-since' : signature
  const drawing = drawingOf(judged, encryption)
  // The signer of a mail that nobody here could open is unknown: the envelope comes first.
  if (encryption === 'no-key' || encryption === 'damaged' || encryption === 'malformed') {
    return {
      drawing,
      word: say('verdict.closed'),
      sentences: [say(`verdict.encryption.${encryption}`, data)],
      next: say(`verdict.nextEncryption.${encryption}`, data),
    }
  }
  const clock = mail.report.findings.find(({ code }) => code === 'clock-behind' || code === 'clock-ahead')
  const signerKnown = mail.harvestable.every(({ known }) => known)
  const next = clock
    ? say(`findings.${clock.code}`, clock.data)
    : signature === 'good' && (signerKnown || own)
      ? ''
      : say(`verdict.next.${judged}`, data)
  if (signature === 'good' && encryption === 'decrypted') {
    if (own) return { drawing, sentences: [say('verdict.sealedByMe', data)], next: '' }
    // The sender's own copy is one of the keys.
    const count =
      Math.max(
        0,
        ...mail.report.layers.map(({ recipientCount, recipients }) => recipientCount ?? recipients?.length ?? 0),
      ) - 1
    const sentence = count > 1 ? say('verdict.sealedForMany', { ...data, count }) : say('verdict.sealed', data)
    return { drawing, sentences: [sentence], next }
  }
  if (signature === 'none' && encryption === 'none') {
    return { drawing, sentences: [say('verdict.postcard', data)], next }
  }
  const sentences = [say(`verdict.signature.${judged}`, data), say(`verdict.encryption.${encryption}`, data)]
  return { drawing, sentences, next }
}

/** What the sentences name: the signer as the certificate has it, the sender as the mail says. */
function verdictData(mail: OpenedMail) {
  const { signers, verdict } = mail.report
  const signer = signers.find(({ state }) => state === verdict.signature) ?? signers[0]
  const from = mail.from.map(({ address }) => address).join(', ')
  const signerText = signer ? signer.emails.join(', ') || signer.subject : from
  const to = [...mail.to, ...mail.cc].map(({ address }) => address).join(', ')
  return { from, to, signer: signerText, issuer: signer?.issuer ?? '' }
}

function drawingOf(
  signature: OpenedMail['report']['verdict']['signature'] | 'revoked-since',
  encryption: OpenedMail['report']['verdict']['encryption'],
): DrawingName {
  if (encryption === 'no-key' || encryption === 'damaged' || encryption === 'malformed') return 'letter'
  switch (signature) {
    case 'none':
      return encryption === 'decrypted' ? 'letter' : 'postcard'
    case 'good':
    case 'revocation-unknown':
    case 'revoked-since':
      return encryption === 'decrypted' ? 'sealed-letter' : 'signed-postcard'
    case 'address-mismatch':
    case 'unknown-issuer':
    case 'wrong-purpose':
      return 'foreign-seal'
    case 'expired':
    case 'not-yet-valid':
    case 'revoked':
    case 'weak-algorithm':
    case 'broken':
    case 'malformed':
      return 'broken-seal'
  }
}
