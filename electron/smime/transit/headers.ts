/**
 * The header of the signed part as programs on the way rewrite it: folded at other places (RFC 5322 §2.2.3), names and
 * parameters spelled otherwise, fields put in or taken out, a list's name before the subject.
 */

import { allRanges, type Candidate, type Damage, fieldsOf, rangesOf, withHeaders } from './repair.ts'

/** The header of the mail changed, and then those of all parts. */
function* inHeaders(text: string, how: Damage, changes: readonly ((header: string) => string)[]): Generator<Candidate> {
  const root = rangesOf(text)
  if (!root) return
  const all = allRanges(root)
  for (const change of changes) {
    yield { how, text: withHeaders(text, [root], change) }
    if (all.length > 1) yield { how, text: withHeaders(text, all, change) }
  }
}

const joints = ['\r\n\t', '\r\n ', '; '] as const

export function headerFolding(text: string): Iterable<Candidate> {
  return inHeaders(text, 'header-folding', [
    (header) => header.replace(/\r\n[ \t]+/g, ' '),
    (header) => header.replace(/\r\n(?=[ \t])/g, ''),
    (header) => header.replace(/\r\n[ \t]+/g, '\r\n\t'),
    (header) => header.replace(/\r\n[ \t]+/g, '\r\n '),
    ...joints.map(
      (joint) => (header: string) => header.replace(/;(?:\r\n)?[ \t]+/g, joint.startsWith(';') ? joint : `;${joint}`),
    ),
    (header) => header.replace(/;(?:\r\n)?[ \t]+/g, ';\r\n    '),
    (header) => header.replace(/;(?:\r\n)?[ \t]+/g, ';\r\n        '),
    (header) => header.replaceAll('\t', ' '),
  ])
}

/** "Content-Type", "MIME-Version" as most programs write them. */
function usualName(name: string): string {
  return name
    .toLowerCase()
    .replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/^Mime-/, 'MIME-')
    .replace(/-Id$/, '-ID')
}

function withNames(header: string, spell: (name: string) => string): string {
  return fieldsOf(header)
    .map((field) => field.replace(/^[^:\s]+(?=:)/, spell))
    .concat(header.endsWith('\r\n\r\n') ? '\r\n' : '')
    .join('')
}

export function headerSpelling(text: string): Iterable<Candidate> {
  const charset = /(charset="?)([^";\r\n]+)/gi
  return inHeaders(text, 'header-spelling', [
    (header) => withNames(header, usualName),
    (header) => withNames(header, (name) => name.toLowerCase()),
    (header) => withNames(header, (name) => name.charAt(0).toUpperCase() + name.slice(1).toLowerCase()),
    (header) => header.replace(/="([!#$&+\-.0-9A-Z^_`a-z{|}~]+)"/g, '=$1'),
    (header) =>
      header.replace(
        /; ?(\r\n[ \t])?([\w-]+)=([!#$&+\-.0-9A-Z^_`a-z{|}~]+)/g,
        (_, fold: string | undefined, name: string, value: string) => `;${fold ?? ' '}${name}="${value}"`,
      ),
    (header) => header.replace(charset, (_, start: string, name: string) => start + name.toLowerCase()),
    (header) => header.replace(charset, (_, start: string, name: string) => start + name.toUpperCase()),
    (header) => header.replace(/^([^:\s]+):(?=\S)/gm, '$1: '),
    (header) => header.replace(/^([^:\s]+): /gm, '$1:'),
    (header) =>
      header.replace(
        /^(Content-Transfer-Encoding: )(.*)$/gim,
        (_, start: string, value: string) => start + value.toLowerCase(),
      ),
    (header) =>
      header.replace(
        /^(Content-Transfer-Encoding: )(.*)$/gim,
        (_, start: string, value: string) => start + value.toUpperCase(),
      ),
  ])
}

/** Beyond them only single fields are taken out: pairs grow with the square. */
const mostForPairs = 8
const mostFields = 30

export function* headerAdded(text: string): Generator<Candidate> {
  const how = 'header-added'
  const root = rangesOf(text)
  if (!root) return
  const without = (unwanted: (field: string, index: number) => boolean): Candidate => ({
    how,
    text: withHeaders(text, [root], (header) =>
      [
        ...fieldsOf(header).filter((field, index) => !unwanted(field, index)),
        header.endsWith('\r\n\r\n') ? '\r\n' : '',
      ].join(''),
    ),
  })
  yield without((field) => /^X-/i.test(field))
  yield without((field) => !/^Content-/i.test(field))
  const count = Math.min(mostFields, fieldsOf(text.slice(root.start, root.bodyStart)).length)
  for (let first = 0; first < count; first++) yield without((_, index) => index === first)
  if (count > mostForPairs) return
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++)
      yield without((_, index) => index === first || index === second)
  }
}

/** Fields that say nothing beyond the default, which tidy programs take out. */
const dispensable = [
  'Content-Transfer-Encoding: 7bit',
  'Content-Disposition: inline',
  'MIME-Version: 1.0',
  'Content-Transfer-Encoding: 8bit',
  'Content-Language: en-US',
  'Content-Language: de-DE',
]
const mostPlaces = 6

export function* headerRemoved(text: string): Generator<Candidate> {
  const root = rangesOf(text)
  if (!root) return
  const fields = fieldsOf(text.slice(root.start, root.bodyStart))
  const names = new Set(fields.map((field) => field.slice(0, field.indexOf(':')).toLowerCase()))
  for (const lost of dispensable) {
    if (names.has(lost.slice(0, lost.indexOf(':')).toLowerCase())) continue
    for (let place = Math.min(fields.length, mostPlaces); place >= 0; place--) {
      const restored = fields.toSpliced(place, 0, `${lost}\r\n`).join('')
      yield { how: 'header-removed', text: withHeaders(text, [root], () => `${restored}\r\n`) }
    }
  }
}

/** "[list] ", "*** SPAM *** ", "EXTERNAL: " before what the sender wrote, also after "Re: ". */
const subjectPrefixes = [
  /^(Subject: ?(?:[A-Za-z]{1,4}: )?)\[[^\]\r\n]{1,60}\] ?/im,
  /^(Subject: ?(?:[A-Za-z]{1,4}: )?)\*{1,5}[^*\r\n]{1,40}\*{1,5} ?/im,
  /^(Subject: ?(?:[A-Za-z]{1,4}: )?)[A-Za-z]{4,10}: ?/im,
]

export function subjectPrefix(text: string): Iterable<Candidate> {
  return inHeaders(
    text,
    'subject-prefix',
    subjectPrefixes.map((pattern) => (header: string) => header.replace(pattern, '$1')),
  )
}
