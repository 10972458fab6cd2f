/** Certificates by request file: the key is made here and kept first, the answer is joined with it whenever it comes. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { CertificateRequest } from '../../../shared/contract/requests.ts'
import { certificateAddress } from '../../acquisition/address.ts'
import type { StoredRequest } from '../../acquisition/requests.ts'
import { writePem } from '../../asn1/pem.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../../certificates/lint/lint.ts'
import { chainStateOf, summaryOf } from '../../certificates/view.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { safeFileName } from '../../mime/fileName.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { type JudgedCertificate, judgeAnswer } from '../certificates/certificateAnswers.ts'
import type { ServiceContext } from '../context.ts'
import { agreedEntryOf } from '../enrolment/catalogue.ts'
import { isReplaced } from '../enrolment/succession.ts'
import { identityOf } from '../identities/identities.ts'
import { canEncrypt, canSign } from '../judge.ts'
import { settlePreference, signersFor } from '../ownChoice.ts'
import { orRaise, raise } from '../raise.ts'
import { searchMailbox } from './answerSearch.ts'
import { makeRequests } from './requestMaking.ts'

const os = implement(contract.requests).$context<ServiceContext>()

export const requestsProcedures = {
  list: os.list.handler(({ context }) => context.application.requests.list().map(shown)),

  begin: os.begin.handler(async ({ input, context }) => {
    const { application } = context
    const address = certificateAddress(input.address) ?? raise({ code: 'malformed-address', address: input.address })
    if (input.authority !== '') agreedEntryOf(context, input.authority)
    if (input.renews !== undefined && !application.identities.get(input.renews)) {
      raise({ code: 'not-found', what: 'identity' })
    }
    const made = await makeRequests(context, {
      name: input.name.trim(),
      address,
      authority: input.authority,
      keyType: input.keyType,
      uses: input.purpose === 'separate' ? ['sign', 'encrypt'] : [input.purpose],
      ...(input.renews === undefined ? {} : { renews: input.renews }),
    })
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

  searchMailbox: os.searchMailbox.handler(({ input, context, signal }) =>
    searchMailbox(context, input.address, signal),
  ),

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
    const installed = orRaise(
      unlessDiskFull(() => profile.database.transaction(() => chosen.map((one) => install(context, one)))),
    )
    const issuers = new Map(chosen.flatMap(({ path }) => path.path.slice(1)).map((one) => [one.sha256, one]))
    unlessDiskFull(() => trust.rememberIssuers([...issuers.values()]))
    profile.renewBackup()
    context.events.publish('identities')
    context.events.publish('requests')
    return { identities: installed.map(({ id }) => identityOf(context, requireIdentity(context, id))) }
  }),
}

function requestOf(context: ServiceContext, id: string): StoredRequest {
  return context.application.requests.get(id) ?? raise({ code: 'not-found', what: 'request' })
}

function requireIdentity(context: ServiceContext, id: string): StoredIdentity {
  return context.application.identities.get(id) ?? raise({ code: 'not-found', what: 'identity' })
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
  settlePreference(context, identity, before)
  if (!request) return identity
  requests.save({
    ...request,
    state: 'done',
    identityId: identity.id,
    updatedAt: context.runtime.clock().toISOString(),
  })
  retireRenewed(context, request.renews)
  return identity
}

/** Of a pair, the first alone doesn't take the place of one that signs and decrypts; nor does one address that of two. */
function retireRenewed(context: ServiceContext, renewed: string | undefined): void {
  const { identities, requests } = context.application
  const old = renewed === undefined ? undefined : identities.get(renewed)
  if (!old) return
  const answered = requests.list().filter(({ renews }) => renews === old.id)
  const successors = answered.flatMap(({ identityId }) => identityId ?? [])
  if (isReplaced(context, old, successors)) identities.retire(old.id, true)
}

function pemOf({ request }: StoredRequest): string {
  return writePem('CERTIFICATE REQUEST', request)
}

function shown(request: StoredRequest): CertificateRequest {
  const { request: _, keyId: __, ...facts } = request
  return { ...facts, pem: pemOf(request) }
}
