/** Certificates by request file: the key is made here and kept first, the answer is joined with it whenever it comes. */

import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { CertificateRequest } from '../../shared/contract/requests.ts'
import { certificateAddress } from '../acquisition/address.ts'
import { certificateRequest, type MailUse } from '../acquisition/csr.ts'
import type { StoredRequest } from '../acquisition/requests.ts'
import { writePem } from '../asn1/pem.ts'
import { utf8Bytes, wipe } from '../base/bytes.ts'
import { keyAlgorithmText } from '../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../certificates/lint/lint.ts'
import { chainStateOf, summaryOf } from '../certificates/view.ts'
import { randomId } from '../crypto/identifier.ts'
import { type GeneratedKeyType, generateKey } from '../crypto/privateKey.ts'
import type { StoredIdentity } from '../keystore/identityStore.ts'
import { normalizedAddress } from '../mime/address.ts'
import { safeFileName } from '../mime/fileName.ts'
import { unlessDiskFull } from '../storage/database.ts'
import { entryOf } from './catalogue.ts'
import { type JudgedCertificate, judgeAnswer } from './certificateAnswers.ts'
import type { ServiceContext } from './context.ts'
import { identityOf } from './identities.ts'
import { canEncrypt, canSign, storedCertificate } from './judge.ts'
import { orRaise, raise } from './raise.ts'

const os = implement(contract.requests).$context<ServiceContext>()

export const requestsProcedures = {
  list: os.list.handler(({ context }) => context.application.requests.list().map(shown)),

  begin: os.begin.handler(async ({ input, context }) => {
    const { application, runtime } = context
    const address = certificateAddress(input.address) ?? raise({ code: 'malformed-address', address: input.address })
    if (input.authority !== '') entryOf(context, input.authority)
    if (input.renews !== undefined && !application.identities.get(input.renews)) {
      raise({ code: 'not-found', what: 'identity' })
    }
    const uses: readonly MailUse[] = input.purpose === 'separate' ? ['sign', 'encrypt'] : [input.purpose]
    const pairId = randomId(runtime.random)
    const now = runtime.clock().toISOString()
    const made: StoredRequest[] = []
    for (const use of uses) {
      const keyId = await keptNewKey(context, input.keyType)
      made.push({
        id: randomId(runtime.random),
        pairId,
        name: input.name.trim(),
        address,
        use,
        authority: input.authority,
        keyType: input.keyType,
        keyId,
        request: await requestFor(context, keyId, input.name.trim(), address, use),
        state: 'waiting',
        keyDiscarded: false,
        ...(input.renews === undefined ? {} : { renews: input.renews }),
        createdAt: now,
        updatedAt: now,
      })
    }
    saveAll(context, made)
    application.profile.renewBackup()
    context.events.publish('requests')
    return { requests: made.map(shown) }
  }),

  save: os.save.handler(async ({ input, context }) => {
    const request = requestOf(context, input.id)
    const bytes = input.format === 'der' ? request.request : utf8Bytes(pemOf(request))
    const suffix = request.use === 'both' ? '' : `-${request.use}`
    const name = `${safeFileName(request.address) ?? 'request'}${suffix}.csr`
    const offered = orRaise(await context.application.handover.offer({ name, mediaType: 'application/pkcs10' }, bytes))
    return { spoolId: offered.spoolId, name: offered.name, size: offered.size }
  }),

  cancel: os.cancel.handler(({ input, context }) => {
    const { identities, profile, requests } = context.application
    const request = requestOf(context, input.id)
    if (request.state === 'done') return raise({ code: 'request-answered', address: request.address })
    if (request.keyDiscarded) return shown(request)
    const cancelled: StoredRequest = {
      ...request,
      state: 'cancelled',
      keyDiscarded: input.key === 'discard',
      updatedAt: context.runtime.clock().toISOString(),
    }
    orRaise(
      unlessDiskFull(() =>
        profile.database.transaction(() => {
          // A certificate may have come in another way, as a file that was imported.
          const used = identities.list().some(({ keyId }) => keyId === request.keyId)
          if (used) raise({ code: 'request-answered', address: request.address })
          requests.save(cancelled)
          if (cancelled.keyDiscarded) identities.discardKey(request.keyId)
        }),
      ),
    )
    if (cancelled.keyDiscarded) profile.renewBackup()
    context.events.publish('requests')
    return shown(cancelled)
  }),

  readAnswer: os.readAnswer.handler(async ({ input, context }) => {
    const { certificates, issuers, unreadable, gaps } = await judgeAnswer(context, input.sources)
    return {
      certificates: certificates.map(({ certificate, request, concerns, path }) => ({
        certificate: summaryOf(certificate),
        keyAlgorithm: keyAlgorithmText(certificate),
        canSign: canSign(certificate),
        canEncrypt: canEncrypt(certificate),
        ...(request ? { requestId: request.id } : {}),
        concerns: [...concerns],
        chain: chainStateOf(path, gaps),
        odd: lintCertificate(certificate, { at: context.runtime.clock() }),
      })),
      issuers: issuers.length,
      unreadable,
    }
  }),

  takeAnswer: os.takeAnswer.handler(async ({ input, context }) => {
    const { trust, profile } = context.application
    const { certificates } = await judgeAnswer(context, input.sources)
    const chosen = [...new Set(input.certificates)].map((sha256) => {
      const found = certificates.find(({ certificate }) => certificate.sha256 === sha256)
      if (!found) return raise({ code: 'not-found', what: 'certificate' })
      const stopped = found.concerns.find(({ weight }) => weight === 'stop')
      if (stopped?.code === 'already-here') {
        return raise({ code: 'already-known', name: summaryOf(found.certificate).name })
      }
      return stopped ? raise({ code: 'certificate-for-another-key' }) : found
    })
    // The preference goes to the last of an address, and it is about signing.
    const inOrder = [...chosen].sort(
      (left, right) => Number(isForNow(context, left)) - Number(isForNow(context, right)),
    )
    const installed = orRaise(
      unlessDiskFull(() => profile.database.transaction(() => inOrder.map((one) => install(context, one)))),
    )
    const issuers = new Map(chosen.flatMap(({ path }) => path.path.slice(1)).map((one) => [one.sha256, one]))
    unlessDiskFull(() => trust.rememberIssuers([...issuers.values()]))
    profile.renewBackup()
    context.events.publish('identities')
    context.events.publish('requests')
    return { identities: installed.map(({ id }) => identityOf(context, requireIdentity(context, id))) }
  }),
}

/** Durable when this returns: its public half may then leave. */
async function keptNewKey(context: ServiceContext, type: GeneratedKeyType): Promise<string> {
  const { vault, identities } = context.application
  const state = vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'none' ? 'no-vault' : 'locked' })
  const { pkcs8 } = await generateKey(type)
  try {
    const kept = await identities.keepKey(pkcs8)
    if (kept.ok) return kept.value.keyId
    const { code } = kept.error
    if (code === 'locked' || code === 'no-vault' || code === 'disk-full') return raise({ code })
    throw new Error(`a key that was just made can't be kept: ${code}`)
  } finally {
    wipe(pkcs8)
  }
}

async function requestFor(
  context: ServiceContext,
  keyId: string,
  name: string,
  address: string,
  use: MailUse,
): Promise<Uint8Array> {
  const key = context.application.identities.pendingKey(keyId)
  if (!key.ok) {
    // Locked by its own clock since the key was made; the key stays and is of no use to anybody.
    if (key.error.code === 'locked') return raise({ code: 'locked' })
    throw new Error(`a key that was just kept can't be opened: ${key.error.code}`)
  }
  try {
    return await certificateRequest(name, address, key.value, use)
  } finally {
    key.value.close()
  }
}

function saveAll({ application: { profile, requests } }: ServiceContext, all: readonly StoredRequest[]): void {
  orRaise(
    unlessDiskFull(() =>
      profile.database.transaction(() => {
        for (const one of all) requests.save(one)
      }),
    ),
  )
}

function requestOf(context: ServiceContext, id: string): StoredRequest {
  return context.application.requests.get(id) ?? raise({ code: 'not-found', what: 'request' })
}

function requireIdentity(context: ServiceContext, id: string): StoredIdentity {
  return context.application.identities.get(id) ?? raise({ code: 'not-found', what: 'identity' })
}

/** Whether letters can be signed with it now. */
function isForNow(context: ServiceContext, { certificate }: Pick<JudgedCertificate, 'certificate'>): boolean {
  const now = context.runtime.clock()
  return canSign(certificate) && certificate.notBefore <= now && now <= certificate.notAfter
}

/** Within a transaction. */
function install(
  context: ServiceContext,
  { certificate, keyId = '', request, path }: JudgedCertificate,
): StoredIdentity {
  const { identities, requests } = context.application
  const before = signersFor(context, certificate.emails)
  const identity = orRaise(
    identities.install({
      keyId,
      source: 'enrolment',
      certificateDer: certificate.der,
      addresses: certificate.emails,
      chain: path.path.slice(1).map(({ der }) => der),
    }),
  )
  // What only opens letters, or counts only later, must not stand in the way of what signs today.
  if (!isForNow(context, { certificate })) for (const { id } of before) identities.prefer(id)
  if (!request) return identity
  requests.save({
    ...request,
    state: 'done',
    identityId: identity.id,
    updatedAt: context.runtime.clock().toISOString(),
  })
  if (request.renews !== undefined && isForNow(context, { certificate })) identities.retire(request.renews, true)
  return identity
}

/** Identities that sign for one of these addresses until now. */
function signersFor({ application: { identities } }: ServiceContext, emails: readonly string[]): StoredIdentity[] {
  const wanted = new Set(emails.map(normalizedAddress))
  return identities
    .list()
    .filter(
      ({ preferred, addresses, certificateDer }) =>
        preferred &&
        addresses.some((address) => wanted.has(normalizedAddress(address))) &&
        canSign(storedCertificate(certificateDer)),
    )
}

function pemOf({ request }: StoredRequest): string {
  return writePem('CERTIFICATE REQUEST', request)
}

function shown(request: StoredRequest): CertificateRequest {
  const { request: _, keyId: __, ...facts } = request
  return { ...facts, pem: pemOf(request) }
}
