/**
 * The report on an opened message: facts about its signers are gathered, the verdict is drawn from them (verdict.ts), and
 * single findings are added (findings.ts). Revocation isn't asked for: the report says so and claims nothing about it.
 */

import type { Report } from '../../shared/contract/report.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { OpenedMessage } from '../smime/open.ts'
import { findingsOf } from './findings.ts'
import { type SignerFacts, signerFactsOf } from './signerFacts.ts'
import { transportOf } from './transport.ts'
import { verdictOf } from './verdict.ts'

/** Each signer costs a search for its chain. Letters have one or two signers, a contract some more. */
const signerLimit = 16

export interface ReportQuestion {
  readonly message: OpenedMessage
  readonly anchors: readonly Certificate[]
  /** Certificates known from elsewhere; those that the message brings are used anyway. */
  readonly intermediates: readonly Certificate[]
  /** The time at which certificates are judged. */
  readonly at: Date
  /** The present, for what claims to come from the future. */
  readonly now: Date
}

export function reportOf({ message, anchors, intermediates, at, now }: ReportQuestion): Report {
  const from = message.from.map(({ address }) => address)
  const signers: SignerFacts[] = message.signers
    .slice(0, signerLimit)
    .map((signer) => signerFactsOf({ signer, from, anchors, intermediates, at }))
  const verdict = verdictOf({
    signers: signers.map(({ state, match, coversMessage }) => ({ state, matchesFrom: match.covered, coversMessage })),
    malformedSignature: message.malformedSignature,
    hasFrom: from.length > 0,
    encryption: message.encryption,
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
