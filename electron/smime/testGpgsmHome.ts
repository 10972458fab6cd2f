/** For tests: the gpgsm command with a home folder of its own, an agent that asks nobody, and one trusted root. */

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePem } from '../asn1/pem.ts'
import { hexText } from '../base/bytes.ts'
import type { TestEntity } from '../certificates/testPki.ts'
import { digestOf } from '../crypto/digest.ts'

export interface GpgsmHome {
  /** Writes a file and gives its path. */
  file(name: string, bytes: Uint8Array | string): string
  read(name: string): Buffer
  path(name: string): string
  run(...arguments_: readonly string[]): { status: number | null; output: Buffer; messages: string }
  importCertificate(person: TestEntity): void
  importKey(name: string, person: TestEntity): void
  remove(): void
}

export function gpgsmPresent(): boolean {
  return spawnSync('gpgsm', ['--version']).status === 0 && spawnSync('openssl', ['version']).status === 0
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
  // Answers every question for a passphrase with the same word.
  file(
    'pinentry',
    '#!/bin/sh\necho OK\nwhile read -r line; do\n  case "$line" in GETPIN*) echo "D test";; BYE*) echo OK; exit;; esac\n  echo OK\ndone\n',
  )
  chmodSync(path('pinentry'), 0o700)
  file('gpg-agent.conf', `pinentry-program ${path('pinentry')}\n`)
  file('trustlist.txt', `${hexText(digestOf('sha1', root.certificate.der)).toUpperCase()} S relax\n`)
  const run: GpgsmHome['run'] = (...arguments_) => {
    const done = spawnSync('gpgsm', ['--batch', '--yes', '--disable-crl-checks', '--disable-dirmngr', ...arguments_], {
      env: environment,
      maxBuffer: 64 * 1_048_576,
      timeout: 30_000,
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
    importKey(name, person) {
      const certificate = file(`${name}.crt`, certificatePem(person))
      const key = file(`${name}.key`, writePem('PRIVATE KEY', person.pkcs8))
      const container = path(`${name}.p12`)
      execFileSync('openssl', [
        ...['pkcs12', '-export', '-in', certificate, '-inkey', key, '-out', container, '-passout', 'pass:test'],
        ...['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
      ])
      must(run('--import', container))
    },
    remove() {
      spawnSync('gpgconf', ['--kill', 'all'], { env: environment })
      rmSync(folder, { recursive: true, force: true })
    },
  }
  home.importCertificate(root)
  return home
}
