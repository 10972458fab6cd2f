/** Findings: single facts about a message that a person may want to know, beside the verdict. One function per subject. */

import type { Finding } from '../../shared/contract/report.ts'
import { instantText } from '../certificates/view.ts'
import { isPostQuantumName } from '../crypto/postQuantumSets.ts'
import { addressMatcher, isAddress, parseAddressList, sameAddress } from '../mime/address.ts'
import { mixesScripts } from '../mime/lookAlike.ts'
import { isWeakCipher } from '../smime/cms/contentCiphers.ts'
import type { OpenedMessage } from '../smime/open.ts'
import { ofRevocation } from './revocationFindings.ts'
import type { SignerFacts } from './signerFacts.ts'

export interface FindingQuestion {
  readonly message: OpenedMessage
  readonly signers: readonly SignerFacts[]
  readonly signatureGood: boolean
  readonly now: Date
}

/** Clocks differ, and a mail may wait in the outbox for a night. */
const dayMs = 86_400_000

function info(code: string, data: Finding['data'] = {}): Finding {
  return { code, severity: 'info', data }
}

function warning(code: string, data: Finding['data'] = {}): Finding {
  return { code, severity: 'warning', data }
}

function ofSignatures({ message, signers, signatureGood }: FindingQuestion): Finding[] {
  const findings: Finding[] = []
  // Where opening found out what is wrong with it, its own note says more.
  if (message.malformedSignature && !message.notes.some(({ code }) => code.startsWith('signature-'))) {
    findings.push({ code: 'malformed-signature', severity: 'error', data: {} })
  }
  const verified = signers.some(({ outcome }) => outcome.state === 'verified')
  for (const [index, { state, coversMessage, report }] of signers.entries()) {
    if (state === 'good' && !coversMessage) findings.push(warning('partly-signed', { emails: report.emails }))
    // The verdict is the best signer's; it has to be said which of them isn't.
    if (
      (verified || signatureGood) &&
      (state === 'broken' || state === 'malformed' || state === 'revoked') &&
      signers.length > 1
    ) {
      const subject = report.subject || [report.issuer, report.serial].filter((text) => text !== '').join(', ') || '?'
      findings.push(warning('other-signature-broken', { subject, number: index + 1, count: signers.length, state }))
    }
  }
  if (signers.some(({ outcome }) => outcome.state === 'verified')) {
    if (message.headers.protection === 'none') findings.push(info('headers-not-protected'))
  }
  return findings
}

function ofTimes({ message, signers, now }: FindingQuestion): Finding[] {
  const findings: Finding[] = []
  const date = message.date === undefined ? Number.NaN : Date.parse(message.date)
  for (const { outcome, report, path } of signers) {
    const { signingTime } = outcome
    if (outcome.state !== 'verified') continue
    if (!signingTime) {
      findings.push(info('no-signing-time', { subject: report.subject }))
      continue
    }
    const text = instantText(signingTime)
    if (signingTime.getTime() > now.getTime() + dayMs) {
      findings.push(warning('signing-time-in-future', { signingTime: text }))
    } else if (Math.abs(date - signingTime.getTime()) > dayMs) {
      findings.push(info('signing-time-differs', { signingTime: text, date: instantText(new Date(date)) }))
    }
    const expired = report.reasons.find(({ code, data }) => code === 'expired' && data['validWhenSigned'] === true)
    if (expired && path)
      findings.push(info('valid-when-signed', { signingTime: text, notAfter: expired.data['notAfter'] }))
  }
  return findings
}

function outerField(message: OpenedMessage, name: string): string | undefined {
  const fields = [...message.headers.shown, ...message.outerHeaders]
  return fields.find((field) => field.name.toLowerCase() === name)?.value
}

/**
 * What reads like addresses in a name; the true one may stand among them as a decoy. Compatibility forms ("＠") are the
 * same to the eye.
 */
function claimedAddresses(name: string): string[] {
  const words = name.normalize('NFKC').match(/[^\s<>"'(),;:[\]]{1,64}@[^\s<>"'(),;:[\]@]{1,255}/g) ?? []
  return words.map((word) => word.replace(/[.!?]+$/, '')).filter(isAddress)
}

function ofSender({ message }: FindingQuestion): Finding[] {
  const findings: Finding[] = []
  const from = message.from.map(({ address }) => address)
  if (from.length === 0) findings.push(warning('no-from'))
  if (from.length > 1) findings.push(info('several-from', { addresses: from }))
  for (const { name, address } of message.from) {
    // "chief@bank.example" <somebody@else.example>: many readers show the name alone.
    if (name !== undefined && claimedAddresses(name).some((claimed) => !sameAddress(claimed, address))) {
      findings.push(warning('address-in-display-name', { name, address }))
    }
    if (mixesScripts(address)) findings.push(warning('mixed-script-address', { address }))
  }
  const isAuthor = addressMatcher(from)
  const differing = (name: string) =>
    parseAddressList(outerField(message, name) ?? '')
      .map(({ address }) => address)
      .filter((address) => isAddress(address) && !isAuthor(address))
  const [sender] = differing('sender')
  if (sender !== undefined) findings.push(info('sender-differs', { sender, from }))
  const replyTo = differing('reply-to')
  if (replyTo.length > 0) findings.push(info('reply-to-differs', { replyTo, from }))
  return findings
}

function ofHeaders({ message }: FindingQuestion): Finding[] {
  const told = message.notes.some(({ code }) => code === 'from-mismatch')
  return message.headers.differences
    .filter(({ name, confidential }) => !confidential && !(told && name.toLowerCase() === 'from'))
    .map(({ name, protected: inner, outer }) =>
      warning('header-differs', {
        name,
        ...(inner === undefined ? {} : { protected: inner }),
        ...(outer === undefined ? {} : { outer }),
      }),
    )
}

function ofEncryption({ message, signatureGood }: FindingQuestion): Finding[] {
  const findings: Finding[] = []
  for (const { kind, state, algorithms } of message.layers) {
    const cipher = algorithms['cipher']
    if (cipher !== undefined && isWeakCipher(cipher)) findings.push(warning('weak-cipher', { cipher }))
    if (state === 'unsupported-algorithm') {
      const algorithm = cipher ?? algorithms['keyManagement'] ?? algorithms['signature'] ?? algorithms['digest']
      findings.push(warning('unsupported-algorithm', { kind, ...(algorithm === undefined ? {} : { algorithm }) }))
    }
  }
  if (message.encryption !== 'decrypted') return findings
  if (message.authenticated === false) {
    const cipher = message.layers.find(({ kind }) => kind === 'enveloped')?.algorithms['cipher'] ?? ''
    const data = { cipher }
    findings.push(
      signatureGood ? info('encryption-not-authenticated', data) : warning('encryption-not-authenticated', data),
    )
  }
  if (message.signers.length === 0 && !message.malformedSignature) findings.push(info('encrypted-not-signed'))
  return findings
}

/** Experimental algorithms that had a part in the message, and those that would have had one if they were wanted. */
function ofExperiments({ message, signers }: FindingQuestion): Finding[] {
  const used = new Set<string>()
  const refused = new Set<string>()
  const note = (name: unknown, isRefused: boolean) => {
    if (typeof name === 'string' && isPostQuantumName(name)) (isRefused ? refused : used).add(name)
  }
  for (const { outcome, path } of signers) {
    note(outcome.signature, outcome.state === 'unsupported-algorithm')
    for (const { code, data } of path?.reasons ?? []) note(data['algorithm'], code === 'unsupported-algorithm')
    // An anchor's own signature isn't looked at.
    for (const { signatureAlgorithm } of path?.path.slice(0, -1) ?? []) {
      if (!refused.has(signatureAlgorithm.name)) note(signatureAlgorithm.name, false)
    }
  }
  for (const { kind, state, algorithms } of message.layers) {
    if (kind !== 'enveloped' && kind !== 'auth-enveloped') continue
    const isRefused = state === 'unsupported-algorithm'
    if (!isRefused && state !== 'decrypted') continue
    // "ML-KEM-768 (HKDF SHA-256, AES-256 key wrap)".
    const named = algorithms['keyManagement'] ?? ''
    for (const text of named.split(', ')) note(text.split(' ')[0], isRefused)
  }
  return [
    ...[...used].map((algorithm) => info('experimental-algorithm', { algorithm })),
    ...[...refused].map((algorithm) => info('experimental-algorithm-off', { algorithm })),
  ]
}

/** The gravest first; within one severity in the order of the subjects. */
export function findingsOf(question: FindingQuestion): Finding[] {
  const notes: Finding[] = question.message.notes.map(({ code, severity, data }) => ({
    code,
    severity,
    data: { ...data },
  }))
  const all = [
    ...notes,
    ...[ofSignatures, ofRevocation, ofHeaders, ofSender, ofEncryption, ofExperiments, ofTimes].flatMap((look) =>
      look(question),
    ),
  ]
  const rank = { error: 0, warning: 1, info: 2 } as const
  return all.sort((left, right) => rank[left.severity] - rank[right.severity])
}
