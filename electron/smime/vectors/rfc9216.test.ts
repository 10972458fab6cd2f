/**
 * The people of RFC 9216 (Alice and Bob with RSA, Carlos and Dana with Ed25519 and X25519) write to each other. The RFC holds no
 * messages: its keys, certificates and cross-certificates are the vectors, and the verdict is what they must lead to.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import type { Report } from '../../../shared/contract/report.ts'
import { concatBytes, utf8Text } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type Certificate, readCertificates } from '../../certificates/certificate.ts'
import { reportOf } from '../../inspect/report.ts'
import { type OpenedMessage, openMessage } from '../open.ts'
import { type SealOptions, sealLetter } from '../seal.ts'
import { personOf } from '../testPeople.ts'
import { contentOf } from './testOutcome.ts'

const folder = corpus('rfc9216')
const people = ['alice', 'bob', 'carlos', 'dana'] as const
type Name = (typeof people)[number]

const person = (name: Name) => personOf(folder ?? '', name)
const authorityOf = (name: string): Certificate => {
  const [certificate] = expectSuccess(readCertificates(readFileSync(join(folder ?? '', `${name}.crt`))))
  if (!certificate) throw new Error(`no certificate in ${name}`)
  return certificate
}

const at = new Date('2026-06-01T12:00:00Z')
const text = 'Hello everybody.\r\n'

async function sealed(from: Name, options: Omit<SealOptions, 'random'>): Promise<Uint8Array> {
  const letter = {
    from: { name: '', address: person(from).address },
    to: people.map((name) => ({ name: '', address: person(name).address })),
    cc: [],
    subject: 'To all of us',
    date: at,
    messageId: '<1@smime.example>',
    text,
    attachments: [],
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of expectSuccess(await sealLetter(letter, { ...options, random: systemRandom })))
    chunks.push(chunk)
  return concatBytes(...chunks)
}

function signedBy(name: Name, chain: readonly Certificate[] = []): Pick<SealOptions, 'sign'> {
  return { sign: { ...person(name).signing, chain, signingTime: at } }
}

async function openedBy(name: Name, mail: Uint8Array): Promise<OpenedMessage> {
  return expectSuccess(await openMessage(mail, { keys: [person(name).decryption] }))
}

function judged(message: OpenedMessage, ...anchors: Certificate[]): Report {
  return reportOf({ message, anchors, intermediates: [], at, now: at })
}

const signers: readonly [Name, string, string, string][] = [
  ['alice', 'ca.rsa', 'ca.25519', 'SHA-256 · RSA PKCS#1 v1.5'],
  ['bob', 'ca.rsa', 'ca.25519', 'SHA-256 · RSA PKCS#1 v1.5'],
  ['carlos', 'ca.25519', 'ca.rsa', 'SHA-512 · Ed25519'],
  ['dana', 'ca.25519', 'ca.rsa', 'SHA-512 · Ed25519'],
]

describe.skipIf(!folder)('the people of RFC 9216', () => {
  it.each(signers)('%s signs, and is trusted by who trusts %s', async (name, own, other, algorithms) => {
    const mail = await sealed(name, signedBy(name))
    const message = await openedBy('alice', mail)
    const { verdict, layers, signers: found } = judged(message, authorityOf(own))
    expect(verdict).toEqual({ signature: 'good', encryption: 'none', level: 'good' })
    expect(layers.map((layer) => Object.values(layer.algorithms).join(' · '))).toEqual([algorithms])
    expect(found.map(({ chain }) => chain.length)).toEqual([2])
    expect(judged(message, authorityOf(other)).verdict).toMatchObject({ signature: 'unknown-issuer', level: 'caution' })
  })

  it.each(signers)('%s is trusted across by who trusts the other CA', async (name, own, other) => {
    const mail = await sealed(name, signedBy(name, [authorityOf(`${own}.cross`)]))
    const { verdict, signers: found } = judged(await openedBy('bob', mail), authorityOf(other))
    expect(verdict).toMatchObject({ signature: 'good', level: 'good' })
    expect(found.map(({ chain }) => chain.length)).toEqual([3])
  })

  it.each(people)('%s reads what the others write', async (name) => {
    const recipients = people.map((each) => ({ certificate: person(each).decryption.certificate }))
    for (const cipher of ['aes-256-cbc', 'aes-128-gcm'] as const) {
      const message = await openedBy(
        name,
        await sealed('dana', { ...signedBy('dana'), encrypt: { recipients, cipher } }),
      )
      const { verdict, layers } = judged(message, authorityOf('ca.25519'))
      expect(verdict).toEqual({
        signature: 'good',
        encryption: 'decrypted',
        level: 'good',
        authenticated: cipher === 'aes-128-gcm',
      })
      const management = name === 'alice' || name === 'bob' ? /^RSA/ : /^X25519/
      expect(layers[0]?.algorithms).toMatchObject({ keyManagement: expect.stringMatching(management) })
      expect(layers[0]?.recipientCount).toBe(people.length)
      expect(layers[0]?.recipients?.filter(({ mine }) => mine).map(({ serial }) => serial)).toEqual([
        person(name).decryption.certificate.serialNumber,
      ])
      expect(await Promise.all(message.parts.map(async (part) => utf8Text(await contentOf(part))))).toEqual([text])
    }
  })

  it('nobody reads what was not written to them', async () => {
    const recipients = [{ certificate: person('carlos').decryption.certificate }]
    const mail = await sealed('alice', { encrypt: { recipients, cipher: 'aes-256-gcm' } })
    for (const name of ['alice', 'bob', 'dana'] as const) expect((await openedBy(name, mail)).encryption).toBe('no-key')
  })
})
