import { describe, expect, it } from 'vitest'
import { hasPhrase, languages, phrase } from '../../shared/words/words.ts'
import { equalBytes, latin1Bytes, latin1Text, utf8Bytes } from '../base/bytes.ts'
import { base64Lines, quotedPrintableText } from '../mime/canonical.ts'
import { anna, clearSigned, codes, crlf, head, open, plainPart, shown, signatureOver, states } from './testMail.ts'
import { type Damage, damages } from './transit/repair.ts'
import { diagnoseTransit, startTransitBudget } from './transitDamage.ts'

/** One character per byte. */
function utf8(text: string): string {
  return latin1Text(utf8Bytes(text))
}

async function diagnosed(signed: string, arrived: string): Promise<readonly Damage[] | undefined> {
  expect(arrived).not.toBe(signed)
  const original = latin1Bytes(signed)
  const found = await diagnoseTransit(latin1Bytes(arrived), (candidate) => equalBytes(candidate, original))
  return found?.how
}

const plain = crlf('Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 7bit', '')
const letter = crlf(plain, 'Dear Jonas,', '', 'From here all is well.', '.hidden', '-- ', 'Anna', '')
const accents = 'Die Ernte ist gut, schöne Grüße aus München an alle, die größere Körbe für Äpfel übrig hätten.\r\n'

function textPart(charset: string, encoding: string, body: string): string {
  return crlf(`Content-Type: text/plain; charset=${charset}`, `Content-Transfer-Encoding: ${encoding}`, '', body)
}

function multipart(...parts: string[]): string {
  return crlf(
    'Content-Type: multipart/mixed; boundary="inner"',
    '',
    ...parts.flatMap((part) => ['--inner', part]),
    '--inner--',
    '',
  )
}

const nested = multipart(textPart('utf-8', '8bit', utf8(accents)), crlf('Content-Type: text/x-notes', '', 'notes'))
const folded = crlf('Content-Type: text/plain;', '\tcharset=utf-8;', '\tformat=flowed', '', 'short text')
const protectedHeader = crlf('Content-Type: text/plain; hp="clear"', 'Subject: Re: The harvest', '', 'The text.')
const photo = Buffer.from(Array.from({ length: 900 }, (_, index) => (index * 37) % 256))

const cases: readonly (readonly [string, string, string, Damage])[] = [
  ['lost carriage returns', letter, letter.replaceAll('\r\n', '\n'), 'line-ends'],
  ['lost linefeeds', letter, letter.replaceAll('\r\n', '\r'), 'line-ends'],
  ['doubled carriage returns', letter, letter.replaceAll('\r\n', '\r\r\n'), 'line-ends'],
  ['doubled line ends', crlf('Content-Type: a/b', 'X: y'), 'Content-Type: a/b\r\n\r\nX: y', 'line-ends'],
  ['carriage returns that were not signed', letter.replaceAll('\r\n', '\n'), letter, 'line-ends'],
  ['a lost last line end', letter, letter.slice(0, -2), 'last-line-end'],
  ['one line end more', letter, `${letter}\r\n`, 'last-line-end'],
  ['blank lines at the end', letter, `${letter}\r\n\r\n\r\n`, 'blank-lines-at-end'],
  ['lost blank lines at the end', `${letter}\r\n\r\n`, letter, 'blank-lines-at-end'],
  ['a stripped signature mark', letter, letter.replace('-- \r\n', '--\r\n'), 'trailing-space'],
  [
    'white space put at line ends',
    letter.replace('-- ', '--'),
    letter.replace('-- ', '--').replaceAll(/(\w)\r\n/g, '$1 \t\r\n'),
    'trailing-space',
  ],
  [
    'stripped flowed lines',
    crlf(plain, 'one ', 'two', '', 'three ', 'four', ''),
    crlf(plain, 'one', 'two', '', 'three', 'four', ''),
    'trailing-space',
  ],
  ['"From " with a mark before it', letter, letter.replace('\nFrom here', '\n>From here'), 'from-escaped'],
  [
    'one of two lines that begin with "From "',
    crlf(plain, 'From a', '>From b'),
    crlf(plain, '>From a', '>From b'),
    'from-escaped',
  ],
  ['dots that SMTP doubled', letter, letter.replace('\n.hidden', '\n..hidden'), 'dot-stuffing'],
  ['a dot that SMTP took', letter.replace('\n.hidden', '\n..hidden'), letter, 'dot-stuffing'],
  ['a folded header with blanks instead of tabs', folded, folded.replaceAll('\t', ' '), 'header-folding'],
  ['an unfolded header', folded, folded.replaceAll('\r\n\t', ' '), 'header-folding'],
  ['a header folded anew', folded.replaceAll('\r\n\t', ' '), folded, 'header-folding'],
  ['names of fields in other letters', letter, letter.replace('Content-Type', 'Content-type'), 'header-spelling'],
  ['a parameter in quotes', letter, letter.replace('charset=utf-8', 'charset="utf-8"'), 'header-spelling'],
  ['a parameter that lost its quotes', letter.replace('=utf-8', '="utf-8"'), letter, 'header-spelling'],
  ['a character set in capitals', letter, letter.replace('utf-8', 'UTF-8'), 'header-spelling'],
  ['a field more', letter, `X-Scanned: clean\r\n${letter}`, 'header-added'],
  ['a field less', letter, letter.replace('Content-Transfer-Encoding: 7bit\r\n', ''), 'header-removed'],
  [
    "a list's name before the subject",
    protectedHeader,
    protectedHeader.replace('Re: ', 'Re: [growers] '),
    'subject-prefix',
  ],
  [
    'a mark of a filter before the subject',
    protectedHeader,
    protectedHeader.replace('Re: ', '*** SPAM *** Re: '),
    'subject-prefix',
  ],
  [
    '8-bit text made quoted-printable',
    textPart('utf-8', '8bit', utf8(accents)),
    textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents))),
    're-encoded',
  ],
  [
    '8-bit text made base64',
    textPart('utf-8', '8bit', utf8(accents)),
    textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents))),
    're-encoded',
  ],
  [
    'quoted-printable made 8-bit',
    textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents))),
    textPart('utf-8', '8bit', utf8(accents)),
    're-encoded',
  ],
  [
    'base64 made quoted-printable',
    textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents))),
    textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents))),
    're-encoded',
  ],
  [
    'a part inside made quoted-printable',
    nested,
    nested.replace('8bit', 'quoted-printable').replace(utf8(accents), quotedPrintableText(utf8Bytes(accents))),
    're-encoded',
  ],
  [
    'base64 with other line lengths',
    textPart('utf-8', 'base64', base64Lines(photo)),
    textPart('utf-8', 'base64', base64Lines(photo, 64)),
    'base64-rewrapped',
  ],
  [
    'moved soft breaks',
    textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents), 75)),
    textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents), 60)),
    'soft-breaks-moved',
  ],
  [
    'text made Latin-1',
    textPart('utf-8', '8bit', utf8(accents)),
    textPart('iso-8859-1', '8bit', accents),
    'charset-converted',
  ],
  [
    'text made UTF-8',
    textPart('iso-8859-1', '8bit', accents),
    textPart('utf-8', '8bit', utf8(accents)),
    'charset-converted',
  ],
  [
    'a footer of a list',
    letter,
    `${letter}\r\n_______________\r\ngrowers mailing list\r\nhttps://list.example/\r\n`,
    'footer-added',
  ],
  [
    'a footer of a list under base64',
    textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents))),
    textPart('utf-8', 'base64', base64Lines(utf8Bytes(`${accents}____\r\nlist\r\n`))),
    'footer-added',
  ],
  [
    'a footer in the clear under base64',
    textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents))),
    `${textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents)))}____\r\nlist footer\r\n`,
    'footer-added',
  ],
  [
    'a footer before the end of HTML',
    crlf('Content-Type: text/html', '', '<body>', '<p>Hi</p>', '</body>'),
    crlf('Content-Type: text/html', '', '<body>', '<p>Hi</p>', '<hr>', '<p>Legal notice</p>', '</body>'),
    'footer-added',
  ],
  [
    'a banner above the text',
    letter,
    letter.replace('\r\n\r\nDear', '\r\n\r\nCAUTION: from outside\r\n\r\nDear'),
    'banner-added',
  ],
  [
    'a part at the end',
    nested,
    nested.replace('\r\n--inner--', '\r\n--inner\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--inner--'),
    'part-added',
  ],
  [
    'a part at the start',
    nested,
    nested.replace('--inner\r\n', '--inner\r\nContent-Type: text/plain\r\n\r\nbanner\r\n--inner\r\n'),
    'part-added',
  ],
  [
    'a multipart around the signed part',
    letter,
    multipart(letter, crlf('Content-Type: text/plain', '', 'footer')),
    'part-added',
  ],
]

describe('what the way did to a signed part is told', () => {
  it.each(cases)('for %s', async (_what, signed, arrived, how) => {
    expect(await diagnosed(signed, arrived)).toEqual([how])
  })

  const pairs: readonly (readonly [string, string, string, readonly Damage[]])[] = [
    [
      'subject and footer of a list',
      protectedHeader,
      `${protectedHeader.replace('Re: ', 'Re: [growers] ')}\r\n____\r\nlist\r\n`,
      ['subject-prefix', 'footer-added'],
    ],
    [
      'a footer in a file without carriage returns',
      letter,
      `${letter}____\r\nlist\r\n`.replaceAll('\r\n', '\n'),
      ['line-ends', 'footer-added'],
    ],
    [
      '"From " and a stripped blank',
      letter,
      letter.replace('\nFrom', '\n>From').replace('-- \r\n', '--\r\n'),
      ['trailing-space', 'from-escaped'],
    ],
    [
      'another character set and another encoding',
      textPart('iso-8859-1', '8bit', accents),
      textPart('utf-8', 'quoted-printable', quotedPrintableText(utf8Bytes(accents))),
      ['charset-converted', 're-encoded'],
    ],
    [
      'another encoding and a lost line end',
      textPart('utf-8', '8bit', utf8(accents)).slice(0, -2),
      textPart('utf-8', 'base64', base64Lines(utf8Bytes(accents))),
      ['last-line-end', 're-encoded'],
    ],
  ]
  it.each(pairs)('for two changes: %s', async (_what, signed, arrived, how) => {
    const found = await diagnosed(signed, arrived)
    expect([...(found ?? [])].sort()).toEqual([...how].sort())
  })
})

describe('in a mail', () => {
  const footer = '\r\n--sig\r\nContent-Type: application/pkcs7'

  it('it is a finding, and the signature stays broken', async () => {
    const mail = crlf(head, await clearSigned(plainPart)).replace(footer, `\r\n____\r\nthe list${footer}`)
    const message = await open(mail)
    expect([states(message), codes(message)]).toEqual([['broken'], ['damaged-in-transit']])
    expect(message.notes[0]?.data).toEqual({ how: ['footer-added'] })
    expect((await shown(message))[0]?.[1]).toBe(false)
    expect(phrase('en', 'findings.damaged-in-transit', message.notes[0]?.data)).toContain(
      'on the way: a text was added at the end.',
    )
  })

  it('nothing is believed of a signature that is broken itself', async () => {
    const mail = crlf(head, await clearSigned(plainPart))
    const signature = /\r\n\r\n(MI[^-]*)\r\n/.exec(mail)?.[1] ?? ''
    const last = signature.replace(/\s+$/, '').slice(-8)
    const forged = mail.replace(
      last,
      last.replace(/[A-Za-z]/, (letter) => (letter === 'A' ? 'B' : 'A')),
    )
    expect(forged).not.toBe(mail)
    const message = await open(forged.replace(footer, `\r\n____\r\nthe list${footer}`))
    expect([states(message), codes(message)]).toEqual([['broken'], []])
    expect(message.signers[0]?.outcome.reasons.map(({ code }) => code)).toEqual([
      'digest-mismatch',
      'signature-mismatch',
    ])
  })

  it('nothing is believed of a signature whose certificate is missing', async () => {
    const der = Buffer.from(await signatureOver(plainPart), 'base64')
    const serial = Buffer.from(anna.certificate.serialNumber, 'hex')
    // The certificate has it first, then the signer's identifier, which no signature covers.
    const identifier = der.indexOf(serial, der.indexOf(serial) + 1)
    der.writeUInt8(der.readUInt8(identifier + serial.length - 1) ^ 1, identifier + serial.length - 1)
    const mail = crlf(head, await clearSigned(plainPart, anna, base64Lines(der)))
    const message = await open(mail.replace(footer, `\r\n____\r\nthe list${footer}`))
    expect([states(message), codes(message)]).toEqual([['broken'], []])
    expect(message.signers[0]?.outcome.certificate).toBeUndefined()
    expect(message.signers[0]?.outcome.reasons.map(({ code }) => code)).toEqual(['digest-mismatch'])
  })

  it('has words for each change', () => {
    const missing = languages.flatMap((language) => damages.filter((how) => !hasPhrase(language, `terms.${how}`)))
    expect(missing).toEqual([])
  })
})

describe('nothing is told', () => {
  it('when what was said changed', async () => {
    expect(await diagnosed(letter, letter.replace('all is well', 'all is lost'))).toBeUndefined()
    expect(await diagnosed(nested, nested.replace('notes', 'nodes'))).toBeUndefined()
  })

  it('of nothing, and of what is too large to try', async () => {
    let asked = 0
    const count = () => ++asked > Number.MAX_SAFE_INTEGER
    expect(await diagnoseTransit(new Uint8Array(), count)).toBeUndefined()
    expect(await diagnoseTransit(Buffer.alloc(262_145, 'a\r\n'), count)).toBeUndefined()
    expect(await diagnoseTransit(Buffer.alloc(20_000, '\r\n'), count)).toBeUndefined()
    expect(asked).toBe(0)
  })
})

describe('the search', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['blanks', `${plain}\r\n${' '.repeat(260_000)}x`],
    ['line ends', `${plain}${'\r\n'.repeat(4_900)}x`],
    ['bare carriage returns', `${plain}\r\n${'\r'.repeat(9_900)}`],
    ['marks', `${plain}${'\r\n>From '.repeat(4_900)}`],
    ['dots', `${plain}${'\r\n.'.repeat(4_900)}`],
    ['fields', `${'X: y; z="a"\r\n'.repeat(60)}\r\ntext`],
    ['folds', `Content-Type: text/plain;${'\r\n\t a=b;'.repeat(4_900)}\r\n\r\ntext`],
    ['separators', `${plain}\r\n${'-'.repeat(260_000)}`],
    ['parts', multipart(...new Array<string>(900).fill(textPart('utf-8', 'base64', 'AAAA')))],
    ['soft breaks', `Content-Transfer-Encoding: quoted-printable\r\n\r\n${'=\r\n'.repeat(4_900)}`],
  ]
  it.each(hostile)('is over soon in a mail full of %s', async (_what, text) => {
    const budget = startTransitBudget()
    let asked = 0
    expect(await diagnoseTransit(latin1Bytes(text), () => ++asked < 0, budget)).toBeUndefined()
    expect(asked).toBeLessThan(4_200)
  })

  it('is not begun again with a budget that is spent', async () => {
    const budget = startTransitBudget()
    let asked = 0
    const never = () => ++asked < 0
    for (let signature = 0; signature < 24; signature++) await diagnoseTransit(latin1Bytes(nested), never, budget)
    expect(asked).toBeGreaterThan(100)
    expect(asked).toBeLessThan(4_200)
  })

  it('takes any bytes', async () => {
    let seed = 7
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 60; round++) {
      const bytes = latin1Bytes(nested)
      for (let change = 0; change < 4; change++) bytes[next(bytes.length)] = next(256)
      const budget = { bytesLeft: 2_000_000 }
      await expect(diagnoseTransit(bytes.subarray(0, 1 + next(bytes.length)), () => false, budget)).resolves.toBe(
        undefined,
      )
    }
  })
})
