/**
 * The way out for a private key: a file in the form that its reader takes, handed over under the passphrase and a password of its
 * own.
 */

import type { ExportTarget } from '../../../shared/contract/identities.ts'
import type { SpooledFile } from '../../../shared/contract/values.ts'
import { mobileConfig } from '../../acquisition/mobileConfig.ts'
import { wipe } from '../../base/bytes.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { Pkcs12Profile } from '../../keystore/pkcs12/write.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import type { StoredIdentity } from '../../keystore/storedIdentity.ts'
import { normalizedAddress } from '../../mime/address.ts'
import { requireStrength } from '../chosenPassphrase.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign, storedCertificate } from '../judge.ts'
import { inOrderOfUse } from '../ownChoice.ts'
import { orRaise, raise } from '../raise.ts'

/**
 * What each target reads for certain. Apple's systems take PBES2 for a wrong password, Android's up to version 13 don't read it,
 * and Windows since version 1709 only; the old form is as strong as its password, and the suggested one has 100 bits.
 */
const profiles: Readonly<Record<ExportTarget, Pkcs12Profile>> = {
  modern: 'modern',
  thunderbird: 'modern',
  windows: 'compatible',
  apple: 'compatible',
  'apple-profile': 'compatible',
  android: 'compatible',
}

/** What tells the files of one person apart in a folder; programs' names are the same in every language. */
const readers: Readonly<Record<ExportTarget, string>> = {
  modern: '',
  thunderbird: ' (Thunderbird)',
  windows: ' (Windows)',
  apple: ' (Apple)',
  'apple-profile': '',
  android: ' (Android)',
}

export interface ExportRequest {
  readonly id: string
  readonly password: string
  readonly target: ExportTarget
  /** The vault's. */
  readonly passphrase: string
  readonly allowWeak?: boolean | undefined
}

/** Ends the procedure with what the contract says of `export`. */
export async function exportIdentity(
  context: ServiceContext,
  { id, password, allowWeak, target, passphrase }: ExportRequest,
): Promise<Pick<SpooledFile, 'spoolId' | 'name' | 'size'> & { countsOnceSaved: true }> {
  await requireStrength(context, 'file', password, allowWeak)
  const { identities, handover } = context.application
  const stored = await confirmed(context, id, passphrase)
  const { name } = summaryOf(storedCertificate(stored.certificateDer))
  const isProfile = target === 'apple-profile'
  const file = isProfile
    ? await mobileConfigOf(context, stored, password)
    : await pkcs12Of(context, stored, { password, profile: profiles[target], friendlyName: name })
  const offered = orRaise(
    await handover.offer(
      isProfile
        ? { name: `${fileNameOf(name)}.mobileconfig`, mediaType: 'application/x-apple-aspen-config' }
        : { name: `${fileNameOf(name)}${readers[target]}.p12`, mediaType: 'application/x-pkcs12' },
      file,
      () => {
        identities.markBackedUp(id)
        context.events.publish('identities')
      },
    ),
  )
  return { spoolId: offered.spoolId, name: offered.name, size: offered.size, countsOnceSaved: true }
}

/** The identity, once the person has said the passphrase again. */
export async function confirmed(context: ServiceContext, id: string, passphrase: string): Promise<StoredIdentity> {
  const { identities, vault } = context.application
  const stored = identities.get(id)
  if (!stored) return raise({ code: 'not-found', what: 'identity' })
  if (vault.state() === 'locked') return raise({ code: 'locked' })
  orRaise(await vault.check(passphrase))
  return stored
}

/** PKCS#12 with key, certificate and chain. */
export async function pkcs12Of(
  context: ServiceContext,
  stored: StoredIdentity,
  form: { readonly password: string; readonly profile: Pkcs12Profile; readonly friendlyName: string },
): Promise<Uint8Array> {
  const key = context.application.identities.exportPkcs8(stored.id)
  if (!key.ok) {
    // Sealed by this vault and yet not to be opened: the record was changed on the disk.
    return key.error.code === 'damaged' ? raise({ code: 'not-found', what: 'private-key' }) : raise(key.error)
  }
  try {
    return await writePkcs12({
      pkcs8: key.value,
      certificateDer: stored.certificateDer,
      chain: stored.chain,
      random: context.runtime.random,
      ...form,
    })
  } finally {
    wipe(key.value)
  }
}

/** Who signs and who decrypts for one person: mostly one identity, but some CAs issue two. */
export interface IdentityPair {
  readonly signing?: StoredIdentity
  readonly encryption?: StoredIdentity
}

/** The identity for what it can do, and for the rest the best other one of the same address that isn't retired. */
export function pairOf(context: ServiceContext, stored: StoredIdentity): IdentityPair {
  const own = new Set(stored.addresses.map(normalizedAddress))
  const siblings = context.application.identities
    .list()
    .filter((other) => !other.retired && other.addresses.some((address) => own.has(normalizedAddress(address))))
  const inOrder = inOrderOfUse(context, siblings, context.runtime.clock()).map(({ identity }) => identity)
  const able = (can: typeof canSign): StoredIdentity | undefined =>
    [stored, ...inOrder].find(({ certificateDer }) => can(storedCertificate(certificateDer)))
  const [signing, encryption] = [able(canSign), able(canEncrypt)]
  return { ...(signing ? { signing } : {}), ...(encryption ? { encryption } : {}) }
}

async function mobileConfigOf(context: ServiceContext, stored: StoredIdentity, password: string): Promise<Uint8Array> {
  const { accounts } = context.application
  const { signing, encryption } = pairOf(context, stored)
  const needed = [...new Map([stored, signing, encryption].flatMap((one) => (one ? [[one.id, one]] : []))).values()]
  const identities: { id: string; name: string; pkcs12: Uint8Array }[] = []
  for (const one of needed) {
    const { name } = summaryOf(storedCertificate(one.certificateDer))
    const form = { password, profile: profiles['apple-profile'], friendlyName: name }
    identities.push({ id: one.sha256, name, pkcs12: await pkcs12Of(context, one, form) })
  }
  const account = stored.addresses.map((address) => accounts.forAddress(address)).find((found) => found !== undefined)
  return mobileConfig({
    identities,
    ...(signing ? { signing: signing.sha256 } : {}),
    ...(encryption ? { encryption: encryption.sha256 } : {}),
    ...(account ? { account } : {}),
    random: context.runtime.random,
  })
}

/** A name that every file system takes. */
function fileNameOf(name: string): string {
  const safe = name
    .replace(/[^\p{Letter}\p{Number}@._ -]+/gu, '_')
    .trim()
    .slice(0, 80)
  return safe.replace(/^[. ]+/, '') || 'identity'
}
