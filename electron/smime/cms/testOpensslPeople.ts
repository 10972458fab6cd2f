/** For tests: keys and certificates made by the openssl command in a temporary folder, and the command itself. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPem } from '../../asn1/pem.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'

const command = 'openssl'

export interface Person {
  readonly certificate: Certificate
  readonly key: PrivateKeyHandle
  readonly certificateFile: string
  readonly keyFile: string
}

export interface OpensslPeople {
  readonly folder: string
  person(name: string, keyOptions: readonly string[]): Person
  /** Runs openssl and gives its standard output; throws with what it said on standard error. */
  run(...arguments_: readonly string[]): Buffer
  path(name: string): string
  write(name: string, bytes: Uint8Array): string
  read(name: string): Buffer
  remove(): void
}

/** Whether there is an openssl command that knows CMS. */
export function opensslPresent(): boolean {
  try {
    execFileSync(command, ['cms', '-help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export function opensslPeople(): OpensslPeople {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-cms-'))
  const path = (name: string): string => join(folder, name)
  const run = (...arguments_: readonly string[]): Buffer =>
    execFileSync(command, arguments_, { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1_048_576 })
  return {
    folder,
    path,
    run,
    write(name, bytes) {
      writeFileSync(path(name), bytes)
      return path(name)
    },
    read: (name) => readFileSync(path(name)),
    person(name, keyOptions) {
      const [keyFile, certificateFile] = [path(`${name}.key`), path(`${name}.crt`)]
      run('genpkey', ...keyOptions, '-out', keyFile)
      run(
        ...['req', '-x509', '-new', '-key', keyFile, '-out', certificateFile, '-days', '30', '-subj', `/CN=${name}`],
        ...['-addext', `subjectAltName=email:${name}@example.org`],
        ...['-addext', 'keyUsage=digitalSignature,keyEncipherment,keyAgreement'],
        ...['-addext', 'extendedKeyUsage=emailProtection'],
      )
      const [certificate] = readPem(readFileSync(certificateFile, 'latin1'))
      const pkcs8 = run('pkcs8', '-topk8', '-nocrypt', '-in', keyFile, '-outform', 'DER')
      if (!certificate) throw new Error('openssl made no certificate')
      return {
        certificate: expectSuccess(parseCertificate(certificate.bytes)),
        key: expectSuccess(openPrivateKey(pkcs8)),
        certificateFile,
        keyFile,
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
