/** What the two PowerShell programs write, by Windows' documentation: never run here. */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { base64Text, hexText } from '../../base/bytes.ts'
import { type TestEntity, testPerson } from '../../certificates/testPki.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { RunFailure } from '../toolMachine.ts'
import { testTools } from './testTools.ts'
import { exportsIn, storedKeysIn, windowsStore } from './windowsStore.ts'

let anna: TestEntity
let line: string
let sha1: string
beforeAll(async () => {
  anna = await testPerson('anna@example.org')
  line = `certificate no ${base64Text(anna.certificate.der)}`
  sha1 = hexText(digestOf('sha1', anna.certificate.der)).toUpperCase()
})

const once = { oneTimePassword: 'dGhpcyBpcyBvbmNl', storePassword: undefined }

async function exportedBy(answer: string | RunFailure) {
  const machine = testTools(() => answer)
  const key = { certificateDer: anna.certificate.der, sha1, exportable: 'unknown' as const }
  return { machine, exported: await windowsStore(machine).export([key], once) }
}

/** The program as PowerShell gets it. */
const programOf = (parameters: readonly string[]) => Buffer.from(parameters.at(-1) ?? '', 'base64').toString('utf16le')

describe("Windows' own certificates", () => {
  it('are listed with whether their key may leave', async () => {
    const output = [
      line,
      line.replace(' no ', ' yes '),
      line.replace(' no ', ' unknown '),
      'certificate maybe AA==',
    ].join('\r\n')
    expect(storedKeysIn(output).map(({ exportable }) => exportable)).toEqual(['no', 'yes', 'unknown'])
    const machine = testTools(() => output)
    const listed = await windowsStore(machine).list()
    expect(listed).toMatchObject({ ok: true, value: [{ sha1, certificateDer: anna.certificate.der }, {}, {}] })
    expect(machine.asked[0]?.program).toBe('C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe')
  })

  it('come as files whose password and names are no part of the program', async () => {
    const { machine, exported } = await exportedBy(`file ${sha1} UEtDUw==\r\nissuer ${line.split(' ')[2]}\r\n`)
    expect(exported).toMatchObject({ ok: true, value: { files: [{ password: once.oneTimePassword }] } })
    expect(exported.ok && exported.value.issuers).toEqual([anna.certificate.der])
    const [asked] = machine.asked
    expect(asked?.input).toBe(`${once.oneTimePassword}\n${sha1}\n`)
    expect(programOf(asked?.parameters ?? [])).toContain("$certificate.Export('Pfx', $password)")
    expect([...(asked?.parameters ?? []), programOf(asked?.parameters ?? [])].join()).not.toContain(
      once.oneTimePassword,
    )
    expect(programOf(asked?.parameters ?? [])).not.toContain(sha1)
  })

  it('whose key may not leave are told apart from a no of the person and from what nobody knows', async () => {
    const refusalOf = async (code: string) => {
      const { exported } = await exportedBy(`refused ${sha1} ${code}\r\n`)
      return exported.ok ? undefined : exported.error
    }
    expect(await refusalOf('8009000b')).toEqual({ code: 'key-not-exportable', sha1 })
    expect(await refusalOf('80090029')).toEqual({ code: 'key-not-exportable', sha1 })
    expect(await refusalOf('8010006e')).toEqual({ code: 'store-refused' })
    expect(await refusalOf('80131500')).toEqual({ code: 'store-unreadable', reason: '80131500' })
  })

  it('of which one is missing in the answer are not taken', async () => {
    expect((await exportedBy('')).exported).toMatchObject({ ok: false, error: { code: 'store-unreadable' } })
    expect((await exportedBy({ code: 'refused', detail: 'forbidden' })).exported).toMatchObject({ ok: false })
    expect((await exportedBy({ code: 'missing' })).exported).toEqual({
      ok: false,
      error: { code: 'store-tools-missing', program: 'powershell.exe' },
    })
  })

  it('in any answer are read without an exception, at most 200', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(line.length), (inserted, at) => {
        storedKeysIn(line.slice(0, at) + inserted + line.slice(at))
        const answer = `file ${sha1} UEtDUw==\nrefused ${sha1} 8009000b\nissuer UEtDUw==\n`
        exportsIn(answer.slice(0, at) + inserted + answer.slice(at))
      }),
    )
    expect(storedKeysIn(`${line}\n`.repeat(500))).toHaveLength(200)
    expect(exportsIn('issuer UEtDUw==\n'.repeat(3_000)).issuers).toHaveLength(2_000)
    expect(exportsIn(`file ${sha1} ${'A'.repeat(12_000_000)}\n`).files.size).toBe(0)
  })
})
