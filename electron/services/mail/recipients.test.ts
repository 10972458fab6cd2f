import { describe, expect, it } from 'vitest'
import { base64Text } from '../../base/bytes.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { testAuthority, testPerson } from '../../certificates/testPki.ts'
import { clientOf, testServices } from '../testServices.ts'

const source = ({ der }: Certificate) => ({ bytes: base64Text(der) })
const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }

describe('a certificate whose root is trusted for other domains only', () => {
  it('serves where the person took it from a file, as one without any root does', async () => {
    const client = clientOf(await testServices())
    const firm = await testAuthority('Firm', {}, validity)
    const { sha256 } = firm.certificate
    const jonas = await testPerson('jonas@firm.example', { issuer: firm }, validity)
    await client.contacts.addFromFile({ source: source(jonas.certificate), fileName: 'jonas.cer' })
    const stateOfJonas = async () => (await client.compose.recipients({ addresses: ['jonas@firm.example'] }))[0]?.state
    expect(await stateOfJonas()).toBe('sealed')
    await client.certificates.addAnchor({ source: source(firm.certificate), sha256, note: '' })
    await client.trust.setScope({ sha256, domains: ['other.example'] })
    expect(await stateOfJonas()).toBe('sealed')
    const chain = await client.certificates.get({ sha256: jonas.certificate.sha256 })
    expect(chain.chain.reasons).toMatchObject([{ code: 'anchor-out-of-scope' }])
  })
})
