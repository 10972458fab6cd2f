/** Certificates as people see them, and the anchors they trust. */

import { implement } from '@orpc/server'
import type { Anchor, ShownCertificate } from '../../../shared/contract/certificates.ts'
import { contract } from '../../../shared/contract/contract.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import { compareCertificates } from '../../certificates/compare.ts'
import { allowsSigning } from '../../certificates/emailProfile.ts'
import type { Purpose } from '../../certificates/path.ts'
import type { StoredAnchor } from '../../certificates/trust.ts'
import { chainStateOf, instantText, summaryOf, viewOf } from '../../certificates/view.ts'
import { withClockDoubt } from '../clock.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { orRaise, raise } from '../raise.ts'
import { validateAndAsk } from '../revocation/revocation.ts'
import { certificateFile, certificateFileByteLimit, meantCertificate } from './certificateExport.ts'
import { chainOf, chainQuestion, knownCertificate, sandboxAnchor } from './knownCertificates.ts'
import { scopeOf } from './trust.ts'

const os = implement(contract.certificates).$context<ServiceContext>()

/** What a certificate is judged for when nobody says: a person's for mail, a CA's only for whether its chain holds. */
export function ownPurpose(certificate: Certificate): Purpose {
  if (certificate.extensions.basicConstraints?.ca) return 'any'
  return allowsSigning(certificate) ? 'sign' : 'encrypt'
}

/** Whoever opens a file with one certificate, or the few of its chain, wants to know about them. A bundle is looked through. */
const mostAskedAbout = 8

/**
 * Certificates, each with its chain as this profile sees it, at the present unless another time is asked for. They may have
 * come together, so that each serves the others.
 */
export async function shownCertificates(
  context: ServiceContext,
  certificates: readonly Certificate[],
  askedFor?: Date,
): Promise<ShownCertificate[]> {
  const at = askedFor ?? context.runtime.clock()
  const questions = certificates.map((certificate) =>
    chainQuestion(context, certificate, at, ownPurpose(certificate), certificates),
  )
  const offline = certificates.length > mostAskedAbout
  const judged = await validateAndAsk(context, questions, { offline })
  return certificates.map((certificate, index) => {
    const path = judged.paths[index]
    if (!path) throw new Error('a certificate was not judged')
    const chain = chainStateOf(path, judged.gaps)
    const doubted = askedFor ? chain : withClockDoubt(chain, at, context.application.revocation)
    return { certificate: viewOf(certificate, doubted.clock ? {} : { at }), chain: doubted }
  })
}

function anchorOf({ certificate, note, addedAt, domains = [] }: StoredAnchor, sandbox: boolean): Anchor {
  return { certificate: summaryOf(certificate), note, addedAt: instantText(addedAt), sandbox, domains: [...domains] }
}

export const certificatesProcedures = {
  show: os.show.handler(async ({ input, context }) => {
    const certificates = orRaise(readCertificates(await bytesOf(context, input.source, certificateFileByteLimit)))
    const at = input.at === undefined ? undefined : new Date(input.at)
    return { certificates: await shownCertificates(context, certificates, at) }
  }),

  get: os.get.handler(async ({ input, context }) => {
    const certificate = knownCertificate(context, input.sha256)
    if (!certificate) return raise({ code: 'not-found', what: 'certificate' })
    const [only] = await shownCertificates(context, [certificate])
    return only ?? raise({ code: 'not-found', what: 'certificate' })
  }),

  export: os.export.handler(async ({ input, context }) => {
    const { certificate, others } = await meantCertificate(context, input.certificate)
    const { path } = input.withChain
      ? chainOf(context, certificate, context.runtime.clock(), ownPurpose(certificate), others)
      : { path: [] }
    const { bytes, ...file } = certificateFile([certificate, ...path.slice(1)], input.format)
    const { spoolId, name, size } = orRaise(await context.application.handover.offer(file, bytes))
    return { spoolId, name, size }
  }),

  compare: os.compare.handler(async ({ input, context }) => {
    const [left, right] = await Promise.all([
      meantCertificate(context, input.left),
      meantCertificate(context, input.right),
    ])
    return {
      left: summaryOf(left.certificate),
      right: summaryOf(right.certificate),
      comparison: compareCertificates(left.certificate, right.certificate),
    }
  }),

  anchors: os.anchors.handler(({ context }) => {
    const stored = context.application.trust.anchors().map((entry) => anchorOf(entry, false))
    const sandbox = sandboxAnchor(context)
    if (!sandbox) return stored
    return [anchorOf({ certificate: sandbox, note: '', addedAt: sandbox.notBefore }, true), ...stored]
  }),

  addAnchor: os.addAnchor.handler(async ({ input, context }) => {
    const certificates = orRaise(readCertificates(await bytesOf(context, input.source, certificateFileByteLimit)))
    // The fingerprint that was shown must be the one of a certificate in these bytes: a file may have changed since.
    const certificate = certificates.find(({ sha256 }) => sha256 === input.sha256)
    if (!certificate) return raise({ code: 'not-confirmed' })
    if (sandboxAnchor(context)?.sha256 === certificate.sha256) {
      return raise({ code: 'already-known', name: summaryOf(certificate).name })
    }
    const added = orRaise(context.application.trust.add(certificate, input.note, scopeOf(input.domains)))
    context.events.publish('anchors')
    return anchorOf(added, false)
  }),

  removeAnchor: os.removeAnchor.handler(({ input, context }) => {
    if (sandboxAnchor(context)?.sha256 === input.sha256) return raise({ code: 'sandbox-only' })
    if (!context.application.trust.remove(input.sha256)) return raise({ code: 'not-found', what: 'anchor' })
    context.events.publish('anchors')
    return {}
  }),
}
