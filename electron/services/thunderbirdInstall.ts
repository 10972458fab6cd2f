/**
 * Putting an identity into a Thunderbird profile: the key into its store, the certificate into its senders' preferences. Only while
 * Thunderbird doesn't have the profile open (it would write over the preferences when it ends); everything that is changed is copied
 * before, and copied back where a step doesn't succeed.
 */

import { join } from 'node:path'
import {
  type CertificateStoreFailure,
  importIntoStore,
  nicknameOf,
  ownCertificates,
  trustRootForMail,
} from '../acquisition/thunderbird/certificateStore.ts'
import { databaseKeyOf } from '../acquisition/thunderbird/databaseKey.ts'
import type { ThunderbirdMachine } from '../acquisition/thunderbird/machine.ts'
import {
  type IdentityCertificate,
  identityPrefs,
  mailIdentitiesOf,
  type PrefValue,
  prefsByteLimit,
  readPrefs,
  withPrefs,
} from '../acquisition/thunderbird/prefs.ts'
import type { ThunderbirdProfile } from '../acquisition/thunderbird/profiles.ts'
import { equalBytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { summaryOf } from '../certificates/view.ts'
import { randomId } from '../crypto/identifier.ts'
import type { StoredIdentity } from '../keystore/storedIdentity.ts'
import type { ServiceContext } from './context.ts'
import { confirmed, type IdentityPair, pairOf, pkcs12Of } from './identityExport.ts'
import { judgeNow } from './identityView.ts'
import { storedCertificate } from './judge.ts'
import { raise } from './raise.ts'

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

/** What is changed, and SQLite's files beside it. */
const changedFiles = ['prefs.js', 'cert9.db', 'cert9.db-journal', 'key4.db', 'key4.db-journal', 'pkcs11.txt']

type InstallFailure = CertificateStoreFailure | { readonly code: 'thunderbird-not-changed'; readonly reason: string }

/** Ends the procedure with what the contract says of `install`. */
export async function installInThunderbird(
  context: ServiceContext,
  machine: ThunderbirdMachine,
  profile: ThunderbirdProfile,
  request: InstallRequest,
): Promise<{ addresses: string[]; copyFolder: string }> {
  const stored = await confirmed(context, request.identity, request.passphrase)
  if (await machine.isInUse(profile.folder)) return raise({ code: 'thunderbird-running' })
  const prefsFile = join(profile.folder, 'prefs.js')
  const prefs = await machine.readText(prefsFile, prefsByteLimit)
  // Made by Thunderbird's first start, together with the store.
  if (prefs === undefined) return raise({ code: 'thunderbird-not-changed', reason: 'prefs.js' })
  const senders = mailIdentitiesOf(readPrefs(prefs)).filter(({ key }) => request.senders.includes(key))
  if (senders.length < new Set(request.senders).size) return raise({ code: 'not-found', what: 'sender' })

  const pair = pairOf(context, stored)
  const files = await exportsOf(context, stored, pair, request.trustRoot)
  const stamp = context.runtime.clock().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const copyFolder = join(profile.folder, `siegel-copy-${stamp}`)
  await orNotChanged(machine.copy(profile.folder, copyFolder, changedFiles))
  const changed = await change(machine, profile, { request, pair, files, prefs, prefsFile, keys: senders }).catch(
    (error: unknown) => failure({ code: 'thunderbird-not-changed', reason: reasonOf(error) } as const),
  )
  if (!changed.ok) {
    await orNotChanged(machine.copy(copyFolder, profile.folder, changedFiles))
    return raise(changed.error)
  }
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
  const { path } = judgeNow(context).chain(storedCertificate(certificateDer), issuers)
  const root = [issuers.at(-1), path.at(-1)].find((last) => last?.selfIssued)
  if (!root) return raise({ code: 'not-found', what: 'anchor' })
  return { name: nicknameOf(summaryOf(root).name), der: root.der }
}

interface Change {
  readonly request: InstallRequest
  readonly pair: IdentityPair
  readonly files: readonly ExportedFile[]
  readonly prefs: string
  readonly prefsFile: string
  readonly keys: readonly { readonly key: string }[]
}

async function change(
  machine: ThunderbirdMachine,
  { folder }: ThunderbirdProfile,
  { request, pair, files, prefs, prefsFile, keys }: Change,
): Promise<Result<undefined, InstallFailure | { readonly code: 'thunderbird-running' }>> {
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
  if (keys.length === 0) return success(undefined)
  const use = { ...(signing ? { signing } : {}), ...(encryption ? { encryption } : {}), sign, encrypt }
  const wanted = new Map<string, PrefValue>(keys.flatMap(({ key }) => [...identityPrefs(key, use)]))
  // Started meanwhile, it would write its own over these.
  if (await machine.isInUse(folder)) return failure({ code: 'thunderbird-running' })
  await machine.replace(prefsFile, withPrefs(prefs, wanted))
  return success(undefined)
}

async function orNotChanged(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => raise({ code: 'thunderbird-not-changed', reason: reasonOf(error) }))
}

/** The operating system's name for it ("EACCES"); anything else is a bug. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (typeof code !== 'string') throw error
  return code
}
