import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derElement, derOid, derPrintableString, derSequence, derSet, derUtf8String } from '../asn1/der.ts'
import { concatBytes, utf8Bytes } from '../base/bytes.ts'
import { nameDer } from './issue.ts'
import { type Name, nameKey, nameStartsWith, namesMatch, parseName } from './name.ts'

function nameOf(...values: readonly Uint8Array[]): Name {
  const name = parseName(derSequence(...values.map((value) => derSet(derSequence(derOid('2.5.4.3'), value)))))
  if (!name) throw new Error('not a name')
  return name
}

describe('two distinguished names', () => {
  const base = nameOf(derUtf8String('Anna Berger'))

  it.each([
    ['another string type', derPrintableString('Anna Berger')],
    ['other case', derUtf8String('ANNA berger')],
    ['other white space', derUtf8String('  Anna   Berger ')],
    ['compatible letters', derUtf8String('Ａnna Berger')],
    ['an invisible letter', derUtf8String('An\u200bna Berger')],
    ['UTF-16', derElement(0x1e, Buffer.from('Anna Berger', 'utf16le').swap16())],
  ])('are the same with %s (RFC 5280 §7.1)', (_, value) => {
    expect(namesMatch(base, nameOf(value))).toBe(true)
    expect(nameKey(base)).toBe(nameKey(nameOf(value)))
  })

  it('are the same in whatever order one RDN has its attributes (RFC 5280 §7.1)', () => {
    const attribute = (type: string, text: string) => derSequence(derOid(type), derUtf8String(text))
    const [country, common] = [attribute('2.5.4.6', 'DE'), attribute('2.5.4.3', 'Anna')]
    const [left, right] = [derSet(country, common), derSet(common, country)].map((set) => parseName(derSequence(set)))
    if (!left || !right) throw new Error('not a name')
    expect(namesMatch(left, right)).toBe(true)
  })

  it('in domainComponent are compared without regard to case (RFC 5280 §7.3)', () => {
    const part = (text: string) => derSequence(derOid('0.9.2342.19200300.100.1.25'), derElement(0x16, utf8Bytes(text)))
    const [left, right] = ['xn--BCHER-kva', 'xn--bcher-KVA'].map((text) => parseName(derSequence(derSet(part(text)))))
    if (!left || !right) throw new Error('not a name')
    expect(namesMatch(left, right)).toBe(true)
  })

  it('that are ill-formed or private differ byte by byte, and so does what is no text', () => {
    const illFormed = (...bytes: number[]) => nameOf(derElement(0x0c, Uint8Array.from(bytes)))
    expect(namesMatch(illFormed(0x41, 0xff), illFormed(0x41, 0xfe))).toBe(false)
    expect(namesMatch(illFormed(0x41, 0xff), illFormed(0x61, 0xff))).toBe(false)
    expect(namesMatch(illFormed(0x41, 0xff), illFormed(0x41, 0xff))).toBe(true)
    expect(namesMatch(nameOf(derUtf8String('A\ue000')), nameOf(derUtf8String('a\ue000')))).toBe(false)
    expect(namesMatch(nameOf(derElement(0x04, utf8Bytes('a'))), nameOf(derUtf8String('#040161')))).toBe(false)
  })

  it('differ in a letter, in their length, and in where one ends', () => {
    expect(namesMatch(base, nameOf(derUtf8String('Anna Bergen')))).toBe(false)
    expect(namesMatch(base, nameOf(derUtf8String('Аnna Berger')))).toBe(false)
    expect(
      namesMatch(
        nameOf(derUtf8String('a'), derUtf8String('b')),
        nameOf(derUtf8String('a'), derUtf8String('b'), derUtf8String('c')),
      ),
    ).toBe(false)
    expect(namesMatch(nameOf(derUtf8String('a","b')), nameOf(derUtf8String('a'), derUtf8String('b')))).toBe(false)
  })

  it('lie in each other as subtrees from the root downwards', () => {
    const parts = ['C', 'O', 'P'].map(derUtf8String)
    expect(nameStartsWith(nameOf(...parts), nameOf(...parts.slice(0, 2)))).toBe(true)
    expect(nameStartsWith(nameOf(...parts), nameOf(...parts.slice(1)))).toBe(false)
    expect(nameStartsWith(nameOf(...parts.slice(0, 2)), nameOf(...parts))).toBe(false)
    expect(nameStartsWith(base, nameOf())).toBe(true)
  })
})

describe('the text of a name', () => {
  it('is RFC 4514, most specific part first, and nothing breaks out of it', () => {
    const name = parseName(
      nameDer({ organization: 'A, B+C', commonName: ' #x\r\nCN=Chief', emailAddress: 'a@b.example' }),
    )
    expect(name?.text).toBe('emailAddress=a@b.example,CN=\\ #x\\0d\\0aCN\\=Chief,O=A\\, B\\+C')
  })

  it('spells what hides in it as the octets of UTF-8 (RFC 4514 §2.4)', () => {
    const name = parseName(nameDer({ commonName: 'Anna\u202egnp\u200b\u0085' }))
    expect(name?.text).toBe('CN=Anna\\e2\\80\\aegnp\\e2\\80\\8b\\c2\\85')
  })

  it('comes from any text, and reading damaged names is a value', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.nat(),
        fc.uint8Array({ maxLength: 3 }),
        (text, at, bytes) => {
          const der = nameDer({ commonName: text })
          const name = parseName(der)
          expect(name?.rdns[0]?.[0]?.value).toBe(Buffer.from(utf8Bytes(text)).toString('utf8'))
          expect(name?.text).not.toMatch(/[\r\n]/)
          const position = at % der.length
          parseName(concatBytes(der.subarray(0, position), bytes, der.subarray(position + 1)))
        },
      ),
    )
  })
})
