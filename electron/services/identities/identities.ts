/** The user's own certificates: listing, importing, exporting, retiring. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { Identity } from '../../../shared/contract/identities.ts'
import type { ByteSource } from '../../../shared/contract/values.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../../certificates/lint/lint.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { pkcs12ByteLimit } from '../../keystore/pkcs12/pfx.ts'
import { suggestedPassword } from '../../keystore/suggestedPassword.ts'
import { shownCertificates } from '../certificates/certificates.ts'
import type { ServiceContext } from '../context.ts'
import { bytesOf } from '../files/byteSource.ts'
import { storedCertificate } from '../judge.ts'
import { ownCertificatesNow } from '../ownCertificates.ts'
import { orRaise, raise } from '../raise.ts'
import { exportIdentity } from './identityExport.ts'
import { type IdentityFile, readIdentityFile } from './identityFile.ts'
import { certificatesForKeptKeys, importIdentityFile } from './identityImport.ts'
import { identityOf, viewOfIdentity } from './identityView.ts'

export { identityOf } from './identityView.ts'

const os = implement(contract.identities).$context<ServiceContext>()

export const identitiesProcedures = {
  list: os.list.handler(({ context }) => {
    const own = ownCertificatesNow(context)
    return context.application.identities.list().map((stored) => viewOfIdentity(stored, own))
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
    withFile(context, input, (file) => importIdentityFile(context, file)),
  ),

  export: os.export.handler(({ input, context }) => exportIdentity(context, input)),
  suggestPassword: os.suggestPassword.handler(({ context }) => ({
    password: suggestedPassword(context.runtime.random),
  })),

  retire: os.retire.handler(({ input, context }) => {
    if (!input.retired && isRevoked(context, input.id)) return raise({ code: 'identity-revoked' })
    return changed(context, context.application.identities.retire(input.id, input.retired))
  }),
  prefer: os.prefer.handler(({ input, context }) => changed(context, context.application.identities.prefer(input.id))),
}

/** By the person, who may have told the CA elsewhere, or as the CA says. */
function isRevoked(context: ServiceContext, id: string): boolean {
  const stored = context.application.identities.get(id)
  if (!stored) return false
  return identityOf(context, stored).state === 'revoked'
}

function changed(context: ServiceContext, stored: StoredIdentity | undefined): Identity {
  if (!stored) return raise({ code: 'not-found', what: 'identity' })
  context.events.publish('identities')
  return identityOf(context, stored)
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
      if (file.others.length === 0) return raise({ code: 'key-without-certificate' })
      return raise({
        code: file.keysWithoutCertificate > 0 ? 'key-of-another-certificate' : 'certificate-without-key',
      })
    }
    return await use(file)
  } finally {
    file.close()
  }
}
