/**
 * Mozilla's e-mail roots against the certdata.txt of a later NSS (module 2.86; the shipped list says which version it is).
 * Every difference stands below with the module version that made it and Mozilla's bug; a list of another version, or one
 * that was read wrongly, no longer fits.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { hexText } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import { nameKey } from '../name.ts'
import { mozillaRoots } from './mozillaRoots.ts'

interface Change {
  /** Of NSS's module of built-in roots. */
  readonly version: string
  readonly change: 'added' | 'removed' | 'not for e-mail any more'
  /** In Mozilla's Bugzilla. */
  readonly bug: number
  /** First digits of the SHA-256, and NSS's label. */
  readonly roots: readonly string[]
}

/** What NSS changed between module 2.60 and module 2.86. */
const changes: readonly Change[] = [
  { version: '2.62', change: 'removed', bug: 1827224, roots: ['0c258a12a567 Camerfirma Chambers of Commerce Root'] },
  { version: '2.62', change: 'added', bug: 1840437, roots: ['48e1cf9e43b6 LAWtrust Root CA2 (4096)'] },
  {
    version: '2.62',
    change: 'added',
    bug: 1840429,
    roots: [
      '22d9599234d6 Sectigo Public Email Protection Root E46',
      'd5917a7791eb Sectigo Public Email Protection Root R46',
    ],
  },
  {
    version: '2.62',
    change: 'added',
    bug: 1839992,
    roots: ['ad7dd58d03ae SSL.com Client ECC Root CA 2022', '1d4ca4a2ab21 SSL.com Client RSA Root CA 2022'],
  },
  {
    version: '2.62',
    change: 'added',
    bug: 1833270,
    roots: ['e38655f4b019 Atos TrustedRoot Root CA ECC G2 2020', '78833a783bb2 Atos TrustedRoot Root CA RSA G2 2020'],
  },
  {
    version: '2.64',
    change: 'added',
    bug: 1850598,
    roots: ['e0d3226aeb11 TrustAsia Global Root CA G3', 'be4b56cb5056 TrustAsia Global Root CA G4'],
  },
  {
    version: '2.64',
    change: 'removed',
    bug: 1842935,
    roots: ['04048028bf1f Autoridad de Certificacion Firmaprofesional CIF A62634068'],
  },
  {
    version: '2.64',
    change: 'removed',
    bug: 1850982,
    roots: ['063e4afac491 Chambers of Commerce Root - 2008', '136335439334 Global Chambersign Root - 2008'],
  },
  {
    version: '2.64',
    change: 'removed',
    bug: 1851049,
    roots: [
      '5a885db19c01 TrustCor ECA-1',
      'd40e9c86cd8f TrustCor RootCert CA-1',
      '0753e940378c TrustCor RootCert CA-2',
    ],
  },
  {
    version: '2.64',
    change: 'removed',
    bug: 1855318,
    roots: [
      '9d190b2e3145 Symantec Class 1 Public Primary Certification Authority - G6',
      'cb627d18b58a Symantec Class 2 Public Primary Certification Authority - G6',
      'cbb5af185e94 Verisign Class 1 Public Primary Certification Authority - G3',
      '92a9d9833fe1 Verisign Class 2 Public Primary Certification Authority - G3',
    ],
  },
  {
    version: '2.64',
    change: 'not for e-mail any more',
    bug: 1851044,
    roots: ['57de0583efd2 Autoridad de Certificacion Firmaprofesional CIF A62634068'],
  },
  { version: '2.66', change: 'removed', bug: 1865450, roots: ['e75e72ed9f56 Security Communication Root CA'] },
  {
    version: '2.66',
    change: 'added',
    bug: 1873095,
    roots: ['d92c171f5cf8 D-Trust SBR Root CA 1 2022', 'dba84dd7ef62 D-Trust SBR Root CA 2 2022'],
  },
  {
    version: '2.66',
    change: 'added',
    bug: 1874017,
    roots: ['3ae6df7e0d63 Telekom Security SMIME ECC Root 2021', '78a656344f94 Telekom Security SMIME RSA Root 2023'],
  },
  {
    version: '2.68',
    change: 'not for e-mail any more',
    bug: 1879945,
    roots: ['8560f91c3624 OISTE WISeKey Global Root GC CA'],
  },
  { version: '2.70', change: 'added', bug: 1908004, roots: ['3a0072d49ffc TWCA Global Root CA G2'] },
  { version: '2.70', change: 'not for e-mail any more', bug: 1908009, roots: ['eaa962c4fa4a certSIGN ROOT CA'] },
  { version: '2.70', change: 'not for e-mail any more', bug: 1914499, roots: ['9a6ec012e1a7 ACCVRAIZ1'] },
  { version: '2.72', change: 'removed', bug: 1920641, roots: ['24a55c2ab051 Security Communication RootCA3'] },
  { version: '2.74', change: 'removed', bug: 1915902, roots: ['be6c4da2bbb9 SwissSign Silver CA - G2'] },
  {
    version: '2.74',
    change: 'not for e-mail any more',
    bug: 1939086,
    roots: ['e74fbda55bd5 Security Communication ECC RootCA1'],
  },
  {
    version: '2.76',
    change: 'not for e-mail any more',
    bug: 1943135,
    roots: ['c3846bf24b9e Go Daddy Class 2 CA', '1465fa205397 Starfield Class 2 CA'],
  },
  { version: '2.80', change: 'added', bug: 1974511, roots: ['9a12c392bfe5 SwissSign RSA SMIME Root CA 2022 - 1'] },
  {
    version: '2.80',
    change: 'added',
    bug: 1972391,
    roots: ['436472c1009a TrustAsia SMIME ECC Root CA', 'c7796beb62c1 TrustAsia SMIME RSA Root CA'],
  },
  { version: '2.80', change: 'removed', bug: 1961848, roots: ['16af57a9f676 Baltimore CyberTrust Root'] },
  {
    version: '2.82',
    change: 'added',
    bug: 1988913,
    roots: ['d9a32485a8cc OISTE Client Root ECC G1', 'd02a0f994a86 OISTE Client Root RSA G1'],
  },
  {
    version: '2.86',
    change: 'not for e-mail any more',
    bug: 2016750,
    roots: [
      '8ecde6884f3d Amazon Root CA 1',
      '1ba5b2aa8c65 Amazon Root CA 2',
      '18ce6cfe7bf1 Amazon Root CA 3',
      'e35d28419ed0 Amazon Root CA 4',
    ],
  },
  {
    version: '2.86',
    change: 'not for e-mail any more',
    bug: 2020137,
    roots: [
      'd947432abde7 GTS Root R1',
      '34d8a73ee208 GTS Root R3',
      '349dfa4058c5 GTS Root R4',
      'b085d70b964f GlobalSign ECC Root CA - R4',
    ],
  },
  {
    version: '2.86',
    change: 'removed',
    bug: 2020144,
    roots: [
      '4200f5043ac8 Secure Global CA',
      '97552015f5dd Trustwave Global Certification Authority',
      '945bbc825ea5 Trustwave Global ECC P256 Certification Authority',
      '55903859c8c0 Trustwave Global ECC P384 Certification Authority',
      'cecddc905099 XRamp Global CA Root',
    ],
  },
  { version: '2.86', change: 'removed', bug: 2020151, roots: ['dd6936fe21f8 TeliaSonera Root CA v1'] },
  { version: '2.86', change: 'removed', bug: 2020164, roots: ['9a296a5182d1 GLOBALTRUST 2020'] },
]

/** Mozilla's dates for e-mail as of module 2.60. Each of these roots was removed later on, so that 2.86 has no date at all. */
const distrusted: Readonly<Record<string, string>> = {
  '0c258a12a567': '2021-03-01T00:00:00.000Z',
  '9d190b2e3145': '2022-08-31T00:00:00.000Z',
  cb627d18b58a: '2022-08-31T00:00:00.000Z',
  cbb5af185e94: '2022-08-31T00:00:00.000Z',
  '92a9d9833fe1': '2022-08-31T00:00:00.000Z',
  '5a885db19c01': '2022-11-30T00:00:00.000Z',
  d40e9c86cd8f: '2022-11-30T00:00:00.000Z',
  '0753e940378c': '2022-11-30T00:00:00.000Z',
}

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
      version: '3.87.1',
      module: '2.60',
      generated: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    expect(fingerprints).toHaveLength(108)
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

  it('carry the dates after which nothing new counts', () => {
    const { fingerprints, ruleOf } = mozillaRoots()
    const dated = fingerprints.flatMap((each) => {
      const date = ruleOf(each)?.distrustAfter
      return date ? [[each.slice(0, digits), date.toISOString()]] : []
    })
    expect(Object.fromEntries(dated)).toEqual(distrusted)
  })

  it.skipIf(!folder)('differ from a later certdata.txt exactly by what NSS changed since', () => {
    const theirs = emailRootsOf(readFileSync(join(folder ?? '', 'certdata.txt'), 'utf8'))
    const ours = new Set(mozillaRoots().fingerprints)
    const missing = [...ours].filter((each) => !theirs.roots.has(each))
    expect(theirs.roots.size).toBe(90)
    expect(shortened([...theirs.roots.keys()].filter((each) => !ours.has(each)))).toEqual(changed('added'))
    expect(shortened(missing)).toEqual(changed('removed', 'not for e-mail any more'))
    // What is gone altogether, told from what stays for other purposes. certSIGN's lost its trust first (2.70), then went (2.86).
    const gone = shortened(missing.filter((each) => !theirs.all.has(each)))
    expect(gone).toEqual([...changed('removed'), 'eaa962c4fa4a'].sort())
    // No root that both lists have carries a date for e-mail in either.
    expect([...theirs.roots.values()].filter((date) => date !== undefined)).toEqual([])
    expect(Object.keys(distrusted).filter((each) => !changed('removed').includes(each))).toEqual([])
  })
})
