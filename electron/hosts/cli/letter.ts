/** The letter that `seal` and `send` are asked to write: addresses, text and attachments from the command line. */

import type { Draft, SignatureChoices } from '../../../shared/contract/compose.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import { utf8Text } from '../../base/bytes.ts'
import { isAddress, parseAddressList } from '../../mime/address.ts'
import { readInput } from './files.ts'
import { CommandFailure, type Terminal, UsageError } from './terminal.ts'

export interface LetterOptions {
  readonly from: string
  readonly to: readonly string[]
  readonly cc?: readonly string[]
  readonly bcc?: readonly string[]
  readonly subject: string
  readonly text: string
  readonly attach?: readonly string[]
  readonly sign?: boolean
  readonly encrypt?: boolean
  readonly signature?: SignatureChoices['padding']
  readonly digest?: SignatureChoices['digest']
  readonly opaque?: boolean
  readonly alsoSign?: readonly string[]
  readonly wrapAgain?: boolean
  readonly headerPolicy?: Draft['headerPolicy']
  readonly legacyDisplay?: boolean
}

/** What is asked for beyond the settings of the profile. */
export function headerChoices({ headerPolicy, legacyDisplay }: LetterOptions) {
  return {
    ...(headerPolicy === undefined ? {} : { headerPolicy }),
    ...(legacyDisplay === undefined ? {} : { legacyDisplay }),
  }
}

/** How it is signed, if anything is said of it. Throws UsageError where that says nothing because the letter isn't signed. */
export function signatureChoicesOf(options: LetterOptions, { words }: Terminal): { signature?: SignatureChoices } {
  const { sign, encrypt, signature: padding, digest, opaque, alsoSign, wrapAgain: tripleWrap } = options
  const given = { '--signature': padding, '--digest': digest, '--opaque': opaque, '--also-sign': alsoSign }
  const [option] =
    Object.entries({ ...given, '--wrap-again': tripleWrap }).find(([, value]) => value !== undefined) ?? []
  if (option === undefined) return {}
  if (!sign) throw new UsageError(words('cli.usage.needs-sign', { option }))
  if (tripleWrap && !encrypt) throw new UsageError(words('cli.usage.wrap-again'))
  const alsoBy = alsoSign && mailboxesOf(alsoSign).map(({ address }) => address)
  return { signature: { padding, digest, opaque, alsoBy, tripleWrap } }
}

/** A mail's text; longer content belongs into an attachment. */
const textLimit = 5_000_000

/** Each value may hold one address, a mailbox with a name, or several with commas between them. */
export function mailboxesOf(values: readonly string[] | undefined): Mailbox[] {
  return (values ?? []).flatMap((value) => {
    const mailboxes = parseAddressList(value)
    // The reader of header fields forgives what a sender can't: half of a slip must not become the only recipient.
    if (mailboxes.length === 0 || hasControl(value) || atSigns(value) !== mailboxes.length)
      throw new CommandFailure('malformed-address', { address: value })
    for (const { address } of mailboxes) {
      if (!isAddress(address)) throw new CommandFailure('malformed-address', { address })
    }
    return mailboxes.map(({ name, address }) => (name ? { name, address } : { address }))
  })
}

function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text)
}

/** How many addresses a person wrote, by the "@" outside of quotes and comments. */
function atSigns(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"|\([^()]*\)/g, '').split('@').length - 1
}

export function senderOf(value: string): Mailbox {
  const [sender, ...others] = mailboxesOf([value])
  if (!sender || others.length > 0) throw new CommandFailure('malformed-address', { address: value })
  return sender
}

export async function textOf(file: string): Promise<string> {
  return utf8Text(await readInput(file, textLimit))
}
