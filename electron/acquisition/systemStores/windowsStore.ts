/**
 * The person's own certificates of Windows ("Personal", CurrentUser\My), which Outlook uses, through Windows PowerShell 5.1 and
 * .NET. The programs below are constant; what changes stands on standard input and is read as text, never as a program.
 * The PKCS#12 files come on standard output: nothing lies on the disk, and no password in a list of processes.
 */

import { hexText, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { ToolMachine } from '../toolMachine.ts'
import {
  askingSeconds,
  exportByteLimit,
  issuerLimit,
  type KeyExport,
  type StoredKey,
  type SystemStore,
  type SystemStoreFailure,
  storedKeyLimit,
} from './systemStore.ts'

/**
 * A line for each certificate with a key: `certificate`, whether the key may leave, and the DER as base64. A key of the older
 * interface (CSP) says `Exportable`; one of the newer (CNG) has the bit AllowExport, 1, in its ExportPolicy.
 */
const listScript = `
$ErrorActionPreference = 'Stop'
$store = New-Object System.Security.Cryptography.X509Certificates.X509Store 'My', 'CurrentUser'
$store.Open('ReadOnly, OpenExistingOnly')
foreach ($certificate in $store.Certificates) {
  if (-not $certificate.HasPrivateKey) { continue }
  $leaves = 'unknown'
  try {
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
    if ($null -eq $key) {
      $key = [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($certificate)
    }
    if ($null -ne $key.CspKeyContainerInfo) { $leaves = if ($key.CspKeyContainerInfo.Exportable) { 'yes' } else { 'no' } }
    elseif ($null -ne $key.Key) { $leaves = if (([int]$key.Key.ExportPolicy -band 1) -ne 0) { 'yes' } else { 'no' } }
  } catch { }
  [Console]::Out.WriteLine('certificate ' + $leaves + ' ' + [Convert]::ToBase64String($certificate.RawData))
}
`

/**
 * Standard input: the password of the files, then a thumbprint a line. A line for each: `file` with the thumbprint and the
 * PKCS#12 as base64, or `refused` with the thumbprint and the HRESULT; at last `issuer` with each of the person's CA certificates.
 */
const exportScript = `
$ErrorActionPreference = 'Stop'
$given = @($input)
$password = [string]$given[0]
$store = New-Object System.Security.Cryptography.X509Certificates.X509Store 'My', 'CurrentUser'
$store.Open('ReadOnly, OpenExistingOnly')
foreach ($thumbprint in ($given | Select-Object -Skip 1)) {
  foreach ($certificate in $store.Certificates.Find('FindByThumbprint', [string]$thumbprint, $false)) {
    try {
      $file = [Convert]::ToBase64String($certificate.Export('Pfx', $password))
      [Console]::Out.WriteLine('file ' + $certificate.Thumbprint + ' ' + $file)
    } catch {
      $problem = $_.Exception.GetBaseException()
      [Console]::Out.WriteLine('refused ' + $certificate.Thumbprint + ' ' + $problem.HResult.ToString('x8'))
    }
  }
}
foreach ($name in 'CA', 'Root') {
  $issuers = New-Object System.Security.Cryptography.X509Certificates.X509Store $name, 'CurrentUser'
  $issuers.Open('ReadOnly, OpenExistingOnly')
  foreach ($certificate in $issuers.Certificates) {
    [Console]::Out.WriteLine('issuer ' + [Convert]::ToBase64String($certificate.RawData))
  }
}
`

/** winerror.h: NTE_BAD_KEY_STATE, NTE_NOT_SUPPORTED and NTE_PERM, by which the providers refuse to let a key leave. */
const notExportable = new Set(['8009000b', '80090029', '80090010'])
/** SCARD_W_CANCELLED_BY_USER and ERROR_CANCELLED: the person said no in Windows' own question. */
const cancelled = new Set(['8010006e', '800704c7'])

export function windowsStore(machine: ToolMachine): SystemStore {
  // By its whole path: Windows would look for a bare name in the current folder first.
  const powershell = `${machine.environment['SystemRoot'] ?? 'C:\\Windows'}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`
  const run = async (script: string, input?: string): Promise<Result<string, SystemStoreFailure>> => {
    const parameters = ['-NoLogo', '-NoProfile', '-NonInteractive', '-EncodedCommand', encodedCommand(script)]
    const answer = await machine.run(
      powershell,
      parameters,
      input === undefined ? undefined : utf8Bytes(input),
      askingSeconds,
    )
    if (answer.ok) return success(utf8Text(answer.value))
    return failure(
      answer.error.code === 'missing'
        ? { code: 'store-tools-missing', program: 'powershell.exe' }
        : { code: 'store-unreadable', reason: answer.error.code },
    )
  }
  return {
    kind: 'windows',
    place: 'CurrentUser\\My',
    hasTools: () => machine.isFile(powershell),
    async list() {
      const listed = await run(listScript)
      return listed.ok ? success(storedKeysIn(listed.value)) : listed
    },
    async export(chosen, { oneTimePassword }) {
      const answer = await run(exportScript, [oneTimePassword, ...chosen.map(({ sha1 }) => sha1), ''].join('\n'))
      if (!answer.ok) return answer
      const { files, issuers, refused } = exportsIn(answer.value)
      const [refusal] = refused
      if (refusal) return failure(meaningOf(...refusal))
      if (chosen.some(({ sha1 }) => !files.has(sha1))) return failure({ code: 'store-unreadable', reason: 'no export' })
      const made = [...files.values()].map((file): KeyExport => ({ file, password: oneTimePassword }))
      return success({ files: made, issuers })
    },
  }
}

/** -EncodedCommand takes base64 over UTF-16LE (about_PowerShell_exe). */
function encodedCommand(script: string): string {
  return Buffer.from(script, 'utf16le').toString('base64')
}

function meaningOf(sha1: string, code: string): SystemStoreFailure {
  if (notExportable.has(code)) return { code: 'key-not-exportable', sha1 }
  return cancelled.has(code) ? { code: 'store-refused' } : { code: 'store-unreadable', reason: code }
}

const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/

/** What the first script writes. Lines that are none of its own are left out. */
export function storedKeysIn(output: string): StoredKey[] {
  const keys: StoredKey[] = []
  for (const line of output.split(/\r?\n/)) {
    const [kind, exportable, content = ''] = line.split(' ')
    if (kind !== 'certificate' || !base64Pattern.test(content)) continue
    if (exportable !== 'yes' && exportable !== 'no' && exportable !== 'unknown') continue
    const certificateDer = new Uint8Array(Buffer.from(content, 'base64'))
    keys.push({ certificateDer, sha1: hexText(digestOf('sha1', certificateDer)).toUpperCase(), exportable })
    if (keys.length === storedKeyLimit) break
  }
  return keys
}

export interface WindowsExports {
  /** PKCS#12 by thumbprint. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** HRESULT in eight lower-case hexadecimal digits, by thumbprint. */
  readonly refused: ReadonlyMap<string, string>
  readonly issuers: readonly Uint8Array[]
}

/** What the second script writes. Lines that are none of its own are left out. */
export function exportsIn(output: string): WindowsExports {
  const files = new Map<string, Uint8Array>()
  const refused = new Map<string, string>()
  const issuers: Uint8Array[] = []
  for (const line of output.split(/\r?\n/)) {
    const [kind, first = '', second = ''] = line.split(' ')
    if (kind === 'issuer' && base64Pattern.test(first) && issuers.length < issuerLimit) {
      issuers.push(new Uint8Array(Buffer.from(first, 'base64')))
    }
    if (!/^[0-9A-F]{40}$/.test(first) || files.size + refused.size >= storedKeyLimit) continue
    if (kind === 'refused' && /^[0-9a-f]{8}$/.test(second)) refused.set(first, second)
    // Four characters for three bytes.
    if (kind === 'file' && base64Pattern.test(second) && second.length <= (exportByteLimit / 3) * 4) {
      files.set(first, new Uint8Array(Buffer.from(second, 'base64')))
    }
  }
  return { files, refused, issuers }
}
