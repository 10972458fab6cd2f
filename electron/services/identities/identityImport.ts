/** Taking identities in: the pairs of a file, and certificates for keys that were made here before. */

import type { Identity } from '../../../shared/contract/identities.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { canSign } from '../judge.ts'
import { mailKeyFor } from '../mailKeys.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'
import { settlePreference, signersFor } from '../ownChoice.ts'
import { orRaise, raise } from '../raise.ts'
import type { IdentityFile } from './identityFile.ts'
import { viewOfIdentity } from './identityView.ts'

export interface Imported {
  readonly imported: Identity[]
  /** Those that were here already. */
  readonly known: Identity[]
}

/** Keeps everything of a file that has a key, or nothing. Ends the procedure with `locked`, `no-vault`, `disk-full` or `damaged-file`. */
export async function importIdentityFile(context: ServiceContext, file: IdentityFile): Promise<Imported> {
  const { profile } = context.application
  const outcomes = orRaise(unlessDiskFull(() => profile.database.transaction(() => importAll(context, file))))
  profile.renewBackup()
  context.events.publish('identities')
  const own = ownCertificatesNow(context)
  const { identities } = context.application
  const shown = (isKnown: boolean): Identity[] =>
    outcomes.flatMap(({ id, known }) => {
      const stored = known === isKnown ? identities.get(id) : undefined
      return stored ? [viewOfIdentity(stored, own)] : []
    })
  return { imported: shown(false), known: shown(true) }
}

/** Certificates for keys that were made here: what a CA sends after a request. */
export function certificatesForKeptKeys(context: ServiceContext, file: IdentityFile): Certificate[] {
  return file.others.filter(({ der }) => mailKeyFor(context, der) !== undefined)
}

interface ImportOutcome {
  readonly id: string
  readonly known: boolean
  readonly chain: readonly Certificate[]
}

/** Within a transaction, which ends undone with the procedure. */
function importAll(context: ServiceContext, file: IdentityFile): ImportOutcome[] {
  const { identities, vault } = context.application
  const state = vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'locked' ? 'locked' : 'no-vault' })
  const outcomes: ImportOutcome[] = []
  // The preference goes to the first of an address, and it is about signing.
  const pairs = [...file.pairs].sort((left, right) => rankOf(left.certificate) - rankOf(right.certificate))
  for (const { certificate, pkcs8, chain } of pairs) {
    const before = signersFor(context, certificate.emails)
    const imported = identities.importPair({ pkcs8, ...partsOf(certificate, chain) })
    if (!imported.ok) {
      const { error } = imported
      // Each pair was joined by its public key before.
      if (error.code === 'disk-full' || error.code === 'locked' || error.code === 'no-vault') return raise(error)
      return raise({ code: 'damaged-file' })
    }
    const { identity, known } = imported.value
    outcomes.push({ id: identity.id, known, chain })
    // Taken in once more, it changes nothing that was decided since.
    if (!known || before.length === 0) settlePreference(context, identity, before)
  }
  const known = new Set(identities.list().map(({ sha256 }) => sha256))
  for (const certificate of certificatesForKeptKeys(context, file)) {
    const keyId = mailKeyFor(context, certificate.der)
    if (keyId === undefined) continue
    const chain = file.chainOf(certificate)
    const before = signersFor(context, certificate.emails)
    const installed = identities.install({ keyId, source: 'enrolment', ...partsOf(certificate, chain) })
    if (!installed.ok) {
      return installed.error.code === 'disk-full' ? raise(installed.error) : raise({ code: 'damaged-file' })
    }
    if (!known.has(certificate.sha256)) settlePreference(context, installed.value, before)
    outcomes.push({ id: installed.value.id, known: known.has(certificate.sha256), chain })
  }
  rememberIssuers(context, outcomes)
  return outcomes
}

/** The two certificates of one person bring the same chain. */
function rememberIssuers(context: ServiceContext, outcomes: readonly ImportOutcome[]): void {
  const issuers = outcomes.flatMap(({ chain }) => chain)
  context.application.trust.rememberIssuers([...new Map(issuers.map((issuer) => [issuer.sha256, issuer])).values()])
}

function partsOf(certificate: Certificate, chain: readonly Certificate[]) {
  return {
    certificateDer: certificate.der,
    addresses: certificate.emails,
    chain: chain.map(({ der }) => der),
  }
}

function rankOf(certificate: Certificate): number {
  return canSign(certificate) ? 0 : 1
}
