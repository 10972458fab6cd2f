/** The user's own certificates: listing, importing, exporting, retiring. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { Identity } from '../../shared/contract/identities.ts'
import type { ByteSource } from '../../shared/contract/values.ts'
import { wipe } from '../base/bytes.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { keyAlgorithmText } from '../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../certificates/lint/lint.ts'
import { summaryOf } from '../certificates/view.ts'
import type { StoredIdentity } from '../keystore/identityStore.ts'
import { pkcs12ByteLimit } from '../keystore/pkcs12/pfx.ts'
import { writePkcs12 } from '../keystore/pkcs12/write.ts'
import { normalizedAddress } from '../mime/address.ts'
import { bytesOf } from './byteSource.ts'
import { shownCertificates } from './certificates.ts'
import type { ServiceContext } from './context.ts'
import { type IdentityFile, readIdentityFile } from './identityFile.ts'
import { canEncrypt, canSign, type Judge, judgeAt, storedCertificate } from './judge.ts'
import { orRaise, raise } from './raise.ts'

const os = implement(contract.identities).$context<ServiceContext>()

export const identitiesProcedures = {
  list: os.list.handler(({ context }) => {
    const judge = judgeNow(context)
    return context.application.identities.list().map((stored) => viewOfIdentity(stored, judge))
  }),

  get: os.get.handler(async ({ input, context }) => {
    const stored = context.application.identities.get(input.id)
    if (!stored) return raise({ code: 'not-found', what: 'identity' })
    const [shown] = await shownCertificates(context, [storedCertificate(stored.certificateDer)])
    if (!shown) return raise({ code: 'not-found', what: 'identity' })
    // After asking: its state is then told by what was learnt.
    return { ...identityOf(context, stored), view: shown.certificate, chain: shown.chain }
  }),

  previewImport: os.previewImport.handler(async ({ input, context }) => {
    const { identities } = context.application
    return withFile(context, input, async (file) => {
      const known = new Set(identities.list().map(({ sha256 }) => sha256))
      const waiting = certificatesForKeptKeys(context, file)
      const found = [...file.pairs.map(({ certificate }) => certificate), ...waiting]
      return {
        identities: found.map((certificate) => ({
          certificate: summaryOf(certificate),
          keyAlgorithm: keyAlgorithmText(certificate),
          known: known.has(certificate.sha256),
          odd: lintCertificate(certificate, { at: context.runtime.clock() }),
        })),
        others: file.others.filter((certificate) => !waiting.includes(certificate)).map(summaryOf),
        keysWithoutCertificate: file.keysWithoutCertificate,
      }
    })
  }),

  import: os.import.handler(async ({ input, context }) =>
    withFile(context, input, async (file) => {
      const outcomes = await importAll(context, file)
      context.application.profile.renewBackup()
      context.events.publish('identities')
      rememberIssuers(context, outcomes)
      const judge = judgeNow(context)
      const { identities } = context.application
      const shown = (isKnown: boolean): Identity[] =>
        outcomes.flatMap(({ id, known }) => {
          const stored = known === isKnown ? identities.get(id) : undefined
          return stored ? [viewOfIdentity(stored, judge)] : []
        })
      return { imported: shown(false), known: shown(true) }
    }),
  ),

  export: os.export.handler(async ({ input, context }) => {
    const { identities, vault, handover } = context.application
    const stored = identities.get(input.id)
    if (!stored) return raise({ code: 'not-found', what: 'identity' })
    if (vault.state() === 'locked') return raise({ code: 'locked' })
    orRaise(await vault.check(input.passphrase))
    const key = identities.exportPkcs8(input.id)
    if (!key.ok) {
      // Sealed by this vault and yet not to be opened: the record was changed on the disk.
      return key.error.code === 'damaged' ? raise({ code: 'not-found', what: 'private-key' }) : raise(key.error)
    }
    const certificate = storedCertificate(stored.certificateDer)
    const { name } = summaryOf(certificate)
    let file: Uint8Array
    try {
      file = await writePkcs12({
        pkcs8: key.value,
        certificateDer: stored.certificateDer,
        chain: stored.chain,
        friendlyName: name,
        password: input.password,
        profile: input.profile,
        random: context.runtime.random,
      })
    } finally {
      wipe(key.value)
    }
    const offered = orRaise(
      await handover.offer({ name: `${fileNameOf(name)}.p12`, mediaType: 'application/x-pkcs12' }, file),
    )
    identities.markBackedUp(input.id)
    context.events.publish('identities')
    const { spoolId, name: offeredName, size } = offered
    return { spoolId, name: offeredName, size }
  }),

  retire: os.retire.handler(({ input, context }) =>
    changed(context, context.application.identities.retire(input.id, input.retired)),
  ),
  prefer: os.prefer.handler(({ input, context }) => changed(context, context.application.identities.prefer(input.id))),
}

function judgeNow(context: ServiceContext): Judge {
  return judgeAt(context, context.runtime.clock())
}

function changed(context: ServiceContext, stored: StoredIdentity | undefined): Identity {
  if (!stored) return raise({ code: 'not-found', what: 'identity' })
  context.events.publish('identities')
  return identityOf(context, stored)
}

/** A stored identity as the contract says it, judged at the present. */
export function identityOf(context: ServiceContext, stored: StoredIdentity): Identity {
  return viewOfIdentity(stored, judgeNow(context))
}

function viewOfIdentity(stored: StoredIdentity, judge: Judge): Identity {
  const certificate = storedCertificate(stored.certificateDer)
  const { state } = judge.chain(certificate, stored.chain.map(storedCertificate))
  const isNamed = state === 'valid' || state === 'expired' || state === 'not-yet-valid' || state === 'unknown-issuer'
  return {
    id: stored.id,
    certificate: summaryOf(certificate),
    addresses: [...stored.addresses],
    keyAlgorithm: keyAlgorithmText(certificate),
    canSign: canSign(certificate),
    canEncrypt: canEncrypt(certificate),
    state: isNamed ? state : 'other',
    retired: stored.retired,
    preferred: stored.preferred,
    source: stored.source,
    createdAt: stored.createdAt.toISOString(),
    ...(stored.backedUpAt ? { backedUpAt: stored.backedUpAt.toISOString() } : {}),
  }
}

/** Reads the file, refuses one without anything to join, and wipes its keys afterwards. */
async function withFile<Value>(
  context: ServiceContext,
  input: { readonly source: ByteSource; readonly password?: string | undefined },
  use: (file: IdentityFile) => Promise<Value>,
): Promise<Value> {
  const bytes = await bytesOf(context, input.source, pkcs12ByteLimit)
  const postQuantum = context.application.experimental.postQuantum()
  const file = orRaise(await readIdentityFile(bytes, input.password, context.runtime.clock(), postQuantum))
  try {
    if (file.pairs.length === 0 && certificatesForKeptKeys(context, file).length === 0) {
      const hasCertificates = file.others.length > 0
      return raise({ code: hasCertificates ? 'certificate-without-key' : 'key-without-certificate' })
    }
    return await use(file)
  } finally {
    file.close()
  }
}

/** Certificates for keys that were made here: what a CA sends after a request. */
function certificatesForKeptKeys(context: ServiceContext, file: IdentityFile): Certificate[] {
  return file.others.filter(({ der }) => context.application.identities.keyIdFor(der) !== undefined)
}

interface ImportOutcome {
  readonly id: string
  readonly known: boolean
  readonly chain: readonly Certificate[]
}

async function importAll(context: ServiceContext, file: IdentityFile): Promise<ImportOutcome[]> {
  const { identities, vault } = context.application
  const state = vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'locked' ? 'locked' : 'no-vault' })
  const outcomes: ImportOutcome[] = []
  // The preference goes to the first of an address, and it is about signing.
  const pairs = [...file.pairs].sort((left, right) => rankOf(left.certificate) - rankOf(right.certificate))
  for (const { certificate, pkcs8, chain } of pairs) {
    const imported = await identities.importPair({ pkcs8, ...partsOf(certificate, chain) })
    if (!imported.ok) {
      const { error } = imported
      // Each pair was joined by its public key before.
      if (error.code === 'disk-full' || error.code === 'locked' || error.code === 'no-vault') return raise(error)
      return raise({ code: 'damaged-file' })
    }
    const { identity, known } = imported.value
    outcomes.push({ id: identity.id, known, chain })
    preferForSigning(context, identity, certificate)
  }
  const known = new Set(identities.list().map(({ sha256 }) => sha256))
  for (const certificate of certificatesForKeptKeys(context, file)) {
    const keyId = identities.keyIdFor(certificate.der)
    if (keyId === undefined) continue
    const chain = file.chainOf(certificate)
    const installed = identities.install({ keyId, source: 'enrolment', ...partsOf(certificate, chain) })
    if (!installed.ok) {
      return installed.error.code === 'disk-full' ? raise(installed.error) : raise({ code: 'damaged-file' })
    }
    outcomes.push({ id: installed.value.id, known: known.has(certificate.sha256), chain })
  }
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

/** An identity that only decrypts must not stand in the way of one that signs. */
function preferForSigning(context: ServiceContext, identity: StoredIdentity, certificate: Certificate): void {
  const { identities } = context.application
  if (identity.preferred || identity.retired || !canSign(certificate)) return
  const own = new Set(identity.addresses.map(normalizedAddress))
  const preferred = identities
    .list()
    .filter((other) => other.preferred && other.addresses.some((address) => own.has(normalizedAddress(address))))
  if (preferred.every(({ certificateDer }) => !canSign(storedCertificate(certificateDer)))) {
    identities.prefer(identity.id)
  }
}

/** A name that every file system takes. */
function fileNameOf(name: string): string {
  const safe = name
    .replace(/[^\p{Letter}\p{Number}@._ -]+/gu, '_')
    .trim()
    .slice(0, 80)
  return safe.replace(/^[. ]+/, '') || 'identity'
}
