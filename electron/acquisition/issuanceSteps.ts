/** The last steps of an enrolment (RFC 8555 §7.4): the request is handed in, and the certificate comes to its key. */

import { preferredChain } from './acme/chains.ts'
import { type AcmeError, isLost, isPassing, isUnexplained, problemDetail, problemName, shown } from './acme/errors.ts'
import type { Order } from './acme/resources.ts'
import { certificateRequest } from './csr.ts'
import { linkedChain, type Unfit, unfitFor } from './issuedCertificate.ts'
import {
  expiredOrder,
  failed,
  failedOrder,
  isFor,
  lostOr,
  next,
  type Outcome,
  pause,
  type StepWork,
  sessionOf,
  stillWorking,
  unusable,
  type Workbench,
} from './stepWork.ts'
import type { StoredEnrolment } from './store.ts'

/** A server that calls an order ready and refuses it as not ready gets the request so often in one run. */
const earlyAttempts = 5

export async function* finalize(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { orderUrl } = enrolment.progress
  if (orderUrl === undefined) return next('place-order')
  if (enrolment.keyId === undefined) return next('generate-key')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  const since = bench.ports.clock().getTime()
  let handedIn = false
  let early = 0
  while (true) {
    const asked = await client.order(accountUrl, orderUrl)
    if (!asked.ok) return lostOr(asked.error, enrolment, bench)
    let { order, retryAfterSeconds } = asked.value
    if (!isFor(order, enrolment)) return failedOrder(enrolment, unusable('order-identifiers'))
    if (order.status === 'ready' && !handedIn) {
      const key = await bench.ports.keys.open(enrolment.keyId)
      if (!key.ok) return failed(key.error)
      let request: Uint8Array
      try {
        request = await certificateRequest(enrolment.name, enrolment.address, key.value)
      } finally {
        key.value.close()
      }
      const finalized = await client.finalize(accountUrl, order.finalize, request)
      if (finalized.ok) {
        handedIn = true
        ;({ order, retryAfterSeconds } = finalized.value)
      } else {
        const { error } = finalized
        if (!isNotReady(error) || ++early >= earlyAttempts) return refusedRequest(error, enrolment, bench)
        retryAfterSeconds = error.retryAfterSeconds
      }
    }
    if (order.status === 'valid') return next('install')
    if (order.status === 'invalid') return refusedOrder(order, enrolment)
    const expired = expiredOrder(enrolment, order, bench)
    if (expired) return expired
    // The authorization was valid; an order that is still pending is one step behind, not another state of ours.
    const later = stillWorking(enrolment, since, retryAfterSeconds, bench)
    if (later) return later
    yield* pause('finalize', since, retryAfterSeconds, bench)
    if (bench.signal.aborted) return failed({ code: 'cancelled' })
  }
}

type NotReady = Extract<AcmeError, { code: 'ca-refused' }>

/** The order was called ready too early; it says itself when it is (RFC 8555 §7.4). */
function isNotReady(error: AcmeError): error is NotReady {
  return error.code === 'ca-refused' && error.problem === 'orderNotReady'
}

function refusedRequest(error: AcmeError, enrolment: StoredEnrolment, bench: Workbench): Outcome {
  if (error.code !== 'ca-refused' || isPassing(error) || isLost(error) || isUnexplained(error)) {
    return lostOr(error, enrolment, bench)
  }
  // Final, whatever the order says from now on: some servers leave it in processing for ever.
  return failedOrder(enrolment, shown(error, bench.ports.clock()))
}

/** What time, or the CA's next answer, can still mend: the certificate stays where it is, and is fetched again. */
const mayStillServe: ReadonlySet<Unfit['code']> = new Set(['issued-not-yet-valid', 'issued-without-issuer'])

// biome-ignore lint/correctness/useYield: every step has the same shape
export async function* install(enrolment: StoredEnrolment, bench: Workbench): StepWork {
  const { ports } = bench
  const { orderUrl } = enrolment.progress
  if (orderUrl === undefined || enrolment.keyId === undefined) return next('generate-key')
  const session = await sessionOf(enrolment, bench)
  if (!session.ok) return failed(session.error)
  const { client, accountUrl } = session.value
  const asked = await client.order(accountUrl, orderUrl)
  if (!asked.ok) return lostOr(asked.error, enrolment, bench)
  if (asked.value.order.status === 'invalid') return refusedOrder(asked.value.order, enrolment)
  if (asked.value.order.certificate === undefined) return failed(unusable('no-certificate-url'))
  const answered = await client.certificate(accountUrl, asked.value.order.certificate)
  if (!answered.ok) return lostOr(answered.error, enrolment, bench)
  const [certificate, ...chain] = preferredChain(answered.value, ports.keys.isTrusted) ?? []
  if (!certificate) return failed(unusable('no-certificate'))

  const key = await ports.keys.open(enrolment.keyId)
  if (!key.ok) return failed(key.error)
  const { publicKeyInfo } = key.value
  key.value.close()
  const expected = { address: enrolment.address, publicKeyInfo, at: ports.clock() }
  const unfit = unfitFor(certificate, chain, { ...expected, knownIssuers: ports.keys.knownIssuers(certificate) })
  if (unfit) return mayStillServe.has(unfit.code) ? failed(unfit) : failedOrder(enrolment, unfit)
  const installed = await ports.keys.install({
    keyId: enrolment.keyId,
    certificate,
    chain: linkedChain(certificate, chain),
    ...(enrolment.renews === undefined ? {} : { renews: enrolment.renews }),
  })
  if (!installed.ok) return failed(installed.error)
  return { kind: 'installed', identityId: installed.value.identityId, detail: { serial: certificate.serialNumber } }
}

function refusedOrder(order: Order, enrolment: StoredEnrolment): Outcome {
  const problem = order.error ? problemName(order.error) : 'order-invalid'
  return failedOrder(enrolment, { code: 'ca-refused', problem, detail: problemDetail(order.error) })
}
