import { beforeAll, describe, expect, it } from 'vitest'
import { writePem } from '../../asn1/pem.ts'
import { type TestEntity, testAuthority, testPerson } from '../testPki.ts'
import { linuxStore, mailRootNicknames } from './linux.ts'
import { testMachine } from './testMachine.ts'

const extract = 'trust extract --format=pem-bundle --filter=ca-anchors --purpose=email FILE'
const bundle = '/etc/ssl/certs/ca-certificates.crt'
const database = 'sql:/home/anna/.pki/nssdb'

/** As certutil of NSS 3.87 writes it. */
const list = `
Certificate Nickname                                         Trust Attributes
                                                             SSL,S/MIME,JAR/XPI

Firm root, with spaces and a very long nickname that fills the line C,C,C
TLS only                                                     C,,  
Valid only                                                   c,c,
For clients and mail                                         T,CT,
Anna                                                         u,u,u
Denied                                                       ,p,
`

let first: TestEntity
let second: TestEntity
const pem = (...entities: readonly TestEntity[]) =>
  entities.map(({ certificate }) => writePem('CERTIFICATE', certificate.der)).join('')

beforeAll(async () => {
  first = await testAuthority('First')
  second = await testAuthority('Second')
})

async function subjectsOn(...machine: Parameters<typeof testMachine>): Promise<unknown> {
  const read = await linuxStore(testMachine(...machine)).read()
  return read.ok ? read.value.map(({ subject }) => subject.text) : read.error
}

describe("the list of certutil's database", () => {
  it('tells the roots for mail by the second field', () => {
    expect(mailRootNicknames(list)).toEqual([
      'Firm root, with spaces and a very long nickname that fills the line',
      'For clients and mail',
    ])
    expect(mailRootNicknames('')).toEqual([])
  })
})

describe("Linux's roots", () => {
  it("are p11-kit's for e-mail", async () => {
    expect(await subjectsOn({ [extract]: pem(first, second), [bundle]: pem(second) })).toEqual([
      'CN=First',
      'CN=Second',
    ])
  })

  it('are those of the bundle where there is no p11-kit', async () => {
    expect(await subjectsOn({ [bundle]: pem(second) })).toEqual(['CN=Second'])
  })

  it("are joined by those of the person's NSS database, each once", async () => {
    const answers = {
      [extract]: pem(first),
      [`certutil -L -d ${database}`]: list,
      [`certutil -L -d ${database} -n For clients and mail -a`]: pem(second, first),
    }
    expect(await subjectsOn(answers, { HOME: '/home/anna' })).toEqual(['CN=First', 'CN=Second'])
  })

  it('leave out what is no CA, what is for other purposes, and what can not be read', async () => {
    const person = await testPerson('anna@sandbox.example')
    const web = await testAuthority('Web', {}, { extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] })
    const mail = await testAuthority('Mail', {}, { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] })
    const broken = writePem('CERTIFICATE', Uint8Array.of(0x30, 1, 0))
    expect(await subjectsOn({ [extract]: broken + pem(person, web, mail) })).toEqual(['CN=Mail'])
  })

  it.each(['slow', 'too-large', 'refused'])('are not replaced by others when p11-kit is %s', async (reason) => {
    expect(await subjectsOn({ [extract]: reason, [bundle]: pem(second) })).toEqual({
      code: 'system-roots-unreadable',
      reason,
    })
  })

  it('are missing where there is neither', async () => {
    expect(await subjectsOn({})).toEqual({ code: 'system-roots-unreadable', reason: 'missing' })
  })
})
