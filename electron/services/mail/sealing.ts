/**
 * From a draft to a sealed mail in the outbox. Everything that can be refused is refused here, before a server hears of it:
 * above all, a letter that shall be encrypted is never sent otherwise because a certificate is missing.
 */

import { domainToASCII } from 'node:url'
import type { Draft } from '../../../shared/contract/compose.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { OpenedKey } from '../../keystore/identityStore.ts'
import type { NewMessage } from '../../mail/outbox.ts'
import { isAddress, normalizedAddress } from '../../mime/address.ts'
import { cipherForAll, ownCapabilities, transportFor } from '../../smime/capabilities.ts'
import {
  type Letter,
  type LetterAttachment,
  type LetterSigner,
  type SealOptions,
  sealLetter,
} from '../../smime/seal.ts'
import type { ServiceContext } from '../context.ts'
import type { OwnCertificate } from '../ownChoice.ts'
import { accountFor } from './mailAccess.ts'
import { askBeforeSealing, readersOf } from './recipientStates.ts'
import { readerFor, signerFor, withoutIdentity } from './senders.ts'

/** One message of a mail: what its recipients see is the same, who can open it is not. */
interface Copy {
  readonly to: readonly string[]
  /** Who can open it, the writer among them; nobody in particular where it isn't encrypted. */
  readonly readers: readonly { readonly certificate: Certificate; readonly capabilities?: Uint8Array }[]
}

/** What is written, from whichever host: a draft of the window or the command line. */
export interface LetterInput
  extends Pick<
    Draft,
    | 'subject'
    | 'text'
    | 'sign'
    | 'signature'
    | 'encrypt'
    | 'inReplyTo'
    | 'references'
    | 'answered'
    | 'headerPolicy'
    | 'legacyDisplay'
  > {
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
  readonly attachments: readonly LetterAttachment[]
}

export interface SealedMail {
  readonly messageId: string
  readonly messages: readonly NewMessage[]
}

/** Seals a draft and keeps it in the outbox; answers with its identifier there. */
export async function sealIntoOutbox(context: ServiceContext, draft: Draft): Promise<Result<string, Failure>> {
  const { outbox } = context.application
  const account = accountFor(context, draft.from)
  if (!account.ok) return account
  const attachments = attachmentsOf(context, draft)
  if (!attachments.ok) return attachments
  const { name, id: accountId } = account.value
  const from = { ...(name === '' ? {} : { name }), address: draft.from }
  return withSealed(context, { ...draft, from, attachments: attachments.value }, ({ messageId, messages }) => {
    const to = messages.flatMap(({ envelope }) => envelope.to)
    return outbox.add({ accountId, subject: draft.subject, to, messageId }, messages)
  })
}

/**
 * Seals a letter and hands its messages to `take`: one for everybody who is named and one for each blind recipient. The
 * messages are streams, and the keys behind them are closed when `take` is done.
 */
export async function withSealed<Value>(
  context: ServiceContext,
  input: LetterInput,
  take: (sealed: SealedMail) => Promise<Result<Value, Failure>>,
): Promise<Result<Value, Failure>> {
  const { runtime, application } = context
  const recipients = distinctRecipients(input)
  if (!recipients.ok) return recipients
  // RFC 9788 §6.1: what somebody kept from the post isn't told to it by the answer.
  if (input.answered && !input.encrypt) return failure({ code: 'answer-reveals' })
  const state = application.vault.state()
  if (state !== 'unlocked') return failure({ code: state === 'none' ? 'no-vault' : 'locked' })

  const now = runtime.clock()
  const { address } = input.from
  await askBeforeSealing(context, {
    readers: input.encrypt ? [...addressesOf(recipients.value), address] : [],
    signers: signingAddresses(input),
  })
  const signers = signersOf(context, input, now)
  if (!signers.ok) return signers
  const copies = copiesOf(context, input, recipients.value)
  if (!copies.ok) return copies
  const signing = withKeys(context, signers.value)
  if (!signing.ok) return signing

  try {
    const messageId = `<${randomId(runtime.random)}@${domainToASCII(address.slice(address.lastIndexOf('@') + 1))}>`
    const letter: Letter = {
      from: input.from,
      to: recipients.value.to,
      cc: recipients.value.cc,
      subject: input.subject,
      date: now,
      messageId,
      ...(input.inReplyTo === undefined ? {} : { inReplyTo: input.inReplyTo }),
      ...(input.references === undefined ? {} : { references: input.references }),
      text: input.text,
      attachments: input.attachments,
    }
    const settings = application.settings.get()
    const messages: NewMessage[] = []
    for (const { to, readers } of copies.value) {
      const options: SealOptions = {
        postQuantum: application.experimental.postQuantum(),
        random: runtime.random,
        headerPolicy: input.headerPolicy ?? settings.headerPolicy,
        legacyDisplay: input.legacyDisplay ?? settings.legacyDisplay,
        ...(input.answered ? { answered: input.answered } : {}),
        ...signatureOf(signing.value, input, now),
        // AES-GCM only where everybody has stated to read it (RFC 8551 §2.7); AES-CBC is what every reader can open.
        ...(input.encrypt
          ? {
              encrypt: {
                recipients: readers.map(({ certificate, capabilities }) => ({
                  certificate,
                  transport: transportFor(capabilities),
                })),
                cipher: cipherForAll(readers.map(({ capabilities }) => capabilities)),
              },
            }
          : {}),
      }
      const sealed = await sealLetter(letter, options)
      if (!sealed.ok) return sealed
      messages.push({ envelope: { from: address, to }, content: sealed.value })
    }
    return await take({ messageId, messages })
  } finally {
    for (const { key } of signing.value) key.close()
  }
}

interface Recipients {
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
}

/** Every address once: whoever is in To needs no other copy. */
function distinctRecipients(input: LetterInput): Result<Recipients, Failure> {
  if (input.to.length + input.cc.length + input.bcc.length === 0) return failure({ code: 'no-recipients' })
  const everybody = [input.from, ...input.to, ...input.cc, ...input.bcc]
  const malformed = everybody.find(({ address }) => !isAddress(address))
  if (malformed) return failure({ code: 'malformed-address', address: malformed.address })
  const seen = new Set<string>()
  const once = (mailboxes: readonly Mailbox[]) =>
    mailboxes.filter(({ address }) => {
      const key = normalizedAddress(address)
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
  return success({ to: once(input.to), cc: once(input.cc), bcc: once(input.bcc) })
}

function addressesOf({ to, cc, bcc }: Recipients): string[] {
  return [...to, ...cc, ...bcc].map(({ address }) => address)
}

/** One copy for everybody who is named, and one for each who isn't: an encrypted message lists who can open it. */
function copiesOf(
  context: ServiceContext,
  { encrypt, from }: LetterInput,
  recipients: Recipients,
): Result<readonly Copy[], Failure> {
  const named = [...recipients.to, ...recipients.cc].map(({ address }) => address)
  const blind = recipients.bcc.map(({ address }) => address)
  const groups = [...(named.length > 0 ? [named] : []), ...blind.map((address) => [address])]
  if (!encrypt) return success(groups.map((to) => ({ to, readers: [] })))

  const own = readerFor(context, from.address)
  if (!own) return failure(withoutIdentity(context, from.address, 'read'))
  const found = readersOf(context, [...named, ...blind])
  if (!found.ok) return found
  const writer = { certificate: own.certificate, capabilities: ownCapabilities() }
  return success(
    groups.map((to) => ({
      to,
      readers: distinct([...to.flatMap((address) => found.value.get(address) ?? []), writer]),
    })),
  )
}

function distinct(readers: Copy['readers']): Copy['readers'] {
  return [...new Map(readers.map((reader) => [reader.certificate.sha256, reader])).values()]
}

function attachmentsOf(context: ServiceContext, draft: Draft): Result<LetterAttachment[], Failure> {
  const attachments: LetterAttachment[] = []
  for (const { spoolId, name, mediaType } of draft.attachments) {
    const file = context.application.handover.get(spoolId)
    if (!file) return failure({ code: 'not-found', what: 'attachment' })
    attachments.push({ name, mediaType, size: file.size, open: () => file.open() })
  }
  return success(attachments)
}

function signingAddresses({ from, sign, signature }: LetterInput): string[] {
  return sign ? [from.address, ...(signature?.alsoBy ?? [])] : []
}

/** The sender's own certificate and those of the other addresses that sign too, each once; nobody for an unsigned letter. */
function signersOf(context: ServiceContext, input: LetterInput, at: Date): Result<readonly OwnCertificate[], Failure> {
  const signers = new Map<string, OwnCertificate>()
  for (const address of signingAddresses(input)) {
    const signer = signerFor(context, address, at)
    if (!signer) return failure(withoutIdentity(context, address, { signAt: at }))
    if (!signers.has(signer.identity.id)) signers.set(signer.identity.id, signer)
  }
  return success([...signers.values()])
}

type OpenedSigner = LetterSigner & { readonly key: OpenedKey }

/** All keys or none; the caller closes them. */
function withKeys(
  context: ServiceContext,
  signers: readonly OwnCertificate[],
): Result<readonly OpenedSigner[], Failure> {
  const opened: OpenedSigner[] = []
  for (const signer of signers) {
    const key = signingKey(context, signer)
    if (!key.ok) {
      for (const each of opened) each.key.close()
      return key
    }
    opened.push({ certificate: signer.certificate, chain: chainOf(signer), key: key.value })
  }
  return success(opened)
}

function signingKey(context: ServiceContext, signer: OwnCertificate): Result<OpenedKey, Failure> {
  const key = context.application.identities.key(signer.identity.id)
  if (key.ok) return key
  if (key.error.code === 'damaged') return failure({ code: 'no-identity', address: signer.identity.addresses[0] ?? '' })
  return failure(key.error)
}

function chainOf({ identity }: OwnCertificate): Certificate[] {
  return identity.chain.flatMap((der) => {
    const parsed = parseCertificate(der)
    return parsed.ok ? [parsed.value] : []
  })
}

function signatureOf(
  [first, ...alsoBy]: readonly OpenedSigner[],
  { signature = {} }: LetterInput,
  signingTime: Date,
): Pick<SealOptions, 'sign' | 'tripleWrap'> {
  if (!first) return {}
  const { padding, digest, opaque, tripleWrap } = signature
  return { sign: { ...first, alsoBy, signingTime, padding, digest, opaque }, tripleWrap }
}
