/**
 * Writes electron/certificates/roots/mozilla.json: the roots that Mozilla trusts for e-mail, as NSS's module of built-in
 * roots states them. Run by build/emailRoots.mjs; `--package FILE` takes the module of a package file instead of the installed
 * one, `--keys` takes the roots that are in the list already and only spells their names anew.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { derElement } from '../../electron/asn1/der.ts'
import { soleElement, timeOfElement } from '../../electron/asn1/derReader.ts'
import { base64Bytes, base64Text, hexBytes, hexText, latin1Bytes } from '../../electron/base/bytes.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { parseCertificate } from '../../electron/certificates/certificate.ts'
import { nameKey } from '../../electron/certificates/name.ts'
import type { MozillaRootFile } from '../../electron/certificates/roots/mozillaRoots.ts'
import { digestOf } from '../../electron/crypto/digest.ts'

const source = fileURLToPath(new URL('builtins.c', import.meta.url))
const target = fileURLToPath(new URL('../../electron/certificates/roots/mozilla.json', import.meta.url))

/** Where Debian's libnss3 has put the module over time. */
const modulePlaces = ['usr/lib/x86_64-linux-gnu/nss/libnssckbi.so', 'usr/lib/x86_64-linux-gnu/libnssckbi.so']
/** CKT_NSS_TRUSTED_DELEGATOR: a root that may vouch. */
const trustedDelegator = 'ce534352'
/** CKT_NSS_MUST_VERIFY_TRUST, _TRUST_UNKNOWN and _NOT_TRUSTED: for this purpose it may not. */
const withoutTrust = ['ce534353', 'ce534355', 'ce53435a']
const utcTime = 0x17
const latin1 = { encoding: 'latin1' } as const

const roots = chosenRoots(process.argv.slice(2))
writeFileSync(target, `${JSON.stringify(roots, undefined, 2)}\n`)
const { version, module: moduleVersion } = roots.source
console.log(`${roots.roots.length} roots of NSS ${version} (module ${moduleVersion}) in ${target}`)

function chosenRoots([option, file, ...rest]: readonly string[]): MozillaRootFile {
  if (option === undefined) return installedRoots()
  if (option === '--keys' && file === undefined) return respelled()
  if (option === '--package' && file !== undefined && rest.length === 0) return packagedRoots(file)
  throw new Error('usage: npm run roots [-- --package FILE.deb | -- --keys]')
}

function installedRoots(): MozillaRootFile {
  return rootsIn(objectsOf(moduleUnder('/')), versionIn(execFileSync('dpkg-query', ['--status', 'libnss3'], latin1)))
}

/** The roots of a libnss3 that needn't be installed; the version is that package's own. */
function packagedRoots(file: string): MozillaRootFile {
  const version = versionIn(execFileSync('dpkg-deb', ['--field', file], latin1))
  const folder = mkdtempSync(join(tmpdir(), 'siegel-roots-'))
  try {
    execFileSync('dpkg-deb', ['--extract', file, folder])
    return rootsIn(objectsOf(moduleUnder(folder)), version)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function moduleUnder(folder: string): string {
  const file = modulePlaces.map((place) => join(folder, place)).find((place) => existsSync(place))
  if (file === undefined) throw new Error(`no libnssckbi.so of libnss3 under ${folder}`)
  return file
}

/** NSS's version as its makers count, of a package's control fields: "3.87.1" of libnss3's "2:3.87.1-1+deb12u4". */
function versionIn(control: string): string {
  const stated = /^Version: (?:\d+:)?([\d.]+)/m.exec(control)?.[1]
  if (!/^Package: libnss3$/m.test(control) || stated === undefined) throw new Error('not the package libnss3')
  return stated
}

function respelled(): MozillaRootFile {
  const list: MozillaRootFile = JSON.parse(readFileSync(target, 'utf8'))
  const keyOf = (der: string) => nameKey(expectSuccess(parseCertificate(base64Bytes(der))).subject)
  return { ...list, roots: list.roots.map((root) => ({ ...root, key: keyOf(root.der) })) }
}

/** The lines that builtins.c prints. */
function objectsOf(module: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-roots-'))
  try {
    const program = join(folder, 'builtins')
    execFileSync('cc', ['-I/usr/include/nss', '-I/usr/include/nspr', '-o', program, source, '-ldl'])
    const text = execFileSync(program, [module], { encoding: 'latin1', maxBuffer: 67_108_864 })
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function rootsIn(objects: readonly string[][], version: string): MozillaRootFile {
  const trust = emailTrustIn(objects)
  const roots = objects
    .filter(([kind]) => kind === 'certificate')
    .flatMap(([, hex = '', date = '-']) => {
      const der = hexBytes(hex)
      const isTrusted = trust.get(hexText(digestOf('sha1', der)))
      if (isTrusted === undefined) throw new Error(`no trust object is about ${rootOf(der, date).subject}`)
      return isTrusted ? [rootOf(der, date)] : []
    })
    .sort((left, right) => compare(left.subject, right.subject) || compare(left.sha256, right.sha256))
  const trusted = [...trust.values()].filter(Boolean).length
  if (roots.length !== trusted) {
    throw new Error(`${trusted} roots are trusted for e-mail, ${roots.length} have a certificate`)
  }
  const module = objects.find(([kind]) => kind === 'module')?.[1] ?? ''
  return { source: { version, module, generated: new Date().toISOString().slice(0, 10) }, roots }
}

/** Whether each root may vouch for e-mail, by the certificate's SHA-1. A value that isn't known, or a second one, is refused. */
function emailTrustIn(objects: readonly string[][]): Map<string, boolean> {
  const trust = new Map<string, boolean>()
  for (const [kind, sha1 = '', value = ''] of objects) {
    if (kind !== 'trust') continue
    const isTrusted = value === trustedDelegator
    if (!isTrusted && !withoutTrust.includes(value)) throw new Error(`${sha1} has the unknown trust ${value}`)
    // What is distrusted by its issuer and serial number alone has no certificate here.
    if (sha1 === '-' && !isTrusted) continue
    if (trust.has(sha1)) throw new Error(`${sha1} has two trust objects`)
    trust.set(sha1, isTrusted)
  }
  return trust
}

function rootOf(der: Uint8Array, date: string): MozillaRootFile['roots'][number] {
  const { subject, sha256 } = expectSuccess(parseCertificate(der))
  const time = date === '-' ? undefined : soleElement(derElement(utcTime, latin1Bytes(date)), 'date')
  return {
    subject: subject.text,
    key: nameKey(subject),
    sha256,
    ...(time ? { distrustAfter: timeOfElement(time, 'date').toISOString() } : {}),
    der: base64Text(der),
  }
}

/** By code units: the order must not depend on the machine's language. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
