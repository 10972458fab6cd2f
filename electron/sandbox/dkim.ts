/**
 * Signing a mail with DKIM (RFC 6376), relaxed/relaxed and rsa-sha256. Written out because the libraries at hand list only
 * fields that are present in "h=", while RFC 8823 §3.1 wants the absent ones there too: a field that is listed and absent
 * can't be added later (RFC 6376 §5.4.2).
 */

import { base64Text, concatBytes, latin1Bytes, latin1Text } from '../base/bytes.ts'
import { digestOf } from '../crypto/digest.ts'
import type { PrivateKeyHandle } from '../crypto/privateKey.ts'

export interface DkimSigner {
  readonly domain: string
  readonly selector: string
  readonly key: PrivateKeyHandle
}

/** RFC 8823 §3.1 point 6. */
const signedFields = [
  'From',
  'Sender',
  'Reply-To',
  'To',
  'Cc',
  'Subject',
  'Date',
  'In-Reply-To',
  'References',
  'Message-ID',
  'Auto-Submitted',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
]

export interface DkimChoices {
  /** Fields to sign, in place of RFC 8823's. */
  readonly fields?: readonly string[]
  /** Adds "l=": signs only so many bytes of the body. */
  readonly bodyLength?: number
}

/** The mail with its signature in front. `message` has CRLF line ends. */
export async function dkimSigned(
  message: Uint8Array,
  signer: DkimSigner,
  at: Date,
  choices: DkimChoices = {},
): Promise<Uint8Array> {
  const text = latin1Text(message)
  const split = text.indexOf('\r\n\r\n')
  const header = split < 0 ? text : text.slice(0, split + 2)
  const body = relaxedBody(split < 0 ? '' : text.slice(split + 4)).slice(0, choices.bodyLength)
  const fields = header.split(/\r\n(?![ \t])/).filter((field) => field !== '')
  const names = choices.fields ?? signedFields

  const rest = [...fields]
  const lines: string[] = []
  for (const name of names) {
    // Of several fields the last one first (RFC 6376 §5.4.2); an absent one adds nothing.
    const index = rest.findLastIndex((field) => nameOf(field) === name.toLowerCase())
    if (index >= 0) lines.push(relaxedField(rest.splice(index, 1)[0] ?? ''))
  }
  const value = [
    'v=1; a=rsa-sha256; c=relaxed/relaxed',
    ` d=${signer.domain}; s=${signer.selector}; t=${Math.floor(at.getTime() / 1000)}`,
    ...(choices.bodyLength === undefined ? [] : [` l=${choices.bodyLength}`]),
    ` h=${names.join(':\r\n  ')}`,
    ` bh=${base64Text(digestOf('sha256', latin1Bytes(body)))}`,
    ' b=',
  ].join(';\r\n')
  const unsigned = `DKIM-Signature: ${value}`
  const signed = latin1Bytes([...lines, relaxedField(unsigned)].join('\r\n'))
  const signature = base64Text(await signer.key.sign({ kind: 'rsa-pkcs1', digest: 'sha256' }, signed))
  const folded = signature.replace(/.{72}(?=.)/g, '$&\r\n  ')
  return concatBytes(latin1Bytes(`${unsigned}${folded}\r\n`), message)
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trim().toLowerCase()
}

/** RFC 6376 §3.4.2. */
function relaxedField(field: string): string {
  const value = field
    .slice(field.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()
  return `${nameOf(field)}:${value}`
}

/** RFC 6376 §3.4.4. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  return lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`
}
