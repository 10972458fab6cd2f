/** Servers for tests: certificates of every kind, and a server that follows a script and keeps what it is told. */

import { createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'

const day = 86_400_000

export interface TestAuthority {
  readonly ca: string
  readonly certificate: Certificate
  readonly key: PrivateKeyHandle
}

export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

export async function testServerAuthority(): Promise<TestAuthority> {
  const { pkcs8, publicKeyInfo } = await generateKey('ec-p256')
  const key = expectSuccess(openPrivateKey(pkcs8))
  const der = await issueCertificate({
    subject: { commonName: 'Test servers' },
    publicKeyInfo,
    issuer: { name: 'self', key },
    serial: systemRandom(12),
    notBefore: new Date(Date.now() - 400 * day),
    notAfter: new Date(Date.now() + 400 * day),
    ca: {},
    keyUsage: ['keyCertSign', 'cRLSign'],
  })
  return { ca: writePem('CERTIFICATE', der), certificate: expectSuccess(parseCertificate(der)), key }
}

/** A server's certificate: for localhost, valid now and from `authority`, unless something else is asked for. */
export async function serverCertificate(
  authority: TestAuthority,
  odd: { readonly names?: readonly string[]; readonly expired?: true; readonly selfSigned?: true } = {},
): Promise<ServerCertificate> {
  const { pkcs8, publicKeyInfo } = await generateKey('ec-p256')
  const key = expectSuccess(openPrivateKey(pkcs8))
  const names = odd.names ?? ['localhost']
  const der = await issueCertificate({
    subject: { commonName: names[0] ?? 'server' },
    dnsNames: names,
    publicKeyInfo,
    issuer: odd.selfSigned ? { name: 'self', key } : { name: authority.certificate, key: authority.key },
    serial: systemRandom(12),
    notBefore: new Date(Date.now() - 100 * day),
    notAfter: new Date(Date.now() + (odd.expired ? -10 : 100) * day),
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  })
  return { cert: writePem('CERTIFICATE', der), key: writePem('PRIVATE KEY', pkcs8) }
}

export interface ServerCertificates {
  readonly authority: TestAuthority
  readonly good: ServerCertificate
  readonly wrongName: ServerCertificate
  readonly expired: ServerCertificate
  readonly selfSigned: ServerCertificate
}

/** One server's certificate as it should be, and with each thing that can be wrong with it. */
export async function serverCertificates(otherName: string): Promise<ServerCertificates> {
  const authority = await testServerAuthority()
  return {
    authority,
    good: await serverCertificate(authority),
    wrongName: await serverCertificate(authority, { names: [otherName] }),
    expired: await serverCertificate(authority, { expired: true }),
    selfSigned: await serverCertificate(authority, { selfSigned: true }),
  }
}

export interface ScriptedServer {
  readonly port: number
  /** Everything that was received, in plain text or after TLS was taken off. */
  heard(): string
  close(): Promise<void>
}

/** One client's conversation with a scripted server. */
export interface Conversation {
  say(text: string): void
  /** Speaks TLS from here on. */
  startTls(certificate: ServerCertificate): void
  hangUp(): void
}

/** What a server says: called with "" when a client connects and then with each line that it says. */
export type Script = (line: string, conversation: Conversation) => void

/** A server that follows a script; with a certificate it speaks TLS from the first byte. */
export function scriptedServer(answer: Script, implicitTls?: ServerCertificate): Promise<ScriptedServer> {
  const sockets = new Set<Socket>()
  let heard = ''

  const server = createServer((plain) => {
    let socket: Socket = plain
    let rest = ''
    const listen = (to: Socket) => {
      sockets.add(to)
      // A client that leaves in the middle of a sentence is what these tests are about.
      to.on('error', () => to.destroy())
      to.on('data', onData)
    }
    const onData = (chunk: Buffer) => {
      heard += chunk.toString('latin1')
      rest += chunk.toString('latin1')
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end)
        rest = rest.slice(end + 2)
        answer(line, conversation)
      }
    }
    const secured = (certificate: ServerCertificate): TLSSocket =>
      new TLSSocket(plain, { isServer: true, secureContext: createSecureContext(certificate) })
    const conversation: Conversation = {
      say: (text) => {
        socket.write(text)
      },
      startTls(certificate) {
        plain.removeListener('data', onData)
        socket = secured(certificate)
        listen(socket)
      },
      hangUp: () => socket.destroy(),
    }
    if (implicitTls) {
      plain.on('error', () => plain.destroy())
      sockets.add(plain)
      socket = secured(implicitTls)
    }
    listen(socket)
    answer('', conversation)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        heard: () => heard,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy()
            server.close(() => closed())
          }),
      })
    })
  })
}

/** A scripted server for the running test; it is closed when that ends. */
export async function serverOfTest(script: Script, implicitTls?: ServerCertificate): Promise<ScriptedServer> {
  const server = await scriptedServer(script, implicitTls)
  onTestFinished(() => server.close())
  return server
}
