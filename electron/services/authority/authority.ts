/** A small CA of one's own: making it, issuing for others and for oneself, revoking, and its revocation list. */

import { implement } from '@orpc/server'
import type { Authority, IssuedCertificate } from '../../../shared/contract/authority.ts'
import { contract } from '../../../shared/contract/contract.ts'
import type { ByteSource } from '../../../shared/contract/values.ts'
import { shownText } from '../../../shared/shownText.ts'
import { certificateAddress } from '../../acquisition/address.ts'
import { wipe } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { issueCrl } from '../../certificates/revocation/issueCrl.ts'
import { summaryOf } from '../../certificates/view.ts'
import { randomId } from '../../crypto/identifier.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { safeFileName } from '../../mime/fileName.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { certificateFile } from '../certificates/certificateExport.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { storedCertificate } from '../judge.ts'
import { settlePreference, signersFor } from '../ownChoice.ts'
import { orRaise, raise } from '../raise.ts'
import {
  acceptableRequest,
  mailCertificate,
  permittedBy,
  permittedName,
  plainName,
  rootCertificate,
} from './authorityCertificates.ts'
import { authorityStore, type StoredAuthority, type StoredIssue } from './authorityStore.ts'

const os = implement(contract.authority).$context<ServiceContext>()

/** A request in PEM with the text that openssl writes before it has some 5 kB. */
const requestByteLimit = 65_536
const day = 86_400_000

export const authorityProcedures = {
  list: os.list.handler(({ context }) =>
    storeOf(context)
      .list()
      .map((stored) => viewOf(context, stored)),
  ),

  create: os.create.handler(async ({ input, context }) => {
    const permitted = input.permitted.map(
      (text) => permittedName(text) ?? raise({ code: 'malformed-domain', domain: text }),
    )
    const { name, organization, years, keyType } = input
    for (const shown of [name, organization ?? '']) refuseHidden(shown)
    const { stored } = await withNewKey<{ readonly stored: StoredAuthority }>(context, keyType, async (key, keep) => {
      const root = { name, organization, permitted, years, key }
      const certificate = storedCertificate(await rootCertificate(root, signingOf(context)))
      const createdAt = context.runtime.clock().toISOString()
      return keep((keyId) => {
        refuseTakenName(context, name)
        const stored = { id: randomId(context.runtime.random), keyId, certificate, createdAt }
        storeOf(context).add(stored)
        return { stored }
      })
    })
    for (const topic of ['authorities', 'backups'] as const) context.events.publish(topic)
    return viewOf(context, stored)
  }),

  previewRequest: os.previewRequest.handler(
    async ({ input, context }) => (await requestOf(context, storedOf(context, input.authorityId), input.source)).view,
  ),

  issue: os.issue.handler(async ({ input, context }) => {
    const stored = storedOf(context, input.authorityId)
    const { publicKeyInfo, view } = await requestOf(context, stored, input.source)
    // The file may have changed since it was looked at.
    const confirmed = new Set(input.addresses.map(normalizedAddress))
    const { addresses } = view
    if (
      addresses.length !== confirmed.size ||
      addresses.some((address) => !confirmed.has(normalizedAddress(address)))
    ) {
      return raise({ code: 'addresses-not-confirmed', addresses: addresses.join(', ') })
    }
    const { name, days } = input
    refuseHidden(name)
    const issued = await signed(context, stored, { name, addresses, publicKeyInfo, days })
    orRaise(unlessDiskFull(() => storeOf(context).keep(stored.id, issued)))
    context.events.publish('authorities')
    return issuedOf(context, stored, issued)
  }),

  issueOwn: os.issueOwn.handler(async ({ input, context }) => {
    const stored = storedOf(context, input.authorityId)
    const address = certificateAddress(input.address)
    if (address === undefined) return raise({ code: 'malformed-address', address: input.address })
    const { name, days } = input
    refuseHidden(name)
    const made = await withNewKey<OwnIssue>(context, 'ec-p256', async ({ publicKeyInfo }, keep) => {
      const issued = await signed(context, stored, { name, addresses: [address], publicKeyInfo, days })
      return keep((keyId) => {
        const installed = installOwn(context, keyId, issued.certificate, stored.certificate)
        storeOf(context).keep(stored.id, issued)
        return { issued, identityId: installed.id }
      })
    })
    for (const topic of ['authorities', 'identities', 'backups'] as const) context.events.publish(topic)
    return { issued: issuedOf(context, stored, made.issued), identityId: made.identityId }
  }),

  certificateFile: os.certificateFile.handler(async ({ input, context }) => {
    const stored = storedOf(context, input.authorityId)
    if (input.sha256 === undefined) return offer(context, certificateFile([stored.certificate], 'pem'))
    const issued = storeOf(context).issue(stored.id, input.sha256)
    if (!issued) return raise({ code: 'not-found', what: 'certificate' })
    return offer(context, certificateFile([issued.certificate, stored.certificate], 'pkcs7'))
  }),

  revoke: os.revoke.handler(async ({ input, context }) => {
    const stored = storedOf(context, input.authorityId)
    const store = storeOf(context)
    if (!store.issue(stored.id, input.sha256)) return raise({ code: 'not-found', what: 'certificate' })
    orRaise(await context.application.vault.check(input.passphrase))
    const at = context.runtime.clock().toISOString()
    orRaise(unlessDiskFull(() => store.revoke(stored.id, input.sha256, at, input.reason)))
    context.events.publish('authorities')
    const revoked = store.issue(stored.id, input.sha256)
    return revoked ? issuedOf(context, stored, revoked) : raise({ code: 'not-found', what: 'certificate' })
  }),

  revocationList: os.revocationList.handler(async ({ input, context }) => {
    const stored = storedOf(context, input.authorityId)
    const store = storeOf(context)
    const thisUpdate = context.runtime.clock()
    const nextUpdate = new Date(thisUpdate.getTime() + input.days * day)
    // Also what has expired since: RFC 5280 §3.3 wants it in one more list at least, and old signatures are judged by it for ever.
    const entries = store
      .issued(stored.id)
      .flatMap(({ certificate: { serialNumber: serial }, revokedAt, reason = 'unspecified' }) =>
        revokedAt === undefined ? [] : [{ serial, revokedAt: new Date(revokedAt), reason }],
      )
    const der = await withKey(context, stored.keyId, (key) => {
      const number = store.nextListNumber(stored.id, thisUpdate)
      return issueCrl({
        issuer: { certificate: stored.certificate, key },
        number,
        thisUpdate,
        nextUpdate,
        entries,
      }).then((bytes) => ({ bytes, number }))
    })
    const name = `${safeFileName(summaryOf(stored.certificate).name) ?? 'authority'}.crl`
    const offered = await offer(context, { name, mediaType: 'application/pkix-crl', bytes: der.bytes })
    return { ...offered, number: der.number, nextUpdate: nextUpdate.toISOString(), revoked: entries.length }
  }),
}

interface OwnIssue {
  readonly issued: StoredIssue
  readonly identityId: string
}

function storeOf(context: ServiceContext) {
  return authorityStore(context.application.profile.database)
}

function storedOf(context: ServiceContext, id: string): StoredAuthority {
  return storeOf(context).get(id) ?? raise({ code: 'not-found', what: 'authority' })
}

function refuseHidden(name: string): void {
  if (plainName(name) === undefined) raise({ code: 'hidden-characters', name: shownText(name) })
}

/** Two roots of one name can't be told apart by whoever is to trust one, and a command that names it hits neither. */
function refuseTakenName(context: ServiceContext, name: string): void {
  const comparable = (text: string) => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase()
  const isTaken = ({ certificate }: StoredAuthority) => comparable(summaryOf(certificate).name) === comparable(name)
  if (storeOf(context).list().some(isTaken)) raise({ code: 'authority-name-taken', name })
}

function signingOf({ runtime }: ServiceContext) {
  return { now: runtime.clock(), random: runtime.random }
}

/**
 * A new key that is kept only with what it is for: `use` signs with it or has it certified, and then calls `keep`, whose work is
 * in one transaction with the key.
 */
async function withNewKey<Value>(
  context: ServiceContext,
  type: 'ec-p256' | 'rsa-3072',
  use: (key: PrivateKeyHandle, keep: (work: (keyId: string) => Value) => Promise<Value>) => Promise<Value>,
): Promise<Value> {
  const { vault, identities, profile } = context.application
  const state = vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'none' ? 'no-vault' : 'locked' })
  const { pkcs8 } = await generateKey(type)
  const key = expectSuccess(openPrivateKey(pkcs8))
  try {
    return await use(key, async (work) => {
      const keepAll = () => {
        const kept = identities.keepKey(pkcs8)
        return kept.ok ? work(kept.value.keyId) : raiseUnkept(kept.error)
      }
      const value = orRaise(unlessDiskFull(() => profile.database.transaction(keepAll)))
      profile.renewBackup()
      return value
    })
  } finally {
    key.close()
    wipe(pkcs8)
  }
}

function raiseUnkept(error: { readonly code: string }): never {
  if (error.code === 'locked' || error.code === 'no-vault' || error.code === 'disk-full') {
    return raise({ code: error.code })
  }
  throw new Error(`a key that was just made: ${error.code}`)
}

function installOwn(
  context: ServiceContext,
  keyId: string,
  certificate: Certificate,
  issuer: Certificate,
): StoredIdentity {
  const before = signersFor(context, certificate.emails)
  const installed = context.application.identities.install({
    keyId,
    source: 'enrolment',
    certificateDer: certificate.der,
    addresses: certificate.emails,
    chain: [issuer.der],
  })
  if (!installed.ok) return raiseUnkept(installed.error)
  settlePreference(context, installed.value, before)
  return installed.value
}

async function requestOf(context: ServiceContext, { certificate }: StoredAuthority, source: ByteSource) {
  return orRaise(acceptableRequest(await bytesOf(context, source, requestByteLimit), certificate))
}

async function withKey<Value>(
  context: ServiceContext,
  keyId: string,
  use: (key: PrivateKeyHandle) => Promise<Value>,
): Promise<Value> {
  const key = context.application.identities.pendingKey(keyId)
  if (!key.ok) {
    const { code } = key.error
    return raise(code === 'locked' || code === 'no-vault' ? { code } : { code: 'not-found', what: 'private-key' })
  }
  try {
    return await use(key.value)
  } finally {
    key.value.close()
  }
}

async function signed(
  context: ServiceContext,
  stored: StoredAuthority,
  subject: Parameters<typeof mailCertificate>[0],
): Promise<StoredIssue> {
  const der = await withKey(context, stored.keyId, (key) =>
    mailCertificate(subject, { certificate: stored.certificate, key }, signingOf(context)),
  )
  return { certificate: storedCertificate(orRaise(der)), issuedAt: context.runtime.clock().toISOString() }
}

async function offer(context: ServiceContext, file: { name: string; mediaType: string; bytes: Uint8Array }) {
  const { spoolId, name, size } = orRaise(await context.application.handover.offer(file, file.bytes))
  return { spoolId, name, size }
}

function viewOf(context: ServiceContext, stored: StoredAuthority): Authority {
  const { certificate } = stored
  const { trust } = context.application
  return {
    id: stored.id,
    certificate: summaryOf(certificate),
    keyAlgorithm: keyAlgorithmText(certificate),
    permitted: permittedBy(certificate),
    createdAt: stored.createdAt,
    trusted: trust.anchors().some((anchor) => anchor.certificate.sha256 === certificate.sha256),
    issued: storeOf(context)
      .issued(stored.id)
      .map((one) => issuedOf(context, stored, one)),
  }
}

function issuedOf(
  context: ServiceContext,
  authority: StoredAuthority,
  { certificate, issuedAt, revokedAt, reason }: StoredIssue,
): IssuedCertificate {
  const own = context.application.identities.list().some(({ sha256 }) => sha256 === certificate.sha256)
  return {
    certificate: summaryOf(certificate),
    keyAlgorithm: keyAlgorithmText(certificate),
    issuedAt,
    ...(revokedAt === undefined ? {} : { revokedAt }),
    ...(reason === undefined ? {} : { reason }),
    own,
    endsWithRoot: certificate.notAfter.getTime() === authority.certificate.notAfter.getTime(),
  }
}
