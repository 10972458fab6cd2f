/** What is asked about the signers of a mail before it is judged: their missing issuers, and whether somebody was revoked. */

import type { AnchorSource } from '../../certificates/anchorSource.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { type PathQuestion, validatePath } from '../../certificates/path.ts'
import type { CheckedRevocation } from '../../certificates/revocation/sources.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { matchAddresses } from '../../inspect/addressMatch.ts'
import { signerLimit } from '../../inspect/report.ts'
import type { OpenedMessage, OpenedSigner } from '../../smime/open.ts'
import type { ServiceContext } from '../context.ts'
import { type Patience, usualWaitMs } from '../patience.ts'
import { checkRevocation } from '../revocation/revocation.ts'
import { missingIssuers } from './missingIssuers.ts'

/** As the mail is judged. */
interface Trusted {
  readonly anchors: AnchorSource
  readonly intermediates: readonly Certificate[]
  readonly at: Date
  readonly postQuantum: PostQuantum | undefined
}

export interface LearntAboutSigners {
  readonly intermediates: readonly Certificate[]
  readonly revocation: CheckedRevocation
}

/** Letters have one or two signers; a mail with a hundred must not make a hundred searches before it is shown. */
const mostSigners = 4

/** Nobody is asked about a signature that isn't right: then its certificate says nothing about the mail. */
export async function askAboutSigners(
  context: ServiceContext,
  message: OpenedMessage,
  trusted: Trusted,
  patience: Patience = {},
): Promise<LearntAboutSigners> {
  const questions = questionsOf(message, trusted)
  // Both together are waited for no longer than one.
  const end = Date.now() + (patience.waitMs ?? usualWaitMs)
  const found = await missingIssuers(context, questions, patience)
  const completed = questions.map((question) => ({ ...question, intermediates: [...question.intermediates, ...found] }))
  const left = { ...patience, waitMs: Math.max(end - Date.now(), 0) }
  const revocation = await checkRevocation(context, completed, left)
  return { intermediates: [...trusted.intermediates, ...found], revocation }
}

/**
 * Those first who can make the mail good: the sender puts the signers in order, and must not push one out with names that nobody
 * vouches for.
 */
function questionsOf(message: OpenedMessage, trusted: Trusted): PathQuestion[] {
  const from = message.from.map(({ address }) => address)
  const ranked = message.signers.slice(0, signerLimit).flatMap((signer) => rankedQuestion(signer, trusted, from))
  ranked.sort((one, other) => other.rank - one.rank)
  const first = new Map<string, (typeof ranked)[number]>()
  for (const entry of ranked) if (!first.has(entry.question.leaf.sha256)) first.set(entry.question.leaf.sha256, entry)
  return [...first.values()].slice(0, mostSigners).map(({ question }) => question)
}

function rankedQuestion({ outcome, certificates, coversMessage }: OpenedSigner, trusted: Trusted, from: string[]) {
  const { certificate: leaf } = outcome
  if (outcome.state !== 'verified' || !leaf) return []
  const intermediates = [...certificates, ...trusted.intermediates]
  const question: PathQuestion = { ...trusted, leaf, intermediates, purpose: 'sign' }
  const isVouchedFor = validatePath(question).state === 'valid'
  const isAuthor = coversMessage && matchAddresses(from, leaf.emails).covered
  return [{ question, rank: Number(isVouchedFor) * 2 + Number(isAuthor) }]
}
