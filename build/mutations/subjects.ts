/**
 * The messages that are mutated: everything that Siegel writes, and some that others wrote, each with a good signature or an
 * authentic cipher whose loss must show. All are written to one folder, from which the workers read them.
 */

import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { derExplicit, derInteger, derOctetString, derOid, derSequence } from '../../electron/asn1/der.ts'
import { oids } from '../../electron/asn1/oids.ts'
import { base64Bytes, base64Text, latin1Bytes, latin1Text } from '../../electron/base/bytes.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import { readCertificates } from '../../electron/certificates/certificate.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../../electron/certificates/testPki.ts'
import { base64Lines } from '../../electron/mime/canonical.ts'
import type { Letter, SealOptions } from '../../electron/smime/letter.ts'
import { sealLetter } from '../../electron/smime/seal.ts'
import { personOf } from '../../electron/smime/testPeople.ts'
import { corpus } from '../corpora.ts'

/** As they are written to the folder: DER and messages in base64. */
export interface Subjects {
  readonly anchors: readonly string[]
  readonly keys: readonly { readonly certificate: string; readonly pkcs8: string }[]
  /** The time at which certificates are judged, in ISO 8601. */
  readonly at: string
  readonly messages: readonly { readonly name: string; readonly bytes: string }[]
}

const file = 'subjects.json'

/** The subjects that an earlier run left in `folder`, so that its failures can be made again. */
export function keptSubjects(folder: string): Subjects | undefined {
  return existsSync(join(folder, file)) ? JSON.parse(readFileSync(join(folder, file), 'utf8')) : undefined
}

export async function writeSubjects(folder: string): Promise<Subjects> {
  const subjects = await makeSubjects()
  writeFileSync(join(folder, file), JSON.stringify(subjects))
  return subjects
}

type Sealing = Omit<SealOptions, 'random'>

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

function ed25519Key(): Pick<TestEntity, 'pkcs8'> {
  return { pkcs8: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }) }
}

const attachment = Uint8Array.from({ length: 600 }, (_, index) => (index * 7) & 0xff)

function letterFrom(address: string, more: Partial<Letter> = {}): Letter {
  return {
    from: { name: 'Anna Berger', address },
    to: [{ name: 'Jonas', address: 'jonas@sandbox.example' }],
    cc: [{ name: '', address: 'eda@sandbox.example' }],
    subject: 'The contract',
    date: testNow,
    messageId: '<contract@sandbox.example>',
    text: 'Dear Jonas,\n\npay 100 to account 4711.\n\nGrüße\n',
    attachments: [],
    ...more,
  }
}

const attached = {
  attachments: [
    {
      name: 'contract.bin',
      mediaType: 'application/octet-stream',
      size: attachment.length,
      open: async function* () {
        yield attachment
      },
    },
  ],
}

/** The fields of the body's structure and the body, apart from the fields of the envelope. */
function takenApart(message: Uint8Array): { envelope: string; entity: string } {
  const text = latin1Text(message)
  const end = text.indexOf('\r\n\r\n')
  const fields = text.slice(0, end).split(/\r\n(?![ \t])/)
  const structural = fields.filter((field) => /^content-/i.test(field))
  const envelope = fields.filter((field) => !/^content-/i.test(field))
  return { envelope: `${envelope.join('\r\n')}\r\n`, entity: `${structural.join('\r\n')}${text.slice(end)}` }
}

function cmsEntity(smimeType: string, der: Uint8Array): string {
  const type = `Content-Type: application/pkcs7-mime; smime-type=${smimeType}; name=smime.p7m`
  return `${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(der)}`
}

/** RFC 3274 §1.1: Siegel reads it and never writes it. */
function compressed(content: string): Uint8Array {
  const info = derSequence(derOid(oids.data), derExplicit(0, derOctetString(deflateSync(latin1Bytes(content)))))
  const data = derSequence(derInteger(0), derSequence(derOid(oids.zlibCompress)), info)
  return derSequence(derOid(oids.compressedData), derExplicit(0, data))
}

async function makeSubjects(): Promise<Subjects> {
  const root = await testAuthority('Mutation Root')
  const issuing = await testAuthority('Mutation Issuing CA', { issuer: root, keyType: 'rsa-2048' })
  const anna = await testPerson('anna@sandbox.example', { issuer: issuing })
  const jonas = await testPerson('jonas@sandbox.example', { issuer: issuing, keyType: 'rsa-2048' })
  const eda = await testPerson('eda@sandbox.example', { issuer: root, keyOf: ed25519Key() })

  const chain = [issuing.certificate]
  const by = ({ certificate, key }: TestEntity, more: object = {}): Pick<Sealing, 'sign'> => ({
    sign: { certificate, chain, key, signingTime: testNow, ...more },
  })
  const recipients = [anna, jonas].map(({ certificate }) => ({ certificate }))
  const to = (cipher: NonNullable<Sealing['encrypt']>['cipher']): Pick<Sealing, 'encrypt'> => ({
    encrypt: { recipients, cipher },
  })
  const messages = new Map<string, Uint8Array>()
  const seal = async (letter: Letter, options: Sealing): Promise<Uint8Array> =>
    bytesOf(expectSuccess(await sealLetter(letter, { ...options, random: systemRandom })))
  const add = async (name: string, options: Sealing, letter = letterFrom('anna@sandbox.example')) =>
    messages.set(name, await seal(letter, options)).get(name) as Uint8Array

  const clear = await add('clear-signed, EC', by(anna))
  const fromJonas = letterFrom('jonas@sandbox.example', { subject: 'Another contract', text: 'Pay nothing.\n' })
  await add('clear-signed, RSA, SHA-512', by(jonas, { digest: 'sha512' }), fromJonas)
  await add('clear-signed, Ed25519', by(eda), letterFrom('eda@sandbox.example', attached))
  await add('clear-signed, header not protected', { ...by(anna), headerProtection: false })
  await add('opaque, EC, attached file', by(anna, { opaque: true }), letterFrom('anna@sandbox.example', attached))
  await add('opaque, RSA', by(jonas, { opaque: true }), fromJonas)
  await add('CBC only', to('aes-256-cbc'))
  await add('GCM only', to('aes-256-gcm'))
  await add('signed, CBC', { ...by(anna), ...to('aes-128-cbc') })
  await add(
    'signed, GCM, attached file',
    { ...by(anna), ...to('aes-256-gcm') },
    letterFrom(anna.certificate.emails[0] ?? '', attached),
  )
  await add('opaque, GCM', { ...by(jonas, { opaque: true }), ...to('aes-128-gcm') }, fromJonas)

  await add('clear-signed, RSASSA-PSS', by(jonas, { padding: 'pss' }), fromJonas)
  const besides = { certificate: jonas.certificate, chain, key: jonas.key }
  await add('two signers', by(anna, { alsoBy: [besides] }))
  await add('triple-wrapped', { ...by(anna), ...to('aes-128-cbc'), tripleWrap: true })

  const { envelope, entity } = takenApart(clear)
  messages.set('compressed', latin1Bytes(envelope + cmsEntity('compressed-data', compressed(entity))))

  const own = [anna, jonas].map(({ certificate, pkcs8 }) => ({ certificate: certificate.der, pkcs8 }))
  const others = corpusSubjects()
  for (const [name, bytes] of others.messages) messages.set(name, bytes)
  return {
    anchors: [root.certificate.der, ...others.anchors].map(base64Text),
    keys: [...own, ...others.keys].map((pair) => ({
      certificate: base64Text(pair.certificate),
      pkcs8: base64Text(pair.pkcs8),
    })),
    at: testNow.toISOString(),
    messages: [...messages].map(([name, bytes]) => ({ name, bytes: base64Text(bytes) })),
  }
}

interface CorpusSubjects {
  readonly anchors: readonly Uint8Array[]
  readonly keys: readonly { readonly certificate: Uint8Array; readonly pkcs8: Uint8Array }[]
  readonly messages: ReadonlyMap<string, Uint8Array>
}

/** Mails of RFC 9788 by RFC 9216's Alice, where the test data is present. */
function corpusSubjects(): CorpusSubjects {
  const people = corpus('rfc9216')
  const mails = corpus('rfc9788')
  if (!people || !mails) return { anchors: [], keys: [], messages: new Map() }
  const anchors = expectSuccess(readCertificates(readFileSync(join(people, 'ca.rsa.crt'))))
  const { certificate } = personOf(people, 'bob').decryption
  const pem = readFileSync(join(people, 'bob.encrypt.key'), 'latin1')
  const pkcs8 = base64Bytes(pem.replace(/-----[^-]+-----|\s/g, ''))
  const names = [
    'smime-one-part-complex-hp.eml',
    'smime-multipart-complex-hp.eml',
    'smime-multipart-complex-rfc8551hp.eml',
    'smime-signed-enc-hp-shy-legacy.eml',
    'smime-enc-signed-complex-rfc8551hp-baseline.eml',
  ]
  return {
    anchors: anchors.map(({ der }) => der),
    keys: [{ certificate: certificate.der, pkcs8 }],
    messages: new Map(names.map((name) => [name, readFileSync(join(mails, name))])),
  }
}
