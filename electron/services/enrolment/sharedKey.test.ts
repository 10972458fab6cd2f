/** Two certificates for one key, once the person has said that others have that key. */

import { expect, it } from 'vitest'
import { expectSuccess } from '../../base/result.ts'
import { parseCertificate } from '../../certificates/certificate.ts'
import { issueCertificate } from '../../certificates/issue.ts'
import { testAuthority } from '../../certificates/testPki.ts'
import { signerFor } from '../mail/senders.ts'
import { clientOf, testServices } from '../testServices.ts'
import { keyPorts } from './enrolmentPorts.ts'
import { markRevoked } from './revokeIdentity.ts'

const address = 'anna@sandbox.example'
const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000)
const validity = { notBefore: fromNow(-10), notAfter: fromNow(300) }

async function twoForOneKey() {
  const context = await testServices()
  const root = await testAuthority('Root', {}, validity)
  expectSuccess(context.application.trust.add(root.certificate, ''))
  const keys = keyPorts(context)
  const { keyId } = expectSuccess(await keys.generate('ec-p256'))
  const key = expectSuccess(await keys.open(keyId))
  const ids: string[] = []
  for (const serial of [1, 2]) {
    const der = await issueCertificate({
      subject: { commonName: address },
      emails: [address],
      serial: Uint8Array.of(serial),
      ...validity,
      keyUsage: ['digitalSignature', 'keyAgreement'],
      publicKeyInfo: key.publicKeyInfo,
      issuer: { name: root.certificate, key: root.key },
    })
    const certificate = expectSuccess(parseCertificate(der))
    ids.push(expectSuccess(await keys.install({ keyId, certificate, chain: [] })).identityId)
  }
  key.close()
  return { context, ids: ids as [string, string] }
}

it('A key that others have serves none of its certificates any more, and none of them is put back into use', async () => {
  const { context, ids } = await twoForOneKey()
  markRevoked(context, ids[0], 'keyCompromise')
  expect(signerFor(context, address, new Date())).toBeUndefined()
  expect(await clientOf(context).identities.list()).toMatchObject([
    { state: 'revoked', retired: true },
    { state: 'revoked', retired: true },
  ])
  await expect(clientOf(context).identities.retire({ id: ids[1], retired: false })).rejects.toMatchObject({
    code: 'identity-revoked',
  })
})

it('Any other reason is about the one certificate', async () => {
  const { context, ids } = await twoForOneKey()
  markRevoked(context, ids[0], 'superseded')
  expect(signerFor(context, address, new Date())?.identity.id).toBe(ids[1])
})
