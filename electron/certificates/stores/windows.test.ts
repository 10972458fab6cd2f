import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { derOid, derSequence } from '../../asn1/der.ts'
import { type TestEntity, testAuthority } from '../testPki.ts'
import { testMachine } from './testMachine.ts'
import { storeElementsIn, windowsStore } from './windows.ts'

const roots = 'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\ROOT\\Certificates'
const ofPerson = 'HKCU\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates'
const disallowed = 'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Disallowed\\Certificates'
const query = (key: string) => `D:\\Windows\\System32\\reg.exe query ${key} /s /v Blob`

const mail = '1.3.6.1.5.5.7.3.4'
const web = '1.3.6.1.5.5.7.3.1'
const usages = (...oids: readonly string[]) => derSequence(...oids.map(derOid))

let first: TestEntity
let second: TestEntity

beforeAll(async () => {
  first = await testAuthority('First')
  second = await testAuthority('Second')
})

/** A serialized store element: each property's number, a reserved 1, its length and its value. */
function element({ certificate }: TestEntity, properties: Readonly<Record<number, Uint8Array>> = {}): Buffer {
  const all: [number, Uint8Array][] = Object.entries(properties).map(([number, value]) => [Number(number), value])
  const parts = [...all, [32, certificate.der] as const].flatMap(([number, value]) => {
    const head = Buffer.alloc(12)
    head.writeUInt32LE(number, 0)
    head.writeUInt32LE(1, 4)
    head.writeUInt32LE(value.length, 8)
    return [head, value]
  })
  return Buffer.concat(parts)
}

/** What reg.exe writes for the keys below one. */
function answer(...elements: readonly Buffer[]): string {
  const keys = elements.map(
    (bytes, at) =>
      `${roots}\\${String(at).padStart(40, '0')}\r\n    Blob    REG_BINARY    ${bytes.toString('hex').toUpperCase()}\r\n`,
  )
  return `\r\n${keys.join('\r\n')}\r\nEnd of search: ${elements.length} match(es) found.\r\n`
}

/** The registry, where a key that isn't named doesn't exist. */
async function subjectsIn(registry: Readonly<Record<string, string>>): Promise<unknown> {
  const keys = ['ROOT', 'AuthRoot'].map(
    (store) => `HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\${store}\\Certificates`,
  )
  const policies = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates'
  keys.push(`${policies}\\Root\\Certificates`, `${policies}\\Disallowed\\Certificates`, ofPerson, disallowed)
  keys.push('HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates\\Root\\Certificates')
  keys.push('HKCU\\SOFTWARE\\Microsoft\\SystemCertificates\\Disallowed\\Certificates')
  const answers = Object.fromEntries(keys.map((key) => [query(key), registry[key] ?? 'refused']))
  const read = await windowsStore(testMachine(answers, { SystemRoot: 'D:\\Windows' })).read()
  return read.ok ? read.value.map(({ subject }) => subject.text) : read.error
}

describe("Windows' roots", () => {
  it("are the machine's and the person's", async () => {
    const registry = { [roots]: answer(element(first)), [ofPerson]: answer(element(second), element(first)) }
    expect(await subjectsIn(registry)).toEqual(['CN=First', 'CN=Second'])
  })

  it.each([
    ['for mail among others', { 9: usages(web, mail) }, ['CN=First']],
    ['for other purposes', { 9: usages(web) }, []],
    ['for no purpose', { 9: usages() }, []],
    ['for purposes that can not be read', { 9: Uint8Array.of(0x30, 9) }, []],
    ['with mail taken away', { 122: usages(mail) }, []],
    ['with another purpose taken away', { 122: usages(web) }, ['CN=First']],
    ['distrusted after a date', { 126: new Uint8Array(8) }, []],
    ['disallowed since a date', { 104: new Uint8Array(8) }, []],
    ['with a friendly name', { 11: Buffer.from('F\0i\0r\0m\0') }, ['CN=First']],
  ])('that the store holds %s', async (_, properties, subjects) => {
    expect(await subjectsIn({ [roots]: answer(element(first, properties)) })).toEqual(subjects)
  })

  it('are none that lie among the untrusted ones', async () => {
    const registry = { [roots]: answer(element(first), element(second)), [disallowed]: answer(element(first)) }
    expect(await subjectsIn(registry)).toEqual(['CN=Second'])
  })

  it('are not given when the untrusted ones take too long to read', async () => {
    const registry = { [roots]: answer(element(first)), [disallowed]: 'slow' }
    expect(await subjectsIn(registry)).toEqual({ code: 'system-roots-unreadable', reason: 'slow' })
  })

  it('are missing where there is no reg.exe', async () => {
    const read = await windowsStore(testMachine({})).read()
    expect(read).toEqual({ ok: false, error: { code: 'system-roots-unreadable', reason: 'missing' } })
  })
})

describe('a serialized element', () => {
  it('that is damaged anywhere is left out or read, and nothing is thrown', () => {
    const bytes = element(first, { 9: usages(web, mail) })
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
        const damaged = Buffer.from(bytes.subarray(0, length))
        if (at < damaged.length) damaged[at] = value
        expect(storeElementsIn(answer(damaged)).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is not found in text that holds none', () => {
    expect(storeElementsIn('ERROR: The system was unable to find the specified registry key or value.')).toEqual([])
    expect(storeElementsIn('    Blob    REG_BINARY    ZZ')).toEqual([])
  })
})
