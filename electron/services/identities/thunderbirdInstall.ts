/**
 * Putting an identity into a Thunderbird profile: the key into its store, the certificate into its senders' preferences. All of it or
 * nothing (acquisition/thunderbird/profileChange.ts).
 */

import { join } from 'node:path'
import {
  importIntoStore,
  nicknameOf,
  ownCertificates,
  trustRootForMail,
} from '../../acquisition/nss/certificateStore.ts'
import { databaseKeyOf } from '../../acquisition/thunderbird/databaseKey.ts'
import type { ThunderbirdMachine } from '../../acquisition/thunderbird/machine.ts'
import {
  type IdentityCertificate,
  identityPrefs,
  mailIdentitiesOf,
  type PrefValue,
  prefsByteLimit,
  readPrefs,
  withPrefs,
} from '../../acquisition/thunderbird/prefs.ts'
import { changeProfile, type ProfileChangeFailure } from '../../acquisition/thunderbird/profileChange.ts'
import type { ThunderbirdProfile } from '../../acquisition/thunderbird/profiles.ts'
import { copyPrefix } from '../../acquisition/thunderbird/unfinishedChange.ts'
import { equalBytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { summaryOf } from '../../certificates/view.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { StoredIdentity } from '../../keystore/storedIdentity.ts'
import type { ServiceContext } from '../context.ts'
import { judgeAt, storedCertificate } from '../judge.ts'
import { orRaise, raise } from '../raise.ts'
import { confirmed, type IdentityPair, pairOf, pkcs12Of } from './identityExport.ts'

export interface InstallRequest {
  /** The identity's id. */
  readonly identity: string
  readonly senders: readonly string[]
  readonly sign: boolean
  readonly encrypt: boolean
  readonly trustRoot: boolean
  readonly primaryPassword?: string | undefined
  /** The vault's. */
  readonly passphrase: string
}

/** Ends the procedure with what the contract says of `install`. */
export async function installInThunderbird(
  context: ServiceContext,
  machine: ThunderbirdMachine,
  profile: ThunderbirdProfile,
  request: InstallRequest,
): Promise<{ addresses: string[]; copyFolder: string }> {
  const stored = await confirmed(context, request.identity, request.passphrase)
  if (await machine.isInUse(profile.folder)) return raise({ code: 'thunderbird-running' })
  const prefs = await machine.readText(join(profile.folder, 'prefs.js'), prefsByteLimit)
  // Made by Thunderbird's first start, together with the store.
  if (prefs === undefined) return raise({ code: 'thunderbird-not-changed', reason: 'prefs.js' })
  const senders = mailIdentitiesOf(readPrefs(prefs)).filter(({ key }) => request.senders.includes(key))
  if (senders.length < new Set(request.senders).size) return raise({ code: 'not-found', what: 'sender' })

  const pair = pairOf(context, stored)
  const files = await exportsOf(context, stored, pair, request.trustRoot)
  const stamp = context.runtime.clock().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const copyName = `${copyPrefix}${stamp}`
  const keys = senders.map(({ key }) => key)
  const work = (storeFolder: string) => change(machine, storeFolder, { request, pair, files, prefs, keys })
  const { copyFolder } = orRaise(await changeProfile(machine, profile.folder, { prefs, copyName, work }))
  return { addresses: senders.map(({ address }) => address), copyFolder }
}

interface ExportedFile {
  readonly bytes: Uint8Array
  readonly password: string
  /** What Thunderbird shall trust for mail from now on. */
  readonly root: { readonly name: string; readonly der: Uint8Array } | undefined
}

/** Each identity of the pair under a password of the moment. */
async function exportsOf(
  context: ServiceContext,
  stored: StoredIdentity,
  pair: IdentityPair,
  trustRoot: boolean,
): Promise<ExportedFile[]> {
  const needed = new Map([stored, pair.signing, pair.encryption].flatMap((one) => (one ? [[one.id, one]] : [])))
  const files: ExportedFile[] = []
  for (const one of needed.values()) {
    const password = randomId(context.runtime.random)
    const friendlyName = nicknameOf(summaryOf(storedCertificate(one.certificateDer)).name)
    const bytes = await pkcs12Of(context, one, { password, profile: 'modern', friendlyName })
    files.push({ bytes, password, root: trustRoot ? rootOf(context, one) : undefined })
  }
  return files
}

/** From the identity's own chain, else from what the profile knows. Ends the procedure where there is none to be trusted. */
function rootOf(context: ServiceContext, { certificateDer, chain }: StoredIdentity): ExportedFile['root'] {
  const issuers = chain.map(storedCertificate)
  const { path } = judgeAt(context, context.runtime.clock()).chain(storedCertificate(certificateDer), issuers)
  const root = [issuers.at(-1), path.at(-1)].find((last) => last?.selfIssued)
  if (!root) return raise({ code: 'not-found', what: 'anchor' })
  return { name: nicknameOf(summaryOf(root).name), der: root.der }
}

interface Change {
  readonly request: InstallRequest
  readonly pair: IdentityPair
  readonly files: readonly ExportedFile[]
  readonly prefs: string
  /** Of the senders that shall use it. */
  readonly keys: readonly string[]
}

/** Changes the store; answers with the new preferences. */
async function change(
  machine: ThunderbirdMachine,
  folder: string,
  { request, pair, files, prefs, keys }: Change,
): Promise<Result<string, ProfileChangeFailure>> {
  const { primaryPassword, sign, encrypt } = request
  for (const { bytes, password, root } of files) {
    const imported = await importIntoStore(machine, folder, { file: bytes, password, primaryPassword })
    if (!imported.ok) return imported
    if (!root) continue
    const trusted = await trustRootForMail(machine, folder, { ...root, primaryPassword })
    if (!trusted.ok) return trusted
  }
  const own = await ownCertificates(machine, folder)
  if (!own.ok) return own
  const inStore = (identity: StoredIdentity | undefined): IdentityCertificate | undefined => {
    const found = own.value.find(({ der }) => identity && equalBytes(der, identity.certificateDer))
    return found && { nickname: found.nickname, databaseKey: databaseKeyOf(found.der) }
  }
  const [signing, encryption] = [inStore(pair.signing), inStore(pair.encryption)]
  if (!signing && !encryption) return failure({ code: 'thunderbird-not-changed', reason: 'certificate' })
  const use = { ...(signing ? { signing } : {}), ...(encryption ? { encryption } : {}), sign, encrypt }
  const wanted = new Map<string, PrefValue>(keys.flatMap((key) => [...identityPrefs(key, use)]))
  return success(withPrefs(prefs, wanted))
}
