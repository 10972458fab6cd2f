/**
 * What a received letter hid from everybody on the way, so that an answer can go on hiding it (RFC 9788 §6.1). Compared is
 * what its writer told the outside, not what arrived there: a mailing list's prefix on "[...]" reveals no subject.
 *
 * More is taken for hidden than strictly was, never less: one hidden name hides all names of the answer.
 */

import type { HiddenHeaders } from '../../shared/contract/report.ts'
import type { Mailbox } from '../../shared/contract/values.ts'
import { addressMatcher, normalizedAddress, parseAddressList } from '../mime/address.ts'
import { decodeWords } from '../mime/encodedWords.ts'
import { fieldsNamed, firstField, type HeaderField } from '../mime/header.ts'
import { messageIdsText } from '../mime/headerText.ts'

/** As many as a draft may carry (shared/contract/compose.ts); a stranger's mail may have more. */
const kept = 1000
const addressNames = ['From', 'Sender', 'Reply-To', 'To', 'Cc']
const identifierNames = ['Message-ID', 'In-Reply-To', 'References']

export const nothingHidden: HiddenHeaders = { subject: false, names: false, addresses: [], messageIds: [] }

/** `inside`: the protected fields. `outside`: what the outer header was told. */
export function hiddenHeadersOf(inside: readonly HeaderField[], outside: readonly HeaderField[]): HiddenHeaders {
  const [people, told] = [mailboxesIn(inside), mailboxesIn(outside)]
  const isTold = addressMatcher(told.map(({ address }) => address))
  const toldNames = new Set(told.map(nameAndAddress))
  const toldIds = new Set(identifiersIn(outside))
  const addresses = people.map(({ address }) => address).filter((address) => !isTold(address) && address.length <= 320)
  const ids = identifiersIn(inside).filter((id) => !toldIds.has(id) && id.length <= 998)
  const subject = subjectOf(inside)
  return {
    subject: subject !== undefined && subject !== subjectOf(outside),
    names: people.some((one) => (one.name ?? '') !== '' && !toldNames.has(nameAndAddress(one))),
    addresses: [...new Set(addresses)].slice(0, kept),
    messageIds: [...new Set(ids)].slice(0, kept),
  }
}

function subjectOf(fields: readonly HeaderField[]): string | undefined {
  const field = firstField(fields, 'Subject')
  return field && decodeWords(field.text)
}

function mailboxesIn(fields: readonly HeaderField[]): Mailbox[] {
  return addressNames.flatMap((name) => fieldsNamed(fields, name).flatMap(({ text }) => parseAddressList(text)))
}

function nameAndAddress({ name, address }: Mailbox): string {
  return `${name ?? ''}\n${normalizedAddress(address)}`
}

function identifiersIn(fields: readonly HeaderField[]): string[] {
  return identifierNames
    .flatMap((name) => fieldsNamed(fields, name).flatMap(({ text }) => messageIdsText(text).split(' ')))
    .filter((id) => id !== '')
}
