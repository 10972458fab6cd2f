import { beforeAll, describe, expect, it } from 'vitest'
import { derElement, derExplicit, derOid, derSequence, derSet, derUtf8String } from '../asn1/der.ts'
import { latin1Bytes } from '../base/bytes.ts'
import { nameDer } from './issue.ts'
import { checkNameConstraints } from './nameConstraints.ts'
import { type TestEntity, type TestOverrides, testAuthority, testPerson } from './testPki.ts'

let root: TestEntity
let person: TestEntity

beforeAll(async () => {
  root = await testAuthority('Root')
  person = await testPerson('anna@sandbox.example', { issuer: root })
})

const mail = (text: string) => derElement(0x81, latin1Bytes(text))
const dns = (text: string) => derElement(0x82, latin1Bytes(text))
const uri = (text: string) => derElement(0x86, latin1Bytes(text))
const ip = (...bytes: number[]) => derElement(0x87, Uint8Array.from(bytes))
const directory = (der: Uint8Array) => derElement(0xa4, der)
const other = (type: string, text: string) => derElement(0xa0, derOid(type), derExplicit(0, derUtf8String(text)))
const utf8Mailbox = (text: string) => other('1.3.6.1.5.5.7.8.9', text)
const registered = (dotted: string) => derElement(0x88, derOid(dotted).subarray(2))

interface Limits {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
  readonly critical?: boolean
}

function limited({ permitted = [], excluded = [], critical = true }: Limits): TestOverrides {
  const trees = (tag: number, bases: readonly Uint8Array[]) =>
    bases.length === 0 ? [] : [derElement(tag, ...bases.map((base) => derSequence(base)))]
  const value = derSequence(...trees(0xa0, permitted), ...trees(0xa1, excluded))
  return { extensions: [{ oid: '2.5.29.30', critical, value }] }
}

/** Whether a CA with these limits lets a certificate with these names (or this subject) pass. */
async function passes(limits: Limits, names: readonly Uint8Array[], subject: TestOverrides['subject'] = {}) {
  const [ca, leaf] = await Promise.all([
    testAuthority('Limited', { keyOf: root }, limited(limits)),
    testPerson(
      'none',
      { issuer: root, keyOf: person },
      {
        subject,
        emails: [],
        extensions: names.length > 0 ? [{ oid: '2.5.29.17', critical: true, value: derSequence(...names) }] : [],
      },
    ),
  ])
  const reasons = checkNameConstraints([leaf.certificate, ca.certificate], 1, { comparisons: 1_000 })
  expect(reasons.every(({ code }) => code === 'name-not-permitted')).toBe(true)
  return reasons.length === 0
}

const expectEach = async (limits: Limits, names: readonly (readonly [Uint8Array, boolean])[]) => {
  for (const [name, expected] of names) expect([name, await passes(limits, [name])]).toEqual([name, expected])
}

describe('a constraint on mail addresses (RFC 5280 §4.2.1.10)', () => {
  it('that is a host holds the mailboxes on that host and none below', async () => {
    await expectEach({ permitted: [mail('sandbox.example')] }, [
      [mail('anna@sandbox.example'), true],
      [mail('Anna.B@SANDBOX.Example'), true],
      [mail('anna@mail.sandbox.example'), false],
      [mail('anna@other-sandbox.example'), false],
    ])
  })

  it('that begins with a dot holds every host below and not the domain itself', async () => {
    await expectEach({ permitted: [mail('.sandbox.example')] }, [
      [mail('anna@mail.sandbox.example'), true],
      [mail('anna@a.mail.sandbox.example'), true],
      [mail('anna@sandbox.example'), false],
      [mail('anna@notsandbox.example'), false],
    ])
  })

  it('that is a mailbox holds that one: local part exactly, host without regard to case', async () => {
    await expectEach({ permitted: [mail('anna@sandbox.example')] }, [
      [mail('anna@SANDBOX.example'), true],
      [mail('Anna@sandbox.example'), false],
      [mail('bert@sandbox.example'), false],
    ])
  })

  it('excludes a mailbox in every spelling that a sender is matched with', async () => {
    await expectEach({ excluded: [mail('anna@sandbox.example')] }, [
      [mail('Anna@sandbox.example'), false],
      [mail('"anna"@sandbox.example'), false],
      [mail(' anna@sandbox.example'), false],
      [mail('anna@sandbox.example.'), false],
      [mail('bert@sandbox.example'), true],
    ])
  })

  it('that is empty or only "@host" permits nobody and excludes whom it may mean', async () => {
    expect(await passes({ permitted: [mail('')] }, [mail('anna@sandbox.example')])).toBe(false)
    expect(await passes({ excluded: [mail('')] }, [mail('anna@sandbox.example')])).toBe(false)
    expect(await passes({ permitted: [mail('@sandbox.example')] }, [mail('anna@sandbox.example')])).toBe(false)
    expect(await passes({ excluded: [mail('@sandbox.example')] }, [mail('anna@sandbox.example')])).toBe(false)
  })

  it('says nothing about names of other forms, and names of other forms nothing about addresses', async () => {
    expect(await passes({ permitted: [mail('sandbox.example')] }, [dns('www.other.example')])).toBe(true)
    expect(await passes({ permitted: [dns('sandbox.example')] }, [mail('anna@other.example')])).toBe(true)
  })
})

describe('a constraint on internationalized addresses (RFC 9598 §6)', () => {
  it('written as rfc822Name holds SmtpUTF8Mailbox as well', async () => {
    await expectEach({ permitted: [mail('xn--bcher-kva.example')] }, [
      [utf8Mailbox('jürgen@xn--bcher-kva.example'), true],
      [utf8Mailbox('jürgen@other.example'), false],
    ])
    await expectEach({ excluded: [mail('.xn--bcher-kva.example')] }, [
      [utf8Mailbox('jürgen@mail.xn--bcher-kva.example'), false],
      [utf8Mailbox('jürgen@xn--bcher-kva.example'), true],
    ])
  })

  it('compares domains as A-labels also where U-labels are written (RFC 8398)', async () => {
    expect(await passes({ permitted: [mail('xn--bcher-kva.example')] }, [utf8Mailbox('jürgen@BÜCHER.example')])).toBe(
      true,
    )
    expect(await passes({ excluded: [mail('xn--bcher-kva.example')] }, [utf8Mailbox('jürgen@bücher.example')])).toBe(
      false,
    )
  })
})

describe('a constraint on hosts (RFC 5280 §4.2.1.10)', () => {
  it('holds the host and everything below', async () => {
    await expectEach({ permitted: [dns('sandbox.example')] }, [
      [dns('sandbox.example'), true],
      [dns('WWW.sandbox.example'), true],
      [dns('www.sandbox.example.'), true],
      [dns('othersandbox.example'), false],
    ])
  })

  it('excludes a wildcard that covers it', async () => {
    expect(await passes({ excluded: [dns('www.sandbox.example')] }, [dns('*.sandbox.example')])).toBe(false)
    expect(await passes({ permitted: [dns('www.sandbox.example')] }, [dns('*.sandbox.example')])).toBe(false)
    expect(await passes({ excluded: [dns('www.sandbox.example')] }, [dns('*.other.example')])).toBe(true)
  })

  it('that is empty excludes every host', async () => {
    expect(await passes({ excluded: [dns('')] }, [dns('a.example')])).toBe(false)
  })
})

describe('a constraint on URIs (RFC 5280 §4.2.1.10)', () => {
  it('holds the host exactly, or what lies below a dot', async () => {
    await expectEach({ permitted: [uri('sandbox.example')] }, [
      [uri('https://anna@Sandbox.example:8443/path'), true],
      [uri('https://www.sandbox.example/'), false],
    ])
    await expectEach({ permitted: [uri('.sandbox.example')] }, [
      [uri('ldap://www.sandbox.example'), true],
      [uri('https://sandbox.example/'), false],
    ])
  })

  it('refuses URIs without a host name, whether it permits or excludes', async () => {
    for (const name of ['urn:uuid:1', 'https://127.0.0.1/', 'https://[::1]/', 'mailto:anna@sandbox.example']) {
      expect(await passes({ permitted: [uri('sandbox.example')] }, [uri(name)])).toBe(false)
      expect(await passes({ excluded: [uri('other.example')] }, [uri(name)])).toBe(false)
    }
    expect(await passes({ excluded: [uri('other.example')] }, [uri('https://sandbox.example')])).toBe(true)
  })
})

describe('a constraint on IP addresses (RFC 5280 §4.2.1.10)', () => {
  it('is an address and a mask, for version 4', async () => {
    await expectEach({ permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] }, [
      [ip(192, 0, 2, 77), true],
      [ip(192, 0, 3, 77), false],
      [ip(...Array.from({ length: 16 }, () => 0)), false],
    ])
  })

  it('and for version 6', async () => {
    const network = [0x20, 0x01, 0x0d, 0xb8, ...Array.from({ length: 12 }, () => 0)]
    const mask = [255, 255, 255, 255, ...Array.from({ length: 12 }, () => 0)]
    await expectEach({ excluded: [ip(...network, ...mask)] }, [
      [ip(0x20, 0x01, 0x0d, 0xb8, ...Array.from({ length: 12 }, () => 9)), false],
      [ip(0x20, 0x01, 0x0d, 0xb9, ...Array.from({ length: 12 }, () => 9)), true],
      [ip(192, 0, 2, 1), true],
    ])
  })

  it('of another length excludes everything and permits nothing', async () => {
    expect(await passes({ excluded: [ip(192, 0, 2, 0)] }, [ip(10, 0, 0, 1)])).toBe(false)
    expect(await passes({ permitted: [ip(192, 0, 2, 0, 255)] }, [ip(192, 0, 2, 0)])).toBe(false)
    expect(await passes({ excluded: [ip(192, 0, 2, 0, 255, 255, 255, 0)] }, [ip(10, 0, 1)])).toBe(false)
  })
})

describe('a constraint on directory names (RFC 5280 §4.2.1.10)', () => {
  const base = directory(nameDer({ organization: 'Sandbox Ltd' }))

  it('holds the subject and the alternative names below it, in the comparison of RFC 4518', async () => {
    expect(await passes({ permitted: [base] }, [], { organization: 'SANDBOX  ltd', commonName: 'Anna' })).toBe(true)
    expect(await passes({ permitted: [base] }, [], { organization: 'Other', commonName: 'Anna' })).toBe(false)
    const inside = directory(nameDer({ organization: 'Sandbox Ltd', commonName: 'Anna' }))
    expect(await passes({ permitted: [base] }, [inside])).toBe(true)
    expect(await passes({ permitted: [base] }, [directory(nameDer({ commonName: 'Anna' }))])).toBe(false)
    expect(await passes({ excluded: [base] }, [], { organization: 'ｓandbox\u200b Ltd' })).toBe(false)
  })

  it('is not asked about an empty subject', async () => {
    expect(await passes({ permitted: [base] }, [mail('anna@sandbox.example')])).toBe(true)
  })

  it('does not let a subject through that is shorter than it', async () => {
    const long = directory(nameDer({ organization: 'Sandbox Ltd', commonName: 'Anna' }))
    expect(await passes({ permitted: [long] }, [], { organization: 'Sandbox Ltd' })).toBe(false)
  })
})

describe('a constraint on a form that is not compared (RFC 5280 §4.2.1.10)', () => {
  it.each([true, false])('refuses names of that form (critical: %s)', async (critical) => {
    for (const name of [
      other('1.3.6.1.4.1.311.20.2.3', 'anna'),
      registered('1.2.3'),
      derElement(0xa5, derElement(0xa1, derUtf8String('party'))),
      derElement(0xa3, derSet()),
    ]) {
      expect(await passes({ permitted: [name], critical }, [name])).toBe(false)
      expect(await passes({ excluded: [name], critical }, [name])).toBe(false)
      expect(await passes({ permitted: [name], critical }, [mail('anna@sandbox.example')])).toBe(true)
    }
  })

  it('means only other names of its own type', async () => {
    const [principal, kerberos] = [other('1.3.6.1.4.1.311.20.2.3', 'anna'), other('1.3.6.1.5.2.2', 'anna')]
    expect(await passes({ permitted: [principal] }, [kerberos])).toBe(true)
  })
})

describe('name constraints', () => {
  it('hold for emailAddress in the subject (RFC 5280 §4.2.1.10)', async () => {
    const subject = { emailAddress: 'anna@sandbox.example' }
    expect(await passes({ permitted: [mail('sandbox.example')] }, [], subject)).toBe(true)
    expect(await passes({ permitted: [mail('other.example')] }, [], subject)).toBe(false)
  })

  it('hold for each of several names', async () => {
    const names = [mail('anna@sandbox.example'), mail('anna@bank.example')]
    expect(await passes({ permitted: [mail('sandbox.example')] }, names)).toBe(false)
  })

  it('exclude also what they permit (RFC 5280 §6.1.4(g))', async () => {
    const limits = { permitted: [mail('.example')], excluded: [mail('bank.example')] }
    await expectEach(limits, [
      [mail('anna@sandbox.example'), true],
      [mail('anna@bank.example'), false],
    ])
  })

  it('exempt a self-issued certificate, but not the last of the path (RFC 5280 §6.1.3)', async () => {
    const ca = await testAuthority('Limited', {}, limited({ permitted: [directory(nameDer({ organization: 'O' }))] }))
    const renewed = await testAuthority('Limited', { issuer: ca })
    const leaf = await testPerson('a@b.example', { issuer: renewed, keyOf: person }, { subject: { organization: 'O' } })
    const path = [leaf.certificate, renewed.certificate, ca.certificate]
    expect(checkNameConstraints(path, 2, { comparisons: 100 })).toEqual([])
    expect(checkNameConstraints(path.slice(1), 1, { comparisons: 100 })).toMatchObject([{ code: 'name-not-permitted' }])
  })
})
