/** Layers and signers as facts (shared/contract/report.ts), from what the CMS reader and the verifier say. */

import type { Layer } from '../../shared/contract/report.ts'
import type { CmsContent, CmsError, RecipientFact } from './cms/read.ts'
import type { SignerOutcome } from './cms/verify.ts'
import { openBudget } from './openBudget.ts'
import type { CmsKind } from './wrapping.ts'

type Encrypted = Extract<CmsContent, { kind: 'enveloped' | 'auth-enveloped' }>

export function signedLayer(kind: 'signed' | 'clear-signed', outcomes: readonly SignerOutcome[], size?: number): Layer {
  const plain = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))].join(', ')
  return {
    kind,
    algorithms: {
      digest: plain(outcomes.map(({ digest }) => digest)),
      signature: plain(outcomes.map(({ signature }) => signature)),
    },
    state: signedState(outcomes),
    ...(size === undefined ? {} : { size }),
  }
}

/** The gravest state of the signers; without any, there is nothing that could be verified. */
function signedState(outcomes: readonly SignerOutcome[]): Layer['state'] {
  const states = new Set(outcomes.map(({ state }) => state))
  if (states.has('broken')) return 'broken'
  if (states.has('malformed') || states.size === 0) return 'malformed'
  if (states.has('unsupported-algorithm')) return 'unsupported-algorithm'
  // Nobody can say that a signature is right without its certificate.
  return states.has('no-certificate') ? 'broken' : 'verified'
}

function recipientsOf(recipients: readonly RecipientFact[]): Pick<Layer, 'recipients' | 'recipientCount'> {
  const listed = recipients.slice(0, openBudget.recipientsListed).map((fact) => ({
    ...(fact.issuer === undefined ? {} : { issuer: fact.issuer }),
    ...(fact.serial === undefined ? {} : { serial: fact.serial }),
    ...(fact.keyIdentifier === undefined ? {} : { keyIdentifier: fact.keyIdentifier }),
    keyManagement: fact.keyManagement,
    mine: fact.mine,
  }))
  return { recipients: listed, recipientCount: recipients.length }
}

function keyManagementOf(recipients: readonly RecipientFact[]): string {
  const mine = recipients.filter((fact) => fact.mine)
  const named = (mine.length > 0 ? mine : recipients).map(({ keyManagement }) => keyManagement)
  return [...new Set(named)].slice(0, 4).join(', ')
}

export function decryptedLayer({ kind, cipher, recipients, content }: Encrypted): Layer {
  return {
    kind,
    algorithms: { cipher, keyManagement: keyManagementOf(recipients) },
    state: 'decrypted',
    ...recipientsOf(recipients),
    size: content.size,
  }
}

/** A layer that could not be opened. */
export function closedLayer(kind: Layer['kind'], error: CmsError): Layer {
  const algorithms: Record<string, string> = {}
  if (error.code === 'no-key') algorithms['keyManagement'] = keyManagementOf(error.recipients)
  if (error.code === 'unsupported-algorithm') {
    const signed = kind === 'signed' || kind === 'clear-signed'
    algorithms[error.recipients ? 'keyManagement' : signed ? 'signature' : 'cipher'] = error.algorithm
  }
  const state = error.code === 'over-budget' ? 'malformed' : error.code
  const recipients = 'recipients' in error ? error.recipients : undefined
  return { kind, algorithms, state, ...(recipients ? recipientsOf(recipients) : {}) }
}

/** What an unreadable structure was meant to be: by its own first bytes, else by the `smime-type` beside it. */
export function claimedKind(peeked: CmsKind | undefined, smimeType: string): Layer['kind'] {
  if (peeked) return peeked
  const stated = smimeType.toLowerCase()
  if (stated === 'signed-data' || stated === 'signed-receipt') return 'signed'
  if (stated === 'certs-only') return 'certs-only'
  if (stated === 'compressed-data') return 'compressed'
  return stated === 'authenveloped-data' ? 'auth-enveloped' : 'enveloped'
}
