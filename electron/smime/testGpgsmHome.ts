/** For tests: the gpgsm command with a home folder of its own, an agent that asks nobody, and one trusted root. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePem } from '../asn1/pem.ts'
import { hexText } from '../base/bytes.ts'
import type { TestEntity } from '../certificates/testPki.ts'
import { digestOf } from '../crypto/digest.ts'
import { agentKey } from './testAgentKey.ts'

export interface GpgsmHome {
  /** Writes a file and gives its path. */
  file(name: string, bytes: Uint8Array | string): string
  read(name: string): Buffer
  path(name: string): string
  run(...arguments_: readonly string[]): { status: number | null; output: Buffer; messages: string }
  importCertificate(person: TestEntity): void
  /** Imports the certificate and lays its key where the agent looks for it. */
  importKey(person: TestEntity): void
  remove(): void
}

export function gpgsmPresent(): boolean {
  return spawnSync('gpgsm', ['--version']).status === 0
}

function sha1Of({ certificate }: TestEntity): string {
  return hexText(digestOf('sha1', certificate.der)).toUpperCase()
}

export function gpgsmHome(root: TestEntity): GpgsmHome {
  // Short, because the agent's socket has to fit into 108 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'sg-'))
  chmodSync(folder, 0o700)
  const path = (name: string) => join(folder, name)
  const file = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(path(name), bytes)
    return path(name)
  }
  const environment = { ...process.env, GNUPGHOME: folder, LC_ALL: 'C' }
  file('trustlist.txt', `${sha1Of(root)} S relax\n`)
  const run: GpgsmHome['run'] = (...arguments_) => {
    const done = spawnSync('gpgsm', ['--batch', '--yes', '--disable-crl-checks', '--disable-dirmngr', ...arguments_], {
      env: environment,
      maxBuffer: 64 * 1_048_576,
      timeout: 120_000,
    })
    return { status: done.status, output: done.stdout, messages: done.stderr.toString() }
  }
  const must = (done: ReturnType<GpgsmHome['run']>) => {
    if (done.status !== 0) throw new Error(done.messages)
  }
  const certificatePem = (person: TestEntity) => writePem('CERTIFICATE', person.certificate.der)
  const home: GpgsmHome = {
    file,
    path,
    run,
    read: (name) => readFileSync(path(name)),
    importCertificate: (person) => must(run('--import', file('certificate.pem', certificatePem(person)))),
    importKey(person) {
      home.importCertificate(person)
      const listed = run('--with-colons', '--with-keygrip', '--list-keys', sha1Of(person)).output.toString()
      const keygrip = /^grp:{9}([0-9A-F]{40}):/m.exec(listed)?.[1]
      if (keygrip === undefined) throw new Error(`no keygrip in ${listed}`)
      mkdirSync(path('private-keys-v1.d'), { recursive: true, mode: 0o700 })
      file(join('private-keys-v1.d', `${keygrip}.key`), agentKey(person.pkcs8))
    },
    remove() {
      spawnSync('gpgconf', ['--kill', 'all'], { env: environment })
      rmSync(folder, { recursive: true, force: true })
    },
  }
  home.importCertificate(root)
  return home
}
