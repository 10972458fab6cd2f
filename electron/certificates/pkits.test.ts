import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { validatePath } from './path.ts'

interface PkitsCase {
  readonly suite: string
  readonly name: string
  readonly certs: readonly string[]
  readonly test_number: string
  readonly should_validate: boolean
  /** "anyPolicy", or names of policies with commas between them. */
  readonly initial_policy_set: string
  readonly initial_explicit_policy: boolean
  readonly initial_policy_mapping_inhibit: boolean
  readonly initial_inhibit_any_policy: boolean
}

const folder = corpus('nist-pkits')

/** NIST-test-policy-1 is 2.16.840.1.101.3.2.1.48.1, and so on. */
const nistPolicies = '2.16.840.1.101.3.2.1.48.'

/** All suites but those of revocation lists, which are not computed. */
const asserted = /^PkitsTest(01|02|03|06|07|08|09|10|11|12|13|16)/

/** Cases of those suites that turn on a revocation list. */
const needsRevocationList = new Set(['4.7.4', '4.7.5'])
/** DSA isn't computed (RFC 8551 §2.2 dropped it): such a path must be refused, whatever the suite says. */
const signedWithDsa = new Set(['4.1.4', '4.1.5', '4.1.6'])

function outcomes(root: string) {
  const { tests } = JSON.parse(readFileSync(join(root, 'pkits_tests.json'), 'utf8')) as { tests: PkitsCase[] }
  const read = new Map<string, Certificate>()
  const certificate = (name: string): Certificate => {
    const known = read.get(name)
    if (known) return known
    const parsed = expectSuccess(parseCertificate(readFileSync(join(root, 'PKITS_data', 'certs', `${name}.crt`))))
    read.set(name, parsed)
    return parsed
  }
  return tests.map((test) => {
    const path = test.certs.map(certificate)
    const [anchor] = path
    const leaf = path.at(-1)
    if (!anchor || !leaf) throw new Error(`no certificates in ${test.test_number}`)
    const initial = test.initial_policy_set.split(',').map((name) => name.replace('NIST-test-policy-', nistPolicies))
    const result = validatePath({
      leaf,
      intermediates: path.slice(1, -1),
      anchors: [anchor],
      at: new Date('2011-04-15T00:00:00Z'),
      purpose: 'any',
      policies: {
        ...(test.initial_policy_set === 'anyPolicy' ? {} : { initial }),
        explicit: test.initial_explicit_policy,
        inhibitMapping: test.initial_policy_mapping_inhibit,
        inhibitAny: test.initial_inhibit_any_policy,
      },
    })
    return { test, result, agrees: (result.state === 'valid') === test.should_validate }
  })
}

describe.skipIf(!folder)("NIST's path validation suite", () => {
  it('agrees in every case that needs no revocation list', () => {
    const all = outcomes(folder ?? '')
    expect(all).toHaveLength(249)
    const others = new Set([...needsRevocationList, ...signedWithDsa])
    const own = all.filter(({ test }) => asserted.test(test.suite) && !others.has(test.test_number))
    const wrong = own
      .filter(({ agrees }) => !agrees)
      .map(
        ({ test, result }) =>
          `${test.test_number} ${test.name}: ${result.state} ${result.reasons.map(({ code }) => code)}`,
      )
    expect(wrong).toEqual([])
    expect(own).toHaveLength(170)
  })

  it('refuses what is signed with DSA', () => {
    const dsa = outcomes(folder ?? '').filter(({ test }) => signedWithDsa.has(test.test_number))
    expect(dsa.map(({ result }) => result.state)).toEqual(['unknown-issuer', 'unknown-issuer', 'unknown-issuer'])
  })

  it('accepts nothing wrongly for another reason than revocation', () => {
    const accepted = outcomes(folder ?? '').filter(
      ({ test, result }) => result.state === 'valid' && !test.should_validate,
    )
    const unexplained = accepted
      .filter(({ test }) => !/^PkitsTest(04|05|14|15)/.test(test.suite))
      .map(({ test }) => test.test_number)
      .filter((number) => !needsRevocationList.has(number))
    expect(unexplained).toEqual([])
  })
})
