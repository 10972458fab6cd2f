import { describe, expect, it } from 'vitest'
import { derElement, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Bytes } from '../../base/bytes.ts'
import { testPerson } from '../testPki.ts'
import { issuerUrlsOf, listSourcesOf } from './sources.ts'
import { distributionPoints, placeOf, uriName } from './testCrl.ts'

async function sources(...points: readonly (readonly string[])[]) {
  const extensions = [distributionPoints(...points.map((uris) => [placeOf(...uris.map(uriName))]))]
  const { certificate } = await testPerson('anna@sandbox.example', {}, { extensions })
  return listSourcesOf(certificate.extensions.crlDistributionPoints)
}

describe('the places of a list', () => {
  it('are the http: and https: addresses of each distribution point (RFC 5280 §4.2.1.13)', async () => {
    expect(await sources(['http://a.example/1', 'HTTPS://b.example/1'], ['http://a.example/2'])).toEqual({
      lists: [['http://a.example/1', 'HTTPS://b.example/1'], ['http://a.example/2']],
      unsupported: [],
    })
    expect(listSourcesOf()).toEqual({ lists: [], unsupported: [] })
  })

  it('of another kind are named only where there is no other', async () => {
    const ldap = 'ldap://directory.example/cn=CA'
    expect(await sources([ldap, 'http://a.example/1'])).toEqual({ lists: [['http://a.example/1']], unsupported: [] })
    expect(await sources([ldap], ['file:///etc/passwd'])).toEqual({
      lists: [],
      unsupported: [ldap, 'file:///etc/passwd'],
    })
  })

  it('are few and short, whoever wrote them', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `http://a.example/${index}`)
    expect((await sources(many)).lists).toEqual([many.slice(0, 3)])
    expect((await sources(...many.map((url) => [url]))).lists).toHaveLength(4)
    expect((await sources([`http://a.example/${'x'.repeat(2_000)}`])).lists).toEqual([])
  })
})

it('the places of an issuer are those of id-ad-caIssuers that HTTP reaches (§4.2.2.1)', async () => {
  const description = (method: string, url: string) => derSequence(derOid(method), derElement(0x86, latin1Bytes(url)))
  const value = derSequence(
    description(oids.ocsp, 'http://ocsp.example/'),
    description(oids.caIssuers, 'ldap://directory.example/'),
    description(oids.caIssuers, 'http://ca.example/ca.cer'),
  )
  const extensions = [{ oid: oids.authorityInfoAccess, critical: false, value }]
  const { certificate } = await testPerson('anna@sandbox.example', {}, { extensions })
  expect(issuerUrlsOf(certificate)).toEqual(['http://ca.example/ca.cer'])
})
