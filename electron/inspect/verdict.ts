/**
 * Judgement: one pure function from facts to a verdict. Facts are gathered by signerFacts.ts and report.ts; the words for
 * a verdict stand in shared/words.
 */

import type { Report, Verdict } from '../../shared/contract/report.ts'

export type SignatureVerdict = Verdict['signature']

/** What the verdict rests on, and nothing else. */
export interface VerdictFacts {
  readonly signers: readonly {
    readonly state: SignatureVerdict
    /** Its certificate names every From address. */
    readonly matchesFrom: boolean
    /** Its signature covers everything that is shown. */
    readonly coversMessage: boolean
    /** Its state is `malformed` only because the algorithm or the certificate isn't known here. */
    readonly uncheckable?: boolean
    /** Its state is `revoked`, but only since it signed, and nothing speaks against what it signed before. */
    readonly revokedSince?: boolean
  }[]
  /** Something that claims to be a signature can't be read. */
  readonly malformedSignature: boolean
  readonly hasFrom: boolean
  readonly encryption: Verdict['encryption']
  readonly authenticated?: boolean
  /** Something was decrypted that stands beside other content: whoever put them together need not know what it says. */
  readonly encryptedPart?: boolean
}

/** From harmless to grave. What a person can mend by waiting or by trusting a root comes before what somebody forged. */
const gravity: readonly SignatureVerdict[] = [
  'none',
  'good',
  'revocation-unknown',
  'expired',
  'not-yet-valid',
  'weak-algorithm',
  'wrong-purpose',
  'unknown-issuer',
  'address-mismatch',
  'revoked',
  'broken',
  'malformed',
]

export function gravest(states: readonly SignatureVerdict[]): SignatureVerdict {
  return gravity[Math.max(0, ...states.map((state) => gravity.indexOf(state)))] ?? 'none'
}

function mildest(states: readonly SignatureVerdict[]): SignatureVerdict | undefined {
  const [first, ...others] = states
  return first && others.reduce((best, state) => (gravity.indexOf(state) < gravity.indexOf(best) ? state : best), first)
}

const levelOfSignature: Readonly<Record<SignatureVerdict, Verdict['level']>> = {
  none: 'neutral',
  good: 'good',
  'revocation-unknown': 'caution',
  expired: 'caution',
  'not-yet-valid': 'caution',
  'weak-algorithm': 'caution',
  'wrong-purpose': 'caution',
  'unknown-issuer': 'caution',
  'address-mismatch': 'bad',
  revoked: 'bad',
  broken: 'bad',
  malformed: 'bad',
}

/**
 * The message is as good as its best signer among those who can speak for From: a second, broken signature is a finding,
 * and a stranger's good one doesn't mend the author's.
 */
function signatureOf({ signers, malformedSignature }: VerdictFacts): SignatureVerdict {
  const covering = signers.filter(({ coversMessage }) => coversMessage)
  const authors = covering.filter(({ matchesFrom }) => matchesFrom)
  const best = mildest((authors.length > 0 ? authors : covering).map(({ state }) => state))
  if (best === 'good') return 'good'
  if (malformedSignature) return 'malformed'
  if (best !== undefined) return best
  // Nothing vouches for the whole. A part's signature isn't the message's, except where it shows that something was changed.
  const parts = gravest(signers.map(({ state }) => state))
  return levelOfSignature[parts] === 'bad' ? parts : 'none'
}

function levelOf(facts: VerdictFacts, signature: SignatureVerdict): Verdict['level'] {
  const { encryption, authenticated, hasFrom, signers, malformedSignature } = facts
  if (encryption === 'damaged' || encryption === 'malformed') return 'bad'
  // What can't be checked is no better than no signature, but it isn't a sign of tampering either.
  const uncheckable = signers.every(({ state, uncheckable }) => state !== 'malformed' || uncheckable)
  if (signature === 'malformed' && !malformedSignature && uncheckable) return 'caution'
  const revoked = signers.filter(({ state }) => state === 'revoked')
  // The time of signing is the signer's word: enough for caution instead of alarm, not for more.
  if (signature === 'revoked' && revoked.every(({ revokedSince }) => revokedSince)) return 'caution'
  // Without a From there is nobody whom the signature could contradict.
  if (signature === 'address-mismatch' && !hasFrom) return 'caution'
  // A ciphertext of somebody else, copied into a mail for its reader to open and quote (EFAIL §6.2).
  if (facts.encryptedPart && encryption === 'decrypted' && (signature === 'good' || signature === 'none'))
    return 'caution'
  if (signature !== 'none') return levelOfSignature[signature]
  if (signers.length > 0) return 'caution'
  // Unsigned and under a cipher that proves nothing: whoever carried it may have changed it (EFAIL).
  return encryption === 'decrypted' && !authenticated ? 'caution' : 'neutral'
}

export function verdictOf(facts: VerdictFacts): Report['verdict'] {
  const { encryption, authenticated } = facts
  const signature = signatureOf(facts)
  return {
    signature,
    encryption,
    ...(encryption === 'decrypted' && authenticated !== undefined ? { authenticated } : {}),
    level: levelOf(facts, signature),
  }
}
