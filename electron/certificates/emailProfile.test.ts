import { expect, it } from 'vitest'
import { derBitString, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { publicKeyBitsOf } from '../crypto/keyInfo.ts'
import type { Certificate } from './certificate.ts'
import { allowsEncryption, allowsSigning, checkEndPurpose } from './emailProfile.ts'
import { testPerson } from './testPki.ts'

it('an RSA key that calls itself RSASSA-PSS signs, and nobody encrypts to it, whatever its certificate says', async () => {
  const { certificate } = await testPerson('anna@example.org', { keyType: 'rsa-2048' })
  expect([allowsSigning(certificate), allowsEncryption(certificate)]).toEqual([true, true])
  const bits = publicKeyBitsOf(certificate.publicKeyInfo) ?? new Uint8Array()
  const publicKeyInfo = derSequence(derSequence(derOid(oids.rsassaPss)), derBitString(bits))
  const pss: Certificate = { ...certificate, publicKeyInfo }
  expect([allowsSigning(pss), allowsEncryption(pss)]).toEqual([true, false])
  expect(checkEndPurpose(pss, 'sign')).toEqual([])
  expect(checkEndPurpose(pss, 'encrypt')).toMatchObject([
    { code: 'key-cannot-encrypt', data: { algorithm: 'rsa-pss' } },
  ])
})
