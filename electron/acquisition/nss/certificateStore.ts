/**
 * The certificate store of a Thunderbird profile (NSS: cert9.db and key4.db), through NSS's own tools certutil and pk12util. Its
 * formats are NSS's alone, and its tools keep what they write whole.
 *
 * Passwords and keys go by files of a private folder, never by a command line, which others can see.
 */

import { readPem, writePem } from '../../asn1/pem.ts'
import { hexText, latin1Text, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { PrivateFolder, RunFailure, ToolMachine } from '../toolMachine.ts'
import { certificateUris, listedIn, ownNicknamesIn } from './certificateList.ts'

export type CertificateStoreFailure =
  | { readonly code: 'nss-tools-missing' }
  /** The profile has a primary password, and none was given. */
  | { readonly code: 'primary-password-needed' }
  | { readonly code: 'wrong-primary-password' }
  | { readonly code: 'thunderbird-store-unreadable'; readonly reason: string }

export interface StoredCertificate {
  readonly nickname: string
  /** Names it, and others with the same nickname, to the tools. */
  readonly uri: string
  readonly der: Uint8Array
}

/** A person has one to ten certificates of their own in the store. */
const ownLimit = 200
/** Looking for one costs some 20 ms, and most are found by the first name. */
const lookLimit = 1_000
/** An export of one nickname: keys and chains of some renewals. */
const exportByteLimit = 8_388_608

/** Whether both tools are there. On Windows certutil is another program, which would answer in its own way. */
export async function hasNssTools(machine: ToolMachine): Promise<boolean> {
  if (machine.platform === 'win32') return false
  for (const tool of ['certutil', 'pk12util']) {
    const answer = await machine.run(tool, ['-H'])
    if (!answer.ok && answer.error.code === 'missing') return false
  }
  return true
}

/** The certificates whose private key is in the store. No password is needed to look. */
export async function ownCertificates(
  machine: ToolMachine,
  profileFolder: string,
): Promise<Result<StoredCertificate[], CertificateStoreFailure>> {
  const listed = await certutil(machine, profileFolder, ['-L'])
  if (!listed.ok) return listed
  const found = new Map<string, StoredCertificate>()
  let looks = 0
  for (const nicknames of ownNicknamesIn(utf8Text(listed.value)).slice(0, ownLimit)) {
    for (const { nickname, uri } of nicknames.flatMap(namesOf)) {
      if (++looks > lookLimit) return success([...found.values()])
      const pem = await certutil(machine, profileFolder, ['-L', '-n', uri, '-a'])
      if (!pem.ok) continue
      for (const { bytes } of readPem(latin1Text(pem.value))) {
        found.set(hexText(digestOf('sha256', bytes)), { nickname, uri, der: bytes })
      }
      break
    }
  }
  return success([...found.values()])
}

function namesOf(nickname: string): Pick<StoredCertificate, 'nickname' | 'uri'>[] {
  return certificateUris(nickname).map((uri) => ({ nickname, uri }))
}

/**
 * PKCS#12 with the keys, certificates and chains of what a URI names, under `password`, which the caller made up for this file alone.
 */
export async function exportFromStore(
  machine: ToolMachine,
  profileFolder: string,
  { uri, password, primaryPassword }: { uri: string; password: string; primaryPassword: string | undefined },
): Promise<Result<Uint8Array, CertificateStoreFailure>> {
  return machine.inPrivateFolder(async (folder) => {
    const secrets = await passwordFiles(folder, password, primaryPassword)
    const file = await folder.write('export.p12', new Uint8Array())
    const exported = await machine.run('pk12util', [
      ...['-o', file, '-d', databaseOf(profileFolder), '-n', uri],
      ...secrets,
    ])
    if (!exported.ok) return failure(meaningOf(exported.error, primaryPassword))
    const bytes = await folder.read('export.p12', exportByteLimit)
    return bytes?.length ? success(bytes) : failure({ code: 'thunderbird-store-unreadable', reason: 'no export' })
  })
}

/** Puts a PKCS#12 file into the store. Its certificates get the file's friendly name as their nickname. */
export async function importIntoStore(
  machine: ToolMachine,
  profileFolder: string,
  input: { readonly file: Uint8Array; readonly password: string; readonly primaryPassword: string | undefined },
): Promise<Result<undefined, CertificateStoreFailure>> {
  return machine.inPrivateFolder(async (folder) => {
    const secrets = await passwordFiles(folder, input.password, input.primaryPassword)
    const file = await folder.write('import.p12', input.file)
    const imported = await machine.run('pk12util', ['-i', file, '-d', databaseOf(profileFolder), ...secrets])
    return imported.ok ? success(undefined) : failure(meaningOf(imported.error, input.primaryPassword))
  })
}

/** A root that a store shall trust for mail, and the store's own password where it has one. */
interface MailRoot {
  readonly name: string
  readonly der: Uint8Array
  readonly primaryPassword: string | undefined
}

/** Lets a root vouch for mail, and for nothing more than it already does. */
export async function trustRootForMail(
  machine: ToolMachine,
  profileFolder: string,
  root: MailRoot,
): Promise<Result<undefined, CertificateStoreFailure>> {
  const before = await certutil(machine, profileFolder, ['-L'])
  if (!before.ok) return before
  let { name } = root
  let added = await setTrust(machine, profileFolder, { ...root, name }, forMailAlone)
  if (!added.ok && 'reason' in added.error && added.error.reason === 'SEC_ERROR_ADDING_CERT') {
    // Another issuer has this nickname.
    name = `${name} ${hexText(digestOf('sha256', root.der)).slice(0, 8)}`
    added = await setTrust(machine, profileFolder, { ...root, name }, forMailAlone)
  }
  if (!added.ok) return added
  const after = await certutil(machine, profileFolder, ['-L'])
  if (!after.ok) return after
  const merged = mergedTrust(utf8Text(before.value), utf8Text(after.value))
  return merged === forMailAlone ? success(undefined) : setTrust(machine, profileFolder, { ...root, name }, merged)
}

const forMailAlone = ',C,'

/**
 * What a certificate shall be trusted for that was set to ",C,": what the list said of it before, and mail. Several certificates
 * share a nickname, so that only the line that changed tells which one it was; a new certificate changed none.
 */
function mergedTrust(before: string, after: string): string {
  const left = listedIn(after).map(({ trust }) => trust)
  const lost = listedIn(before).find(({ trust }) => {
    const same = left.indexOf(trust)
    if (same >= 0) left.splice(same, 1)
    return same < 0
  })
  // "u" tells that the key is there; it isn't set. "p" is distrust, which the person has just given up for mail.
  const [tls = '', mail = '', code = ''] = (lost?.trust ?? '').replaceAll('u', '').split(',')
  return [tls, `${mail.replaceAll(/[Cp]/g, '')}C`, code].join(',')
}

async function setTrust(
  machine: ToolMachine,
  profileFolder: string,
  { name, der, primaryPassword }: MailRoot,
  trust: string,
): Promise<Result<undefined, CertificateStoreFailure>> {
  return machine.inPrivateFolder(async (folder) => {
    const file = await folder.write('root.pem', utf8Bytes(writePem('CERTIFICATE', der)))
    const password = await folder.write('primary', passwordLine(primaryPassword ?? ''))
    const parameters = ['-A', '-n', name, '-t', trust, '-a', '-i', file, '-f', password]
    const added = await certutil(machine, profileFolder, parameters, primaryPassword)
    return added.ok ? success(undefined) : added
  })
}

/** A nickname that every tool takes: a colon would be read as the name of a token before it. */
export function nicknameOf(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Cf}:]+/gu, ' ')
    .trim()
    .slice(0, 60)
    .trim()
  return plain === '' ? 'S/MIME' : plain
}

async function certutil(
  machine: ToolMachine,
  profileFolder: string,
  parameters: readonly string[],
  primaryPassword?: string,
): Promise<Result<Uint8Array, CertificateStoreFailure>> {
  const answer = await machine.run('certutil', [...parameters, '-d', databaseOf(profileFolder)])
  return answer.ok ? answer : failure(meaningOf(answer.error, primaryPassword))
}

function databaseOf(profileFolder: string): string {
  return `sql:${profileFolder}`
}

/** `-w`: of the PKCS#12 file; `-k`: of the store, an empty line where it has none. */
async function passwordFiles(
  folder: PrivateFolder,
  password: string,
  primaryPassword: string | undefined,
): Promise<string[]> {
  const file = await folder.write('file-password', passwordLine(password))
  const store = await folder.write('primary-password', passwordLine(primaryPassword ?? ''))
  return ['-w', file, '-k', store]
}

function passwordLine(password: string): Uint8Array {
  return utf8Bytes(`${password}\n`)
}

function meaningOf(error: RunFailure, primaryPassword: string | undefined): CertificateStoreFailure {
  if (error.code === 'missing') return { code: 'nss-tools-missing' }
  if (error.code !== 'refused') return { code: 'thunderbird-store-unreadable', reason: error.code }
  if (/SEC_ERROR_BAD_PASSWORD|Incorrect password\/PIN|SEC_ERROR_TOKEN_NOT_LOGGED_IN/.test(error.detail)) {
    return { code: primaryPassword === undefined ? 'primary-password-needed' : 'wrong-primary-password' }
  }
  const [reason] = /(?:SEC|PR)_[A-Z0-9_]*ERROR[A-Z0-9_]*/.exec(error.detail) ?? []
  return { code: 'thunderbird-store-unreadable', reason: reason ?? 'refused' }
}
