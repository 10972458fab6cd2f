/** The address book: people, their certificates, and where each certificate came from. */

import { implement } from '@orpc/server'
import type { Contact, ContactCertificate } from '../../../shared/contract/contacts.ts'
import { contract } from '../../../shared/contract/contract.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { Evidence, KnownCertificate, StoredContact } from '../../contacts/addressBook.ts'
import { type VerifiedSigner, verifiedSignersOf } from '../../inspect/verifiedSigner.ts'
import { normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { canEncrypt, type Judge, judgeAt, storedCertificate } from '../judge.ts'
import { orRaise, raise } from '../raise.ts'
import type { OpenedEntry } from './openedMails.ts'
import { knownCertificate, recipientAmong } from './recipients.ts'

export { recipientCertificate } from './recipients.ts'

const os = implement(contract.contacts).$context<ServiceContext>()

/** A bundle of certificates: the reader's own bound. */
const fileByteLimit = 8_388_608

export const contactsProcedures = {
  list: os.list.handler(({ input, context }) => {
    const judge = judgeNow(context)
    const contacts = context.application.addressBook
      .list(input.query)
      .map((stored) => contactOf(context, stored, judge))
    return input.canReadSealed ? contacts.filter(({ canReadSealed }) => canReadSealed) : contacts
  }),

  get: os.get.handler(({ input, context }) => found(context, context.application.addressBook.get(input.id))),

  add: os.add.handler(({ input, context }) => changed(context, orRaise(context.application.addressBook.add(input)))),

  update: os.update.handler(({ input, context }) =>
    changed(context, orRaise(context.application.addressBook.update(input.id, input))),
  ),

  delete: os.delete.handler(({ input, context }) => {
    const undoToken = context.application.addressBook.delete(input.id)
    if (undoToken === undefined) return raise({ code: 'not-found', what: 'contact' })
    context.events.publish('contacts')
    return { undoToken }
  }),

  undo: os.undo.handler(({ input, context }) => {
    const restored = context.application.addressBook.undo(input.undoToken)
    return restored ? changed(context, restored) : raise({ code: 'nothing-to-undo' })
  }),

  addFromFile: os.addFromFile.handler(async ({ input, context }) => {
    const bytes = await bytesOf(context, input.source, fileByteLimit)
    const certificates = orRaise(readCertificates(bytes))
    const people = certificates.filter((certificate) => !isIssuerOnly(certificate))
    if (people.length === 0) return raise({ code: 'no-certificate-inside' })
    const evidence: Evidence = { kind: 'file', from: input.fileName, date: context.runtime.clock() }
    const outcomes = people.map((certificate) =>
      orRaise(context.application.addressBook.addCertificate(input.contactId, knownOf(certificate), evidence)),
    )
    context.application.trust.rememberIssuers(certificates.filter(isIssuerOnly))
    context.events.publish('contacts')
    const judge = judgeNow(context)
    const ids = [...new Set(outcomes.map(({ contact }) => contact.id))]
    return {
      contacts: ids.map((id) => found(context, context.application.addressBook.get(id), judge)),
      added: outcomes.filter(({ known }) => !known).length,
      known: outcomes.filter(({ known }) => known).length,
    }
  }),

  harvest: os.harvest.handler(({ input, context }) => {
    const { opened, addressBook, trust } = context.application
    const entry = opened.get(input.openedId)
    if (!entry) return raise({ code: 'not-found', what: 'mail' })
    const signer = signerOf(entry, input.sha256)
    const evidence: Evidence = {
      kind: 'signed-mail',
      ...(signer.subject === '' ? {} : { from: signer.subject }),
      date: signer.date ?? context.runtime.clock(),
    }
    trust.rememberIssuers(signer.chain)
    const { name = summaryOf(signer.certificate).name } = signer.from
    const stated = signer.capabilities ? { capabilities: signer.capabilities } : {}
    const known = { ...knownOf(signer.certificate), ...stated }
    const added = orRaise(addressBook.addCertificate(undefined, { ...known, name }, evidence))
    for (const certificate of encryptionCertificatesBeside(context, entry, signer)) {
      orRaise(addressBook.addCertificate(added.contact.id, { ...knownOf(certificate), ...stated }, evidence))
    }
    return changed(context, addressBook.get(added.contact.id) ?? added.contact)
  }),

  removeCertificate: os.removeCertificate.handler(({ input, context }) => {
    const contact = context.application.addressBook.removeCertificate(input.id, input.sha256)
    return contact ? changed(context, contact) : raise({ code: 'not-found', what: 'contact' })
  }),
}

function judgeNow(context: ServiceContext): Judge {
  return judgeAt(context, context.runtime.clock())
}

function found(context: ServiceContext, stored: StoredContact | undefined, judge = judgeNow(context)): Contact {
  return stored ? contactOf(context, stored, judge) : raise({ code: 'not-found', what: 'contact' })
}

function changed(context: ServiceContext, stored: StoredContact): Contact {
  context.events.publish('contacts')
  return found(context, stored)
}

function knownOf(certificate: Certificate): KnownCertificate {
  const { der, sha256, emails } = certificate
  return { der, sha256, addresses: emails, name: summaryOf(certificate).name }
}

/** A CA that nobody writes to: part of somebody's chain. */
function isIssuerOnly({ extensions, emails }: Certificate): boolean {
  return extensions.basicConstraints?.ca === true && emails.length === 0
}

/** The signer to take over; ends the procedure when the signature doesn't vouch for the mail. */
function signerOf({ message, report }: OpenedEntry, sha256: string): VerifiedSigner {
  if (message.signers.length === 0) return raise({ code: 'not-signed' })
  const verified = verifiedSignersOf(message, report).find(({ certificate }) => certificate.sha256 === sha256)
  if (verified) return verified
  const judged = report.signers.find((signer) => signer.sha256 === sha256)
  if (!judged) return raise({ code: 'not-found', what: 'signer' })
  // A good signature that leaves parts of the message out says nothing about what is shown.
  return raise({ code: 'signature-not-good', state: judged.state === 'good' ? 'broken' : judged.state })
}

/**
 * People with separate certificates for signing and encrypting send both along (RFC 8551 §2.5.3): the second one is taken
 * when it is valid and states an address of the first.
 */
function encryptionCertificatesBeside(
  context: ServiceContext,
  { message }: OpenedEntry,
  signer: VerifiedSigner,
): Certificate[] {
  if (canEncrypt(signer.certificate)) return []
  const judge = judgeNow(context)
  const addresses = new Set(signer.emails.map(normalizedAddress))
  const layer = message.signers.find(({ outcome }) => outcome.certificate?.sha256 === signer.certificate.sha256)
  return (layer?.certificates ?? []).filter(
    (certificate) =>
      certificate.sha256 !== signer.certificate.sha256 &&
      canEncrypt(certificate) &&
      certificate.emails.some((email) => addresses.has(normalizedAddress(email))) &&
      judge.chain(certificate, layer?.certificates ?? [], 'encrypt').state === 'valid',
  )
}

const certificateStates = new Set<string>([
  'valid',
  'expired',
  'not-yet-valid',
  'unknown-issuer',
  'wrong-purpose',
  'revoked',
])

function contactOf(context: ServiceContext, stored: StoredContact, judge: Judge): Contact {
  const used = new Set<string>()
  for (const address of stored.addresses) {
    const known = context.application.addressBook.certificatesFor(address)
    const chosen = recipientAmong(known.map(knownCertificate), judge)
    if (chosen.usable) used.add(chosen.certificate.sha256)
  }
  const certificates = stored.certificates.map(({ der, sha256, evidence, firstSeen, lastSeen }): ContactCertificate => {
    const certificate = storedCertificate(der)
    const { state } = judge.chain(certificate, [], canEncrypt(certificate) ? 'encrypt' : undefined)
    return {
      certificate: summaryOf(certificate),
      keyAlgorithm: keyAlgorithmText(certificate),
      evidence: evidence.map(({ kind, from, date }) => ({
        kind,
        ...(from === undefined ? {} : { from }),
        date: date.toISOString(),
      })),
      firstSeen: firstSeen.toISOString(),
      lastSeen: lastSeen.toISOString(),
      state: certificateStates.has(state) ? (state as ContactCertificate['state']) : 'other',
      canEncrypt: canEncrypt(certificate),
      used: used.has(sha256),
    }
  })
  return {
    id: stored.id,
    name: stored.name,
    addresses: [...stored.addresses],
    notes: stored.notes,
    certificates,
    canReadSealed: used.size > 0,
    createdAt: stored.createdAt.toISOString(),
  }
}
