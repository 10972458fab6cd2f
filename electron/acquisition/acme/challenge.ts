/**
 * A mail becomes a challenge that may be answered, or a refusal with its reason (RFC 8823 §3.1): what it says, and whether
 * it comes from the CA, by DKIM or by an S/MIME signature that covers its header.
 */

import { failure, type Result, success } from '../../base/result.ts'
import { parseEntity } from '../../mime/entity.ts'
import { authenticateChallenge, type TxtResolver } from './challengeMail.ts'
import {
  type ChallengeField,
  type ChallengeMail,
  type ChallengeMailError,
  readChallengeFields,
  readChallengeMail,
} from './emailReply.ts'

/** What an S/MIME signature over a mail is worth, and the header fields that it covers. */
export interface SignedChallenge {
  /** 'good': unbroken, of the sender's address, from an issuer that is trusted here. */
  readonly signature: 'good' | 'other-signer' | 'unknown-issuer' | 'not-good'
  /** The fields inside the signature (RFC 8551 §3.1, RFC 9788); empty when the header is outside of it. */
  readonly fields: readonly ChallengeField[]
}

/** Verifies a mail's S/MIME signature; undefined when it carries none. */
export type SignedChallengeReader = (raw: Uint8Array) => Promise<SignedChallenge | undefined>

export interface ChallengeQuestion {
  /** The address in the challenge object's "from". */
  readonly challengeFrom: string
  /** The address that the certificate is for. */
  readonly address: string
  readonly at: Date
  readonly resolveTxt: TxtResolver
  readonly readSigned: SignedChallengeReader
}

/**
 * Undefined when the mail is no challenge at all; `unanswered` when DNS said nothing about the signer's key, so that the mail
 * is neither genuine nor forged yet.
 */
export async function readGenuineChallenge(
  raw: Uint8Array,
  question: ChallengeQuestion,
): Promise<Result<ChallengeMail, ChallengeMailError> | 'unanswered' | undefined> {
  const { challengeFrom, address } = question
  const read = readChallengeMail(raw, challengeFrom, address)
  if (!read?.ok) return read
  const inside = claimsSmime(raw) ? await signedChallenge(raw, question) : undefined
  if (inside?.ok) return inside
  const genuine = await authenticateChallenge(raw, read.value.from, question.resolveTxt, question.at)
  if (genuine.ok) return genuine.value === 'genuine' ? read : 'unanswered'
  // A mail with both kinds of signature is told by the one that nobody else could have put there.
  return inside ?? failure(genuine.error)
}

function claimsSmime(raw: Uint8Array): boolean {
  const entity = parseEntity(raw)
  const type = entity.ok ? entity.value.contentType.type : ''
  return type === 'multipart/signed' || /^application\/(x-)?pkcs7-mime$/.test(type)
}

/** RFC 8823 §3.1 point 6: the signer's certificate names the sender, and the header is inside of what was signed. */
async function signedChallenge(
  raw: Uint8Array,
  { readSigned, challengeFrom, address }: ChallengeQuestion,
): Promise<Result<ChallengeMail, ChallengeMailError> | undefined> {
  const signed = await readSigned(raw)
  if (!signed) return undefined
  const refuse = (reason: string) =>
    failure({ code: 'challenge-forged' as const, reason, from: challengeFrom.slice(0, 320) })
  if (signed.signature !== 'good') return refuse(`smime-${signed.signature}`)
  if (signed.fields.length === 0) return refuse('smime-header-open')
  const read = readChallengeFields(signed.fields, challengeFrom, address)
  // The subject inside is none of a challenge, whatever the outside says.
  return read === undefined ? refuse('smime-header-open') : read.ok ? success(read.value) : read
}
