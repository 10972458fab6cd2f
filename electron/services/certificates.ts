/** Certificates as people see them, and the anchors they trust. */

import { implement } from '@orpc/server'
import type { Anchor } from '../../shared/contract/certificates.ts'
import { contract } from '../../shared/contract/contract.ts'
import { type Certificate, readCertificates } from '../certificates/certificate.ts'
import { allowsSigning } from '../certificates/emailProfile.ts'
import type { Purpose } from '../certificates/path.ts'
import type { StoredAnchor } from '../certificates/trust.ts'
import { chainStateOf, instantText, summaryOf, viewOf } from '../certificates/view.ts'
import { bytesOf } from './byteSource.ts'
import type { ServiceContext } from './context.ts'
import { orRaise, raise } from './raise.ts'
import { chainOf, knownCertificate, sandboxAnchor } from './reading.ts'

const os = implement(contract.certificates).$context<ServiceContext>()

/** A bundle of every public root has about 300 kB. */
const fileByteLimit = 8_388_608

/** What a certificate is judged for when nobody says: a person's for mail, a CA's only for whether its chain holds. */
export function ownPurpose(certificate: Certificate): Purpose {
  if (certificate.extensions.basicConstraints?.ca) return 'any'
  return allowsSigning(certificate) ? 'sign' : 'encrypt'
}

/** A certificate with its chain as this profile sees it. `others` came along with it. */
function shown(context: ServiceContext, certificate: Certificate, at: Date, others: readonly Certificate[] = []) {
  const path = chainOf(context, certificate, at, ownPurpose(certificate), others)
  return { certificate: viewOf(certificate), chain: chainStateOf(path) }
}

function anchorOf({ certificate, note, addedAt }: StoredAnchor, sandbox: boolean): Anchor {
  return { certificate: summaryOf(certificate), note, addedAt: instantText(addedAt), sandbox }
}

export const certificatesProcedures = {
  show: os.show.handler(async ({ input, context }) => {
    const certificates = orRaise(readCertificates(await bytesOf(context, input.source, fileByteLimit)))
    const at = input.at === undefined ? context.runtime.clock() : new Date(input.at)
    return { certificates: certificates.map((certificate) => shown(context, certificate, at, certificates)) }
  }),

  get: os.get.handler(({ input, context }) => {
    const certificate = knownCertificate(context, input.sha256)
    if (!certificate) return raise({ code: 'not-found', what: 'certificate' })
    return shown(context, certificate, context.runtime.clock())
  }),

  anchors: os.anchors.handler(({ context }) => {
    const stored = context.application.trust.anchors().map((entry) => anchorOf(entry, false))
    const sandbox = sandboxAnchor(context)
    if (!sandbox) return stored
    return [anchorOf({ certificate: sandbox, note: '', addedAt: sandbox.notBefore }, true), ...stored]
  }),

  addAnchor: os.addAnchor.handler(async ({ input, context }) => {
    const certificates = orRaise(readCertificates(await bytesOf(context, input.source, fileByteLimit)))
    // The fingerprint that was shown must be the one of a certificate in these bytes: a file may have changed since.
    const certificate = certificates.find(({ sha256 }) => sha256 === input.sha256)
    if (!certificate) return raise({ code: 'not-confirmed' })
    if (sandboxAnchor(context)?.sha256 === certificate.sha256) {
      return raise({ code: 'already-known', name: summaryOf(certificate).name })
    }
    const added = orRaise(context.application.trust.add(certificate, input.note))
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
