/**
 * The roots that an operating system trusts. Each system has its own file beside this one: it says what to run and to read,
 * and turns the answers into certificates by pure functions. Running and reading is done by a `Machine`, which a host brings.
 */

import { readPem } from '../../asn1/pem.ts'
import { latin1Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { allowsEmail } from '../emailProfile.ts'

/**
 * `missing`: the system has none of the stores that Siegel knows. `slow` and `too-large`: over the budget below.
 * `refused`: its program ended without an answer.
 */
export interface SystemRootsFailure {
  readonly code: 'system-roots-unreadable'
  readonly reason: MachineFailure['code']
}

export interface OperatingSystemStore {
  /** The roots that may vouch for mail, as far as the store says so, each once. */
  read(): Promise<Result<readonly Certificate[], SystemRootsFailure>>
}

export interface MachineFailure {
  readonly code: 'missing' | 'slow' | 'too-large' | 'refused'
}

export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What the program writes to its standard output; no shell is involved. Errors: `MachineFailure`; never rejects. */
  run(
    program: string,
    parameters: readonly string[],
    budget: MachineBudget,
  ): Promise<Result<Uint8Array, MachineFailure>>
  /** The same for a program that writes into a file: `parametersFor` gets the name of a file that doesn't exist yet. */
  runIntoFile(
    program: string,
    parametersFor: (file: string) => readonly string[],
    budget: MachineBudget,
  ): Promise<Result<Uint8Array, MachineFailure>>
  readFile(path: string, byteLimit: number): Promise<Result<Uint8Array, MachineFailure>>
}

export interface MachineBudget {
  readonly seconds: number
  readonly bytes: number
}

/**
 * Reading a store takes 50 ms on a quick machine and a second on a slow one; a program that hangs (a directory service that
 * doesn't answer) must not keep Siegel from starting. 150 roots are 230 kB as PEM; a company's store may have ten times that.
 */
export const storeBudget: MachineBudget = { seconds: 10, bytes: 16_777_216 }

/** Public stores have 150 to 450 roots, Windows' up to 500; what is over this is no store of roots. */
const rootLimit = 2_000

/** The certificates of a PEM text. What can't be read is left out: old stores hold certificates that no standard allows. */
export function certificatesInPem(pem: Uint8Array): Certificate[] {
  return certificatesOf(readPem(latin1Text(pem)).map(({ bytes }) => bytes))
}

/** The certificates among some DER values, without those that can't be read. */
export function certificatesOf(ders: readonly Uint8Array[]): Certificate[] {
  return ders.slice(0, rootLimit).flatMap((der) => {
    const parsed = parseCertificate(der)
    return parsed.ok ? [parsed.value] : []
  })
}

/** A CA that doesn't exclude mail by its own purposes. Certificates before version 3 can't say that they are CAs. */
function mayVouchForMail(certificate: Certificate): boolean {
  const isAuthority = certificate.version < 3 || certificate.extensions.basicConstraints?.ca === true
  return isAuthority && allowsEmail(certificate)
}

/** A store's outcome: the roots for mail, each once. */
export function rootsForMail(certificates: readonly Certificate[]): readonly Certificate[] {
  const once = new Map(certificates.map((certificate) => [certificate.sha256, certificate]))
  return [...once.values()].filter(mayVouchForMail).slice(0, rootLimit)
}

export function unreadable({ code }: MachineFailure): Result<never, SystemRootsFailure> {
  return failure({ code: 'system-roots-unreadable', reason: code })
}

/** A part of a store that may be absent: an outcome of `missing` or `refused` counts as empty, others stay. */
export function orEmpty(outcome: Result<Uint8Array, MachineFailure>): Result<Uint8Array, MachineFailure> {
  const isAbsent = !outcome.ok && (outcome.error.code === 'missing' || outcome.error.code === 'refused')
  return isAbsent ? success(new Uint8Array()) : outcome
}
