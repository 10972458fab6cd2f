import { expect, it } from 'vitest'
import { derBitString, derOid, derSequence } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { readPublicKeyInfo } from './keyInfo.ts'

it('a curve that is not computed here is called by its name, or its number where it has none that people know', () => {
  const on = (curve: string) =>
    readPublicKeyInfo(
      derSequence(derSequence(derOid(oids.ecPublicKey), derOid(curve)), derBitString(new Uint8Array(65))),
    )
  expect(on('1.3.36.3.3.2.8.1.1.7')).toMatchObject({
    error: { code: 'unsupported-algorithm', algorithm: 'brainpoolP256r1' },
  })
  expect(on('1.3.132.0.16')).toMatchObject({ error: { code: 'unsupported-algorithm', algorithm: '1.3.132.0.16' } })
  expect(on(oids.p256)).toMatchObject({ value: { kind: { kind: 'ec', curve: 'P-256' } } })
})
