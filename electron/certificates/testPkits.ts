/**
 * NIST's path validation suite (PKITS 1.0.1) for tests: its table of cases, its certificates and its revocation lists, read in
 * place. The corpus's folder is handed in, since only a test knows where corpora lie.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import { type Crl, parseCrl } from './revocation/crl.ts'

export interface PkitsCase {
  readonly suite: string
  readonly name: string
  /** From the anchor to the certificate in question, without ".crt". */
  readonly certs: readonly string[]
  readonly crls: readonly string[]
  /** "4.1.1" and so on; several cases may share one. */
  readonly test_number: string
  readonly should_validate: boolean
  /** "anyPolicy", or names of policies with commas between them. */
  readonly initial_policy_set: string
  readonly user_constrained_policy_set: string
  readonly initial_explicit_policy: boolean
  readonly initial_policy_mapping_inhibit: boolean
  readonly initial_inhibit_any_policy: boolean
}

export interface PkitsSuite {
  readonly tests: readonly PkitsCase[]
  /** By the file's name without ".crt". */
  readonly certificates: ReadonlyMap<string, Certificate>
  /** By the file's name without ".crl"; those that must not be read (4.4.8 to 4.4.10) are missing. */
  readonly crls: ReadonlyMap<string, Crl>
}

/** When the suite is to be judged: its own table says so. */
export const pkitsTime = new Date('2011-04-15T00:00:00Z')

/** NIST-test-policy-1 is 2.16.840.1.101.3.2.1.48.1, and so on. */
const nistPolicies = '2.16.840.1.101.3.2.1.48.'

/** Dotted OIDs of the policies in a column of the table. */
export function pkitsPolicies(names: string): string[] {
  return names
    .split(',')
    .filter((name) => name !== '')
    .map((name) => (name === 'anyPolicy' ? '2.5.29.32.0' : name.replace('NIST-test-policy-', nistPolicies)))
}

function readAll<Value>(folder: string, read: (bytes: Uint8Array) => Value): Map<string, Value> {
  return new Map(
    readdirSync(folder).map((file) => [file.replace(/\.\w+$/, ''), read(readFileSync(join(folder, file)))]),
  )
}

export function readPkits(folder: string): PkitsSuite {
  const { tests } = JSON.parse(readFileSync(join(folder, 'pkits_tests.json'), 'utf8')) as { tests: PkitsCase[] }
  const certificates = readAll(join(folder, 'PKITS_data', 'certs'), (bytes) => expectSuccess(parseCertificate(bytes)))
  const crls = new Map<string, Crl>()
  for (const [name, list] of readAll(join(folder, 'PKITS_data', 'crls'), parseCrl)) {
    if (list.ok) crls.set(name, list.value)
  }
  return { tests, certificates, crls }
}
