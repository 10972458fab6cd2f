/**
 * Reading a mail with everything that the profile knows: its keys open it, its anchors and certificates judge it. Used
 * wherever a mail is opened: handed over as a file, fetched from a mailbox, or named in the terminal.
 */

import type { DisplayPart, OpenedMail } from '../../../shared/contract/report.ts'
import { utf8Text } from '../../base/bytes.ts'
import { type Result, success } from '../../base/result.ts'
import { type SeekableBytes, seekable } from '../../base/seekableBytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { PolicyInputs } from '../../certificates/policies.ts'
import type { RevocationEvidence } from '../../certificates/revocation/evidence.ts'
import { withAnchors } from '../../certificates/trustedAnchors.ts'
import { dormantKey } from '../../crypto/privateKey.ts'
import { reportOf } from '../../inspect/report.ts'
import { type VerifiedSigner, verifiedSignersOf } from '../../inspect/verifiedSigner.ts'
import type { OpenedKey } from '../../keystore/identityStore.ts'
import { type OpenError, type OpenedMessage, type OpenedPart, type OpenOptions, openMessage } from '../../smime/open.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { anchorsOf, certificateFrom, knownIssuers } from '../certificates/knownCertificates.ts'
import { askAboutSigners, type LearntAboutSigners } from '../certificates/signers.ts'
import { doubtOfClock } from '../clock.ts'
import type { ServiceContext } from '../context.ts'
import type { Patience } from '../patience.ts'
import { validateFromCache } from '../revocation/revocation.ts'

/** What a reader shows of one text part; the rest is saved as a file. */
const shownTextBytes = 1_048_576

interface UsableKey {
  readonly certificate: Certificate
  readonly key: OpenedKey
}

/** Every key of this profile, retired ones too: they are kept for old mail. */
function decryptionKeysOf(context: ServiceContext): { keys: UsableKey[]; locked: boolean } {
  const { identities } = context.application
  const keys: UsableKey[] = []
  let locked = false
  for (const { id, certificateDer } of identities.list()) {
    const certificate = certificateFrom(certificateDer)
    if (!certificate) continue
    const key = identities.key(id)
    if (key.ok) keys.push({ certificate, key: key.value })
    // Mail to it is then told from mail to somebody else.
    else if (key.error.code === 'experimental-algorithm') {
      keys.push({ certificate, key: dormantKey(certificate.publicKeyInfo) })
    } else if (key.error.code === 'locked') locked = true
  }
  return { keys, locked }
}

export interface ReadingOptions {
  /** The time at which certificates are judged; the present without it. */
  readonly at?: Date
  /** Trusted for this one mail only. */
  readonly extraAnchors?: readonly Certificate[]
  /** Asking about revocations, and for missing issuers. */
  readonly patience?: Patience
  /** Certificates that complete chains and are trusted for nothing. */
  readonly extraIntermediates?: readonly Certificate[]
  /** What alone counts about revocations, in place of asking; where it says nothing, a chain is worth less. */
  readonly evidence?: RevocationEvidence | undefined
  /** Policies that signers' chains must hold for. */
  readonly policies?: PolicyInputs | undefined
  /** Lets go of the source when the mail is closed, or at once when it can't be opened. */
  readonly release?: () => Promise<void>
}

/** Opens, judges, and keeps the mail under a new `openedId`. */
export async function openForReading(
  context: ServiceContext,
  source: Uint8Array | SeekableBytes,
  { at, extraAnchors = [], extraIntermediates = [], patience, evidence, policies, release }: ReadingOptions = {},
): Promise<Result<OpenedMail, OpenError>> {
  const { opened, profile, revocation, trust, vault } = context.application
  const now = context.runtime.clock()
  const postQuantum = context.application.experimental.postQuantum()
  const trusted = {
    postQuantum,
    anchors: withAnchors(anchorsOf(context), extraAnchors),
    intermediates: [...extraIntermediates, ...knownIssuers(context)],
    at: at ?? now,
  }
  const isVouchedFor: OpenOptions['isVouchedFor'] = (leaf, others) => {
    const intermediates = [...others, ...trusted.intermediates]
    return validateFromCache(context, { ...trusted, leaf, intermediates, purpose: 'sign' }).state === 'valid'
  }
  let keys: UsableKey[] = []
  let locked = false
  let kept = false
  let unkept: OpenedMessage | undefined
  let learnt: LearntAboutSigners | undefined
  async function attempt(): Promise<Result<{ message: OpenedMessage; parts: DisplayPart[] }, OpenError>> {
    for (const { key } of keys) key.close()
    ;({ keys, locked } = decryptionKeysOf(context))
    const result = await openMessage(source, { keys, isVouchedFor, spool: profile.spool, postQuantum })
    if (!result.ok) return result
    unkept = result.value
    learnt ??= evidence
      ? { intermediates: trusted.intermediates, revocation: { evidence, gaps: new Map() } }
      : await askAboutSigners(context, result.value, trusted, patience)
    return success({ message: result.value, parts: await Promise.all(result.value.parts.map(displayPartOf)) })
  }
  try {
    let read = await attempt()
    if (read.ok && keys.length > 0 && vault.state() !== 'unlocked') {
      // Locked meanwhile: nobody closes this mail after the others, so its decrypted text must not stay.
      await read.value.message.discard()
      read = await attempt()
    }
    if (!read.ok) return read
    // From here on nothing is waited for: what is shown was decrypted with a vault that is open.
    const { message, parts } = read.value
    const report = reportOf({
      ...trusted,
      ...learnt,
      message,
      now,
      policies,
      revocationRequired: evidence !== undefined,
    })
    if (locked && message.encryption === 'no-key') {
      report.findings.unshift({ code: 'vault-locked', severity: 'warning', data: {} })
    }
    // At a time that was asked for, this computer's clock ends nothing.
    const doubt = at ? undefined : doubtOfClock(now, report.signers, revocation)
    if (doubt) report.findings.unshift({ code: doubt.code, severity: 'warning', data: { ...doubt.data } })
    const signers = verifiedSignersOf(message, report)
    // Whoever writes back later needs the CAs in between, and a certificate alone doesn't bring them.
    // On a full disk it is read all the same.
    unlessDiskFull(() => trust.rememberIssuers(signers.flatMap(({ chain }) => chain)))
    const openedId = opened.add({ source: seekable(source), message, report, ...(release ? { discard: release } : {}) })
    kept = true
    return success({
      openedId,
      from: [...message.from],
      to: [...message.to],
      cc: [...message.cc],
      subject: message.subject,
      ...(message.date === undefined ? {} : { date: message.date }),
      ...(message.messageId === undefined ? {} : { messageId: message.messageId }),
      ...(message.encryption === 'decrypted' ? { hidden: message.hidden } : {}),
      parts,
      report,
      harvestable: harvestableOf(context, signers),
    })
  } finally {
    for (const { key } of keys) key.close()
    if (!kept) {
      await unkept?.discard()
      await release?.()
    }
  }
}

function harvestableOf(context: ServiceContext, signers: readonly VerifiedSigner[]): OpenedMail['harvestable'] {
  const { addressBook } = context.application
  return signers.map(({ certificate: { sha256 }, emails }) => ({
    sha256,
    emails: [...emails],
    known: addressBook.certificate(sha256) !== undefined,
  }))
}

async function displayPartOf(part: OpenedPart): Promise<DisplayPart> {
  const { open: _, bytes: whole, ...facts } = part
  if (part.kind === 'attachment') return facts
  const bytes = await whole()
  const cut = bytes.length > shownTextBytes
  return { ...facts, text: utf8Text(bytes.subarray(0, shownTextBytes)), ...(cut ? { cut } : {}) }
}
