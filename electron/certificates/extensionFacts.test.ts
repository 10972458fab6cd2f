import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { extensionFacts } from './extensionFacts.ts'
import { extensionOids } from './extensions.ts'
import { testAuthority, testPerson } from './testPki.ts'

const root = await testAuthority('Root', {}, { ca: { pathLength: 1 } })
const anna = await testPerson('anna@example.org', { issuer: root })

describe('the facts of an extension', () => {
  it('are what it says, under labels that have words', () => {
    const of = (oid: string) => extensionFacts(anna.certificate.extensions, oid)
    expect(of(extensionOids.keyUsage)).toEqual([
      { label: 'usage', value: 'digitalSignature' },
      { label: 'usage', value: 'keyAgreement' },
    ])
    expect(of(extensionOids.extendedKeyUsage)).toEqual([
      { label: 'purpose', value: 'emailProtection (1.3.6.1.5.5.7.3.4)' },
    ])
    expect(of(extensionOids.subjectAltName)).toEqual([{ label: 'rfc822Name', value: 'anna@example.org' }])
    expect(extensionFacts(root.certificate.extensions, extensionOids.basicConstraints)).toEqual([
      { label: 'ca', value: 'yes' },
      { label: 'pathLength', value: '1' },
    ])
  })

  it('are none for one that nobody decodes, and for one that can not be read', () => {
    expect(extensionFacts(anna.certificate.extensions, '1.2.3.4')).toEqual([])
    const malformed = {
      all: [{ oid: extensionOids.keyUsage, critical: true, value: utf8Bytes('?') }],
      malformed: [extensionOids.keyUsage],
    }
    expect(extensionFacts(malformed, extensionOids.keyUsage)).toEqual([])
  })

  it('are 200 of 10,000 names and the number of the others', async () => {
    const emails = Array.from({ length: 10_000 }, (_, index) => `a${index}@example.org`)
    const crowded = await testPerson('a0@example.org', { issuer: root }, { emails })
    const facts = extensionFacts(crowded.certificate.extensions, extensionOids.subjectAltName)
    expect(facts).toHaveLength(201)
    expect(facts.at(-1)).toEqual({ label: 'more', value: '9800' })
  })
})
