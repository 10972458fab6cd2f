/**
 * From a draft to a sealed mail in the outbox. Everything that can be refused is refused here, before a server hears of it:
 * above all, a letter that shall be encrypted is never sent otherwise because a certificate is missing.
 */

import { domainToASCII } from 'node:url'
import type { Draft } from '../../shared/contract/compose.ts'
import type { Failure } from '../../shared/contract/errors.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { randomId } from '../crypto/identifier.ts'
import type { OpenedKey } from '../keystore/identityStore.ts'
import type { NewMessage } from '../mail/outbox.ts'
import { isAddress, normalizedAddress } from '../mime/address.ts'
import { type Letter, type LetterAttachment, type SealOptions, sealLetter } from '../smime/seal.ts'
import type { ServiceContext } from './context.ts'
import { accountFor } from './mailAccess.ts'
import { recipientCertificates } from './recipientStates.ts'
import { type OwnCertificate, readerFor, signerFor } from './senders.ts'

/** One message of a mail: what its recipients see is the same, who can open it is not. */
interface Copy {
  readonly to: readonly string[]
  readonly certificates: readonly Certificate[]
}

/** Seals a draft and keeps it in the outbox; answers with its identifier there. */
export async function sealIntoOutbox(context: ServiceContext, draft: Draft): Promise<Result<string, Failure>> {
  const { runtime, application } = context
  const recipients = distinctRecipients(draft)
  if (!recipients.ok) return recipients
  const account = accountFor(context, draft.from)
  if (!account.ok) return account
  const state = application.vault.state()
  if (state !== 'unlocked') return failure({ code: state === 'none' ? 'no-vault' : 'locked' })
  const attachments = attachmentsOf(context, draft)
  if (!attachments.ok) return attachments

  const now = runtime.clock()
  const signer = draft.sign ? signerFor(context, draft.from, now) : undefined
  if (draft.sign && !signer) return failure({ code: 'no-identity', address: draft.from })
  const copies = copiesOf(context, draft, recipients.value)
  if (!copies.ok) return copies
  const key = signer ? signingKey(context, signer) : success(undefined)
  if (!key.ok) return key

  try {
    const messageId = `<${randomId(runtime.random)}@${domainToASCII(draft.from.slice(draft.from.lastIndexOf('@') + 1))}>`
    const letter: Letter = {
      from: { ...(account.value.name === '' ? {} : { name: account.value.name }), address: draft.from },
      to: recipients.value.to,
      cc: recipients.value.cc,
      subject: draft.subject,
      date: now,
      messageId,
      ...(draft.inReplyTo === undefined ? {} : { inReplyTo: draft.inReplyTo }),
      ...(draft.references === undefined ? {} : { references: draft.references }),
      text: draft.text,
      attachments: attachments.value,
    }
    const messages: NewMessage[] = []
    for (const { to, certificates } of copies.value) {
      const options: SealOptions = {
        random: runtime.random,
        ...(signer && key.value ? { sign: signing(signer, key.value, now) } : {}),
        // AES-CBC is what every S/MIME reader can open (RFC 8551 §2.7); nothing is known here about who reads AES-GCM.
        ...(draft.encrypt
          ? { encrypt: { recipients: certificates.map((certificate) => ({ certificate })), cipher: 'aes-256-cbc' } }
          : {}),
      }
      const sealed = await sealLetter(letter, options)
      if (!sealed.ok) return sealed
      messages.push({ envelope: { from: draft.from, to }, content: sealed.value })
    }
    const to = copies.value.flatMap((copy) => copy.to)
    return await application.outbox.add(
      { accountId: account.value.id, subject: draft.subject, to, messageId },
      messages,
    )
  } finally {
    key.value?.close()
  }
}

interface Recipients {
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
}

/** Every address once: whoever is in To needs no other copy. */
function distinctRecipients(draft: Draft): Result<Recipients, Failure> {
  if (draft.to.length + draft.cc.length + draft.bcc.length === 0) return failure({ code: 'no-recipients' })
  const everybody = [{ address: draft.from }, ...draft.to, ...draft.cc, ...draft.bcc]
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
  return success({ to: once(draft.to), cc: once(draft.cc), bcc: once(draft.bcc) })
}

/** One copy for everybody who is named, and one for each who isn't: an encrypted message lists who can open it. */
function copiesOf(context: ServiceContext, draft: Draft, recipients: Recipients): Result<readonly Copy[], Failure> {
  const named = [...recipients.to, ...recipients.cc].map(({ address }) => address)
  const blind = recipients.bcc.map(({ address }) => address)
  const groups = [...(named.length > 0 ? [named] : []), ...blind.map((address) => [address])]
  if (!draft.encrypt) return success(groups.map((to) => ({ to, certificates: [] })))

  const own = readerFor(context, draft.from)
  if (!own) return failure({ code: 'no-identity', address: draft.from })
  const found = recipientCertificates(context, [...named, ...blind])
  if (!found.ok) return found
  return success(
    groups.map((to) => ({
      to,
      certificates: distinct([...to.flatMap((address) => found.value.get(address) ?? []), own.certificate]),
    })),
  )
}

function distinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.sha256, certificate])).values()]
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

function signingKey(context: ServiceContext, signer: OwnCertificate): Result<OpenedKey, Failure> {
  const key = context.application.identities.key(signer.identity.id)
  if (key.ok) return key
  if (key.error.code === 'damaged') return failure({ code: 'no-identity', address: signer.identity.addresses[0] ?? '' })
  return failure(key.error)
}

function signing(signer: OwnCertificate, key: OpenedKey, at: Date): NonNullable<SealOptions['sign']> {
  const chain = signer.identity.chain.flatMap((der) => {
    const parsed = parseCertificate(der)
    return parsed.ok ? [parsed.value] : []
  })
  return { certificate: signer.certificate, chain, key, signingTime: at }
}
