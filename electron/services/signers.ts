/** What is asked about the signers of a mail before it is judged: their missing issuers, and whether somebody was revoked. */

import type { AnchorSource } from '../certificates/anchorSource.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { PathQuestion } from '../certificates/path.ts'
import type { CheckedRevocation } from '../certificates/revocation/sources.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { OpenedMessage } from '../smime/open.ts'
import type { ServiceContext } from './context.ts'
import { missingIssuers } from './missingIssuers.ts'
import { type Patience, usualWaitMs } from './patience.ts'
import { checkRevocation } from './revocation.ts'

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
  const questions = message.signers
    .filter(({ outcome }) => outcome.state === 'verified')
    .slice(0, mostSigners)
    .flatMap(({ outcome, certificates }): PathQuestion[] =>
      outcome.certificate
        ? [
            {
              ...trusted,
              leaf: outcome.certificate,
              intermediates: [...certificates, ...trusted.intermediates],
              purpose: 'sign',
            },
          ]
        : [],
    )
  // Both together are waited for no longer than one.
  const end = Date.now() + (patience.waitMs ?? usualWaitMs)
  const found = await missingIssuers(context, questions, patience)
  const completed = questions.map((question) => ({ ...question, intermediates: [...question.intermediates, ...found] }))
  const left = { ...patience, waitMs: Math.max(end - Date.now(), 0) }
  const revocation = await checkRevocation(context, completed, left)
  return { intermediates: [...trusted.intermediates, ...found], revocation }
}
