/** Taking identities out of a Thunderbird profile: exported by NSS's tools under a password of the moment, then kept like a file's. */

import { exportFromStore, ownCertificates } from '../acquisition/thunderbird/certificateStore.ts'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import type { ThunderbirdProfile } from '../acquisition/thunderbird/profiles.ts'
import { hexText } from '../base/bytes.ts'
import { digestOf } from '../crypto/digest.ts'
import { randomId } from '../crypto/identifier.ts'
import type { ServiceContext } from './context.ts'
import { readIdentityFile } from './identityFile.ts'
import { type Imported, importIdentityFile } from './identityImport.ts'
import { orRaise, raise } from './raise.ts'

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
  const state = context.application.vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'locked' ? 'locked' : 'no-vault' })
  const wanted = new Set(certificates)
  const stored = orRaise(await ownCertificates(machine, profile.folder))
  const chosen = stored.filter(({ der }) => wanted.has(hexText(digestOf('sha256', der))))
  if (chosen.length < wanted.size) return raise({ code: 'not-found', what: 'certificate' })

  const files = []
  try {
    for (const nickname of new Set(chosen.map((each) => each.nickname))) {
      const password = randomId(context.runtime.random)
      const exported = orRaise(await exportFromStore(machine, profile.folder, { nickname, password, primaryPassword }))
      files.push(orRaise(await opened(context, exported, password)))
    }
    const all: Imported = { imported: [], known: [] }
    for (const file of files) {
      // A nickname may stand for several; only the chosen ones are taken.
      const pairs = file.pairs.filter(({ certificate }) => wanted.has(certificate.sha256))
      const { imported, known } = await importIdentityFile(context, { ...file, pairs, others: [] })
      all.imported.push(...imported)
      all.known.push(...known)
    }
    return all
  } finally {
    for (const file of files) file.close()
  }
}

/** NSS's own export under a password made up for it: what can't be read there is a damaged store. */
async function opened(context: ServiceContext, exported: Uint8Array, password: string) {
  const postQuantum = context.application.experimental.postQuantum()
  const file = await readIdentityFile(exported, password, context.runtime.clock(), postQuantum)
  if (file.ok) return file
  switch (file.error.code) {
    case 'unsupported-algorithm':
    case 'experimental-algorithm':
    case 'over-budget':
      return raise(file.error)
    default:
      return raise({ code: 'damaged-file' })
  }
}
