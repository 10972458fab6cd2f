/**
 * Let's Encrypt's test server for RFC 8555, as Debian packages it: a peer that nobody here wrote. Each one listens on loopback
 * under a TLS certificate of its own, whose root only the transport that is handed out trusts.
 */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { oids } from '../../asn1/oids.ts'
import { writePem } from '../../asn1/pem.ts'
import { utf8Text } from '../../base/bytes.ts'
import { systemClock } from '../../base/clock.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { request } from '../../net/https.ts'
import type { AcmeConnection, HttpsQuestion } from './transport.ts'

export const hasPebble = spawnSync('pebble', ['-h']).error === undefined

export interface Pebble {
  readonly connection: AcmeConnection
  /** The questions that it was asked, the last one at the end. */
  readonly asked: readonly HttpsQuestion[]
  /** What its own page says of a certificate: "Valid" or "Revoked", and the number of the reason. */
  statusOf(serialNumber: string): Promise<{ readonly Status?: string; readonly Reason?: number }>
  stop(): Promise<void>
}

/** A start takes a tenth of a second, and on a busy machine some. */
const patienceMs = 120_000
const day = 86_400_000

/**
 * Pebble throws dice to be like real servers: it waits, refuses nonces and knows names again. What is left is one nonce in a
 * hundred; five of them in a row, where the client gives up, come once in ten thousand million requests.
 */
const alike = {
  PEBBLE_VA_NOSLEEP: '1',
  PEBBLE_VA_ALWAYS_VALID: '1',
  PEBBLE_WFE_NONCEREJECT: '1',
  PEBBLE_AUTHZREUSE: '0',
}

/** @param customers the keys by which its customers' accounts are bound (RFC 8555 §7.3.4); whoever has none is refused. */
export async function startPebble(
  environment: Readonly<Record<string, string>> = {},
  customers?: Readonly<Record<string, string>>,
  tries = 5,
): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), 'siegel-pebble-'))
  const lasting = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
  const root = await testAuthority('Pebble on this machine', {}, lasting)
  const host = await testPerson('', { issuer: root }, { ...lasting, ...onLoopback })
  writeFileSync(join(folder, 'cert.pem'), writePem('CERTIFICATE', host.certificate.der))
  writeFileSync(join(folder, 'key.pem'), writePem('PRIVATE KEY', host.pkcs8), { mode: 0o600 })
  const [port, managementPort] = await freePorts()
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: 'cert.pem',
    privateKey: 'key.pem',
    httpPort: 5002,
    tlsPort: 5001,
    ...(customers ? { externalAccountBindingRequired: true, externalAccountMACKeys: customers } : {}),
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ pebble }))
  const server = spawn('pebble', ['-config', 'config.json', '-strict'], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], ...alike, ...environment },
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))

  const ca = writePem('CERTIFICATE', root.certificate.der)
  const asked: HttpsQuestion[] = []
  const directoryUrl = `https://127.0.0.1:${port}/dir`
  const stop = async () => {
    server.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const giveUpAt = Date.now() + patienceMs
  while (!(await request({ url: directoryUrl, ca })).ok) {
    if (Date.now() > giveUpAt || server.exitCode !== null) {
      await stop()
      // Another process may have taken one of the ports.
      if (server.exitCode !== null && tries > 1) return startPebble(environment, customers, tries - 1)
      throw new Error('pebble does not answer')
    }
    await sleep(50)
  }
  return {
    connection: {
      directoryUrl,
      program: { version: '1', language: 'en' },
      clock: systemClock,
      exchange(question) {
        asked.push(question)
        return request({ ...question, ca })
      },
    },
    asked,
    async statusOf(serialNumber) {
      const url = `https://127.0.0.1:${managementPort}/cert-status-by-serial/${serialNumber.replace(/^0+/, '')}`
      return JSON.parse(utf8Text(expectSuccess(await request({ url, ca })).body)) as object
    },
    stop,
  }
}

const onLoopback = {
  subject: { commonName: 'localhost' },
  emails: [],
  dnsNames: ['localhost'],
  ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: [oids.serverAuth],
} as const

/** Ports that were free a moment ago: pebble doesn't say which one it took, and so can't be asked to choose. */
async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()]
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
