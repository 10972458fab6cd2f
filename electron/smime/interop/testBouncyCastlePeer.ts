/** For tests: Bouncy Castle for Java, asked by BouncyCastlePeer.java, which runs once for all cells. */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { KeyName, SignatureRow } from './testCells.ts'
import type { Correspondents } from './testCorrespondents.ts'
import { type Peer, PeerRefusal, workFolder } from './testPeer.ts'

/** Where Debian's libbcmail-java puts them. */
const jars = ['bcmail', 'bcpkix', 'bcprov', 'bcutil'].map((name) => `/usr/share/java/${name}.jar`)
const source = fileURLToPath(new URL('./BouncyCastlePeer.java', import.meta.url))

const digestText = { sha256: 'SHA256', sha384: 'SHA384', sha512: 'SHA512' } as const

function algorithmOf({ key, padding, digest }: SignatureRow): string {
  if (key === 'ed25519') return 'Ed25519'
  if (padding === 'pss') return `${digestText[digest]}withRSAandMGF1`
  return `${digestText[digest]}with${key === 'rsa' ? 'RSA' : 'ECDSA'}`
}

export async function bouncyCastlePeer({ people }: Correspondents): Promise<Peer | undefined> {
  if (!jars.every(existsSync) || spawnSync('javac', ['-version']).error) return undefined
  const folder = workFolder()
  const compiled = spawnSync('javac', ['-nowarn', '-cp', jars.join(':'), '-d', folder.path(''), source])
  if (compiled.status !== 0) throw new Error(`${compiled.stderr}`)
  const machine = spawn('java', ['-cp', [folder.path(''), ...jars].join(':'), 'BouncyCastlePeer'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: machine.stdout })[Symbol.asyncIterator]()
  for (const [name, person] of Object.entries(people)) {
    folder.file(`${name}.crt`, person.certificate.der)
    folder.file(`${name}.key`, person.pkcs8)
  }
  /** `choice` is the form of a signature or the cipher of an envelope. */
  async function ask(action: string, algorithm: string, choice: string, key: KeyName, input: Uint8Array) {
    const files = [
      folder.path(`${key}.crt`),
      folder.path(`${key}.key`),
      folder.file('input', input),
      folder.path('output'),
      folder.path('content'),
    ]
    machine.stdin.write(`${[action, algorithm, choice, ...files].join('\t')}\n`)
    const { value = 'refused ' } = await answers.next()
    if (value === 'ok') return folder.read('output')
    throw new PeerRefusal(Buffer.from(value.slice('refused '.length), 'base64').toString().trim())
  }
  const version = Buffer.from(await ask('version', '', '', 'rsa', new Uint8Array())).toString()
  const managing = ({ key, transport }: { key: KeyName; transport: string }) =>
    key === 'rsa' ? transport : 'agreement'
  return {
    name: `Bouncy Castle ${version}`,
    sign: (row, content, form) => ask('sign', algorithmOf(row), form, row.key, content),
    async verify(row, signed, content, form) {
      folder.file('content', content)
      await ask('verify', '', form, row.key, signed)
    },
    encrypt: (row, content) => ask('encrypt', managing(row), row.cipher, row.key, content),
    decrypt: (row, encrypted) => ask('decrypt', managing(row), row.cipher, row.key, encrypted),
    close() {
      machine.stdin.end()
      folder.remove()
    },
  }
}
