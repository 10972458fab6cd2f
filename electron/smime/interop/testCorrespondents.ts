/** For tests: one root and one person per kind of key, valid today, because the other programs look at the machine's clock. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { systemRandom } from '../../base/random.ts'
import { type TestEntity, testAuthority, testPerson } from '../../certificates/testPki.ts'
import { writePkcs12 } from '../../keystore/pkcs12/write.ts'
import type { KeyName } from './testCells.ts'

export interface Correspondents {
  readonly root: TestEntity
  readonly people: Readonly<Record<KeyName, TestEntity>>
}

/** The password of every container, and whatever else a program wants one for. */
export const containerPassword = 'test'

const keyPairs: Readonly<Record<KeyName, () => { privateKey: KeyObject }>> = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: () => generateKeyPairSync('ed25519'),
  x25519: () => generateKeyPairSync('x25519'),
}

const keyUsages = {
  rsa: ['digitalSignature', 'keyEncipherment'],
  p256: ['digitalSignature', 'keyAgreement'],
  p384: ['digitalSignature', 'keyAgreement'],
  p521: ['digitalSignature', 'keyAgreement'],
  ed25519: ['digitalSignature'],
  x25519: ['keyAgreement'],
} as const

export function addressOf(name: KeyName): string {
  return `${name}@interop.example`
}

export async function makeCorrespondents(): Promise<Correspondents> {
  const now = Date.now()
  const validity = { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + 30 * 86_400_000) }
  const root = await testAuthority('Interop Root', { keyType: 'rsa-2048' }, validity)
  const person = (name: KeyName) => {
    const pkcs8 = keyPairs[name]().privateKey.export({ type: 'pkcs8', format: 'der' })
    return testPerson(
      addressOf(name),
      { issuer: root, keyOf: { pkcs8 } },
      { ...validity, keyUsage: [...keyUsages[name]] },
    )
  }
  const names = Object.keys(keyPairs) as KeyName[]
  const people = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await person(name)] as const)))
  return { root, people: people as Record<KeyName, TestEntity> }
}

/** A PKCS#12 file in the old, widely readable form. */
export function containerOf(person: TestEntity, friendlyName: string): Promise<Uint8Array> {
  return writePkcs12({
    pkcs8: person.pkcs8,
    certificateDer: person.certificate.der,
    chain: [],
    friendlyName,
    password: containerPassword,
    profile: 'compatible',
    random: systemRandom,
    iterations: 1000,
  })
}
