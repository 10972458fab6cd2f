/**
 * Writes electron/certificates/roots/mozilla.json: the roots that Mozilla trusts for e-mail, as NSS's module of built-in
 * roots states them. Run by build/emailRoots.mjs; `--module FILE` takes another module than the installed one, `--keys` takes
 * the roots that are in the list already and only spells their names anew.
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

/** Where Debian's libnss3 has put the module, newest place last. */
const modulePlaces = ['/usr/lib/x86_64-linux-gnu/nss/libnssckbi.so', '/usr/lib/x86_64-linux-gnu/libnssckbi.so']
/** CKT_NSS_TRUSTED_DELEGATOR: a root that may vouch. All other values say that it may not. */
const trustedDelegator = 'ce534352'
const utcTime = 0x17

const [option, chosen] = process.argv.slice(2)
const roots = option === '--keys' ? respelled() : rootsIn(objectsOf(chosen ?? installedModule()))
writeFileSync(target, `${JSON.stringify(roots, undefined, 2)}\n`)
const { version, module: moduleVersion } = roots.source
console.log(`${roots.roots.length} roots of NSS ${version} (module ${moduleVersion}) in ${target}`)

function installedModule(): string {
  const file = modulePlaces.find((place) => existsSync(place))
  if (file === undefined) throw new Error('NSS is missing: apt-get install libnss3 libnss3-dev gcc')
  return file
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

function rootsIn(objects: readonly string[][]): MozillaRootFile {
  const trusted = new Set(
    objects.filter(([kind, , trust]) => kind === 'trust' && trust === trustedDelegator).map(([, sha1]) => sha1),
  )
  const found = objects
    .filter(([kind, der]) => kind === 'certificate' && trusted.has(hexText(digestOf('sha1', hexBytes(der ?? '')))))
    .map(([, der, date]) => rootOf(hexBytes(der ?? ''), date ?? '-'))
    .sort((left, right) => compare(left.subject, right.subject) || compare(left.sha256, right.sha256))
  if (found.length !== trusted.size) {
    throw new Error(`${trusted.size} roots are trusted for e-mail, ${found.length} have a certificate`)
  }
  const module = objects.find(([kind]) => kind === 'module')?.[1] ?? ''
  return {
    source: { version: packageVersion(), module, generated: new Date().toISOString().slice(0, 10) },
    roots: found,
  }
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

/** NSS's version as its makers count: "3.87.1" of Debian's "2:3.87.1-1+deb12u4". */
function packageVersion(): string {
  const status = execFileSync('dpkg-query', ['--status', 'libnss3'], { encoding: 'latin1' })
  const stated = /^Version: (?:\d+:)?([\d.]+)/m.exec(status)?.[1]
  if (stated === undefined) throw new Error('dpkg-query states no version of libnss3')
  return stated
}

/** By code units: the order must not depend on the machine's language. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
