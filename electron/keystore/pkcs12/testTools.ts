/** For tests: the programs that read and write PKCS#12, run in a folder of their own, and a key with its certificate. */

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ToolFolder {
  readonly path: string
  /** Standard output; throws with standard error where the program doesn't end with 0. */
  run(command: string, ...args: readonly string[]): string
  has(command: string): boolean
  read(name: string): Buffer
  write(name: string, content: Uint8Array | string): string
  makeFolder(name: string): string
  remove(): void
}

export function toolFolder(): ToolFolder {
  const path = mkdtempSync(join(tmpdir(), 'siegel-pkcs12-'))
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, {
      cwd: path,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // gpgsm keeps its keys where it is told; what people have is left alone.
      env: { ...process.env, GNUPGHOME: path, LC_ALL: 'C.UTF-8' },
      timeout: 120_000,
    })
  return {
    path,
    run,
    has(command) {
      try {
        run('sh', '-c', `command -v ${command}`)
        return true
      } catch {
        return false
      }
    },
    read: (name) => readFileSync(join(path, name)),
    write(name, content) {
      writeFileSync(join(path, name), content)
      return join(path, name)
    },
    makeFolder(name) {
      mkdirSync(join(path, name), { recursive: true })
      return join(path, name)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export type KeyKind = 'rsa' | 'ec' | 'ed25519'

export interface MadePair {
  readonly pkcs8: Uint8Array
  readonly certificateDer: Uint8Array
}

/** A key with a self-signed certificate by openssl: `NAME.key`, `NAME.crt` and the same as DER, `NAME.p8` and `NAME.der`. */
export function makePair(folder: ToolFolder, kind: KeyKind, name: string): MadePair {
  const algorithm = { rsa: ['rsa:2048'], ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], ed25519: ['ed25519'] }[kind]
  const files = ['-noenc', '-keyout', `${name}.key`, '-out', `${name}.crt`]
  const subject = ['-utf8', '-subj', `/CN=Jürgen Groß ${name}/emailAddress=${name}@example.org`, '-days', '3650']
  folder.run('openssl', 'req', '-x509', '-newkey', ...algorithm, ...files, ...subject)
  folder.run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', `${name}.key`, '-outform', 'DER', '-out', `${name}.p8`)
  folder.run('openssl', 'x509', '-in', `${name}.crt`, '-outform', 'DER', '-out', `${name}.der`)
  return { pkcs8: folder.read(`${name}.p8`), certificateDer: folder.read(`${name}.der`) }
}
