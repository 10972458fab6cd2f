/** Keys for mail among all that are kept. The keys of the person's own CAs sign certificates, and nobody writes with them. */

import { authorityStore } from './authority/authorityStore.ts'
import type { ServiceContext } from './context.ts'

/** The id of the key that a certificate (DER) was made for, where it is here and can become an identity's. */
export function mailKeyFor({ application }: ServiceContext, certificateDer: Uint8Array): string | undefined {
  const keyId = application.identities.keyIdFor(certificateDer)
  if (keyId === undefined) return undefined
  const isAuthority = authorityStore(application.profile.database)
    .list()
    .some((one) => one.keyId === keyId)
  return isAuthority ? undefined : keyId
}
