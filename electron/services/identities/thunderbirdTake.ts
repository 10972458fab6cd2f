/** Taking identities out of a Thunderbird profile: exported by NSS's tools under a password of the moment, then kept like a file's. */

import { exportFromStore, ownCertificates } from '../../acquisition/nss/certificateStore.ts'
import type { ThunderbirdMachine } from '../../acquisition/thunderbird/machine.ts'
import type { ThunderbirdProfile } from '../../acquisition/thunderbird/profiles.ts'
import { hexText } from '../../base/bytes.ts'
import { digestOf } from '../../crypto/digest.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import { importHandedOver, requireOpenVault } from './handedOverKeys.ts'
import type { Imported } from './identityImport.ts'

export interface TakeRequest {
  /** SHA-256 of each certificate. */
  readonly certificates: readonly string[]
  readonly primaryPassword?: string | undefined
}

/** Ends the procedure with what the contract says of `take`. Nothing is kept unless everything chosen can be. */
export async function takeFromThunderbird(
  context: ServiceContext,
  machine: ThunderbirdMachine,
  profile: ThunderbirdProfile,
  { certificates, primaryPassword }: TakeRequest,
): Promise<Imported> {
  requireOpenVault(context)
  const wanted = new Set(certificates)
  const stored = orRaise(await ownCertificates(machine, profile.folder))
  const chosen = stored.filter(({ der }) => wanted.has(hexText(digestOf('sha256', der))))
  if (chosen.length < wanted.size) return raise({ code: 'not-found', what: 'certificate' })
  const files = []
  for (const uri of new Set(chosen.map((each) => each.uri))) {
    const password = randomId(context.runtime.random)
    const file = orRaise(await exportFromStore(machine, profile.folder, { uri, password, primaryPassword }))
    files.push({ file, password })
  }
  return importHandedOver(context, { files }, wanted)
}
