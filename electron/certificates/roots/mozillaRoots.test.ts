/**
 * Mozilla's e-mail roots against the certdata.txt of an earlier NSS (module 2.86; the shipped list says which version it is).
 * Every difference stands below with the module version that made it and Mozilla's bug, as the release notes of NSS 3.125,
 * 3.126 and 3.131.1 name them; a list of another version, or one that was read wrongly, no longer fits.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { hexText } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import { nameKey } from '../name.ts'
import { type MozillaRootFile, mozillaRoots, mozillaRootsOf } from './mozillaRoots.ts'

interface Change {
  /** Of NSS's module of built-in roots: the first released one that has the change. */
  readonly version: string
  readonly change: 'added' | 'removed' | 'not for e-mail any more'
  /** In Mozilla's Bugzilla. */
  readonly bug: number
  /** First digits of the SHA-256, and NSS's label. */
  readonly roots: readonly string[]
}

/** What NSS changed for e-mail between module 2.86 and module 2.92. */
const changes: readonly Change[] = [
  { version: '2.88', change: 'added', bug: 2032612, roots: ['4c1ccd24f17e SecureSign Root CA16'] },
  {
    version: '2.88',
    change: 'not for e-mail any more',
    bug: 2031314,
    roots: ['e0d3226aeb11 TrustAsia Global Root CA G3', 'be4b56cb5056 TrustAsia Global Root CA G4'],
  },
  { version: '2.90', change: 'removed', bug: 2052097, roots: ['c0a6f4dc63a2 ePKI Root Certification Authority'] },
  {
    version: '2.90',
    change: 'added',
    bug: 2047804,
    roots: ['3682228d7d67 Telia EC Email Root CA v3', '5b0c502a7d96 Telia RSA Email Root CA v3'],
  },
  { version: '2.90', change: 'added', bug: 2047800, roots: ['3629e7188e00 SECOM SMIME RSA Root CA 2024'] },
  {
    version: '2.92',
    change: 'removed',
    bug: 2083709,
    roots: ['125609aa301d emSign Root CA - C1', 'bc4d809b1518 emSign ECC Root CA - C3'],
  },
  // The release notes call it "emSign Root CA - G3"; no other root of that authority has a name on G3.
  { version: '2.92', change: 'removed', bug: 2084101, roots: ['86a1ecba089c emSign ECC Root CA - G3'] },
]

const digits = 12

/** The objects of a certdata.txt: each attribute's value, octal bytes decoded. */
function objectsOf(text: string): ReadonlyMap<string, string | Buffer>[] {
  const bytesOf = (octal: string) =>
    Buffer.from(octal.match(/[0-7]{3}/g)?.map((digit) => Number.parseInt(digit, 8)) ?? [])
  const attribute = /^(CKA_\w+) (\w+)(?: (.*))?\n((?:\\.*\n)*)/gm
  return text.split(/^(?=CKA_CLASS )/m).map((object) => {
    const fields = [...object.matchAll(attribute)]
    return new Map(
      fields.map(([, name = '', kind, value = '', octal = '']) => [
        name,
        kind === 'MULTILINE_OCTAL' ? bytesOf(octal) : value,
      ]),
    )
  })
}

/** The e-mail roots of a certdata.txt by SHA-256, each with its date for e-mail where it has one. */
function emailRootsOf(text: string): { roots: Map<string, string | undefined>; all: Set<string> } {
  const objects = objectsOf(text)
  const trusted = new Set(
    objects
      .filter((object) => object.get('CKA_TRUST_EMAIL_PROTECTION') === 'CKT_NSS_TRUSTED_DELEGATOR')
      .map((object) => hexText(object.get('CKA_CERT_SHA1_HASH') as Buffer)),
  )
  const roots = new Map<string, string | undefined>()
  const all = new Set<string>()
  for (const object of objects.filter((each) => each.get('CKA_CLASS') === 'CKO_CERTIFICATE')) {
    const der = object.get('CKA_VALUE') as Buffer
    const date = object.get('CKA_NSS_EMAIL_DISTRUST_AFTER')
    const sha256 = hexText(digestOf('sha256', der))
    all.add(sha256)
    if (trusted.has(hexText(digestOf('sha1', der)))) {
      roots.set(sha256, date instanceof Buffer ? date.toString('latin1') : undefined)
    }
  }
  return { roots, all }
}

function changed(...kinds: readonly Change['change'][]): string[] {
  const chosen = changes.filter(({ change }) => kinds.includes(change))
  return chosen.flatMap(({ roots }) => roots.map((root) => root.slice(0, digits))).sort()
}

const shortened = (fingerprints: Iterable<string>) => [...fingerprints].map((each) => each.slice(0, digits)).sort()

const folder = corpus('nss')

describe('the e-mail roots', () => {
  it('say which NSS they come from, and are each what the list says of it', () => {
    const { source, fingerprints, root, byName } = mozillaRoots()
    expect(source).toEqual({
      version: '3.132',
      module: '2.92',
      generated: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    expect(fingerprints).toHaveLength(88)
    for (const fingerprint of fingerprints) {
      const certificate = root(fingerprint)
      if (!certificate) throw new Error(`no root ${fingerprint}`)
      expect(certificate.sha256).toBe(fingerprint)
      expect(certificate.selfIssued).toBe(true)
      expect(byName(nameKey(certificate.subject))).toContain(certificate)
    }
  })

  it('of no name and no fingerprint are none', () => {
    const { byName, root, ruleOf } = mozillaRoots()
    expect([byName('["2.5.4.3=nobody"]'), root('00'), ruleOf('00')]).toEqual([[], undefined, undefined])
  })

  // Module 2.92 has no date for e-mail: what had one was removed since. The form of the file has them, and so may the next.
  it('carry the dates after which nothing new counts, where Mozilla sets one', () => {
    const { fingerprints, ruleOf } = mozillaRoots()
    expect(fingerprints.filter((each) => ruleOf(each))).toEqual([])
    const list: MozillaRootFile = JSON.parse(readFileSync(new URL('./mozilla.json', import.meta.url), 'utf8'))
    const [first, ...others] = list.roots
    if (!first) throw new Error('the list is empty')
    const dated = mozillaRootsOf({
      ...list,
      roots: [{ ...first, distrustAfter: '2026-11-30T23:59:59.000Z' }, ...others],
    })
    expect(dated.ruleOf(first.sha256)).toEqual({ distrustAfter: new Date('2026-11-30T23:59:59Z') })
    expect(others.filter(({ sha256 }) => dated.ruleOf(sha256))).toEqual([])
  })

  it.skipIf(!folder)('differ from an earlier certdata.txt exactly by what NSS changed since', () => {
    const theirs = emailRootsOf(readFileSync(join(folder ?? '', 'certdata.txt'), 'utf8'))
    const ours = new Set(mozillaRoots().fingerprints)
    const missing = [...theirs.roots.keys()].filter((each) => !ours.has(each))
    expect(theirs.roots.size).toBe(90)
    expect(shortened([...ours].filter((each) => !theirs.roots.has(each)))).toEqual(changed('added'))
    expect(shortened(missing)).toEqual(changed('removed', 'not for e-mail any more'))
    // What is new came with its trust: none of it was there for other purposes before.
    expect(shortened([...ours].filter((each) => !theirs.all.has(each)))).toEqual(changed('added'))
    // No root that both lists have carries a date for e-mail in either.
    expect([...theirs.roots.values()].filter((date) => date !== undefined)).toEqual([])
  })

  it.skipIf(!folder)('are none of those that Mozilla trusts for other purposes alone', () => {
    const theirs = emailRootsOf(readFileSync(join(folder ?? '', 'certdata.txt'), 'utf8'))
    const others = [...theirs.all].filter((each) => !theirs.roots.has(each))
    const { root } = mozillaRoots()
    expect(others).toHaveLength(77)
    expect(others.filter((each) => root(each))).toEqual([])
  })
})
