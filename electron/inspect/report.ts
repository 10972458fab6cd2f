/**
 * The report on an opened message: facts about its signers are gathered, the verdict is drawn from them (verdict.ts), and
 * single findings are added (findings.ts). What is known about revocations is handed in; nobody is asked from here.
 */

import type { Report } from '../../shared/contract/report.ts'
import type { Anchors } from '../certificates/anchorSource.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { type PathBudget, pathBudget } from '../certificates/path.ts'
import type { PolicyInputs } from '../certificates/policies.ts'
import type { CheckedRevocation } from '../certificates/revocation/sources.ts'
import type { PostQuantum } from '../crypto/postQuantum.ts'
import type { OpenedMessage } from '../smime/open.ts'
import { findingsOf } from './findings.ts'
import { isUncheckable, type SignerFacts, signerFactsOf } from './signerFacts.ts'
import { transportOf } from './transport.ts'
import { verdictOf } from './verdict.ts'

/** Each signer costs a search for its chain. Letters have one or two signers, a contract some more. */
export const signerLimit = 16
/**
 * The signers of a message share the signature checks of one search, so that many of them can't multiply its cost; a chain
 * of five in a crowd of strangers still fits.
 */
const leastChecks = 12

function budgetFor(signers: number): PathBudget {
  const share = (total: number) => Math.floor(total / Math.max(signers, 1))
  const signatures = Math.max(leastChecks, share(pathBudget.signatures))
  return { ...pathBudget, signatures, steps: share(pathBudget.steps), comparisons: share(pathBudget.comparisons) }
}

export interface ReportQuestion {
  readonly message: OpenedMessage
  readonly anchors: Anchors
  /** Certificates known from elsewhere; those that the message brings are used anyway. */
  readonly intermediates: readonly Certificate[]
  /** The time at which certificates are judged. */
  readonly at: Date
  /** The present, for what claims to come from the future. */
  readonly now: Date
  /** What was learnt about revocations; without it nobody was asked. */
  readonly revocation?: CheckedRevocation
  /** Whether a chain is worth less where nothing is known about a revocation; otherwise that is only told. */
  readonly revocationRequired?: boolean
  /** Policies that chains must hold for; none for mail, unless somebody asks. */
  readonly policies?: PolicyInputs
  /** Where the person wants experimental algorithms. */
  readonly postQuantum?: PostQuantum
}

export function reportOf({ message, now, ...trusted }: ReportQuestion): Report {
  const from = message.from.map(({ address }) => address)
  const judged = message.signers.slice(0, signerLimit)
  const budget = budgetFor(judged.length)
  const signers: SignerFacts[] = judged.map((signer) => signerFactsOf({ ...trusted, signer, from, now, budget }))
  const verdict = verdictOf({
    signers: signers.map(({ outcome, state, match, coversMessage, report }) => ({
      state,
      matchesFrom: match.covered,
      coversMessage,
      uncheckable: isUncheckable(outcome),
      revokedSince: report.revokedSince ?? false,
    })),
    malformedSignature: message.malformedSignature,
    hasFrom: from.length > 0,
    encryption: message.encryption,
    encryptedPart: message.notes.some(({ code }) => code === 'encrypted-part-inside'),
    ...(message.authenticated === undefined ? {} : { authenticated: message.authenticated }),
  })
  const findings = findingsOf({ message, signers, signatureGood: verdict.signature === 'good', now })
  const count = message.signers.length
  if (count > signerLimit) {
    findings.unshift({ code: 'too-many-signers', severity: 'error', data: { count, most: signerLimit } })
  }
  return {
    verdict,
    layers: message.layers.map((layer) => ({ ...layer })),
    signers: signers.map(({ report }) => report),
    headers: message.headers,
    transport: transportOf(message.outerHeaders),
    findings,
  }
}
