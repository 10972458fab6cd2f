import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latin1Text, utf8Bytes } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import { archiveBudget, isArchive, readArchive } from './archive.ts'
import { type ArchivedFile, zipOf } from './testArchive.ts'

const file = (name: string, content: string, more: Partial<ArchivedFile> = {}): ArchivedFile => ({
  name,
  content: utf8Bytes(content),
  ...more,
})

async function contents(files: readonly ArchivedFile[]): Promise<string[]> {
  return expectSuccess(await readArchive(zipOf(files), archiveBudget())).map(latin1Text)
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const read = await readArchive(bytes, archiveBudget())
  return read.ok ? `${read.value.length} files` : read.error.code
}

const megabyte = new Uint8Array(1_048_576)

describe('a ZIP archive', () => {
  it('gives its files in their order, packed or stored', async () => {
    const files = [file('anna.crt', 'one'), file('chain/bundle.p7b', 'two', { stored: true })]
    expect(isArchive(zipOf(files))).toBe(true)
    expect(await contents(files)).toEqual(['one', 'two'])
  })

  it('is passed over where it holds folders, macOS’s shadows, pictures and instructions', async () => {
    const beside = ['folder/', '__MACOSX/._anna.crt', 'How to install.PDF', 'logo.png', 'read me.html', 'x\\']
    expect(await contents([...beside.map((name) => file(name, 'x')), file('anna.crt', 'one')])).toEqual(['one'])
  })

  it('may name its files as it likes: no name leads anywhere', async () => {
    const names = ['../../etc/anna.crt', '/anna.crt', 'C:\\anna.crt', '\u0000', '']
    expect(await contents(names.map((name) => file(name, 'x')))).toEqual(names.map(() => 'x'))
  })

  it('without files is empty', async () => {
    expect(isArchive(zipOf([]))).toBe(true)
    expect(await contents([])).toEqual([])
  })

  it('inside an archive stays closed, and what lies beside it is read', async () => {
    const inner = { name: 'inner.zip', content: zipOf([file('anna.crt', 'one')]) }
    expect(await codeOf(zipOf([inner]))).toBe('archive-in-archive')
    expect(await contents([inner, file('anna.crt', 'beside')])).toEqual(['beside'])
  })

  it('with a password is told apart, and what needs none is read', async () => {
    const locked = file('anna.p12', 'x', { flags: 1 })
    expect(await codeOf(zipOf([locked]))).toBe('encrypted-archive')
    // WinZip's AES has a method of its own, PKWARE's a second bit.
    expect(await codeOf(zipOf([file('anna.p12', 'x', { flags: 1, method: 99 })]))).toBe('encrypted-archive')
    expect(await codeOf(zipOf([file('anna.p12', 'x', { flags: 0x41 })]))).toBe('encrypted-archive')
    expect(await contents([locked, file('anna.crt', 'one')])).toEqual(['one'])
  })

  it.each([
    ['says less of a file than there is', zipOf([file('a.crt', 'x'.repeat(99), { claimedSize: 5 })])],
    ['says more of a file than there is', zipOf([file('a.crt', 'x', { claimedSize: 500 })])],
    ['says less of a stored file', zipOf([file('a.crt', 'xxxxx', { stored: true, claimedSize: 2 })])],
    ['has another checksum than its file', zipOf([file('a.crt', 'x', { claimedCrc: 1 })])],
    ['has another checksum than its stored file', zipOf([file('a.crt', 'x', { stored: true, claimedCrc: 1 })])],
    ['has one whole file beside a damaged one', zipOf([file('b.crt', 'y'), file('a.crt', 'x', { claimedCrc: 1 })])],
    ['is packed in another way', zipOf([file('a.crt', 'x', { method: 14 })])],
    ['ends after its first file', zipOf([file('a.crt', 'x')]).subarray(0, 40)],
    ['is a beginning and nothing else', utf8Bytes('PK\x03\x04')],
  ])('that %s is damaged', async (_, bytes) => {
    expect(await codeOf(bytes)).toBe('damaged-archive')
  })

  it('with more files than any answer has is given up', async () => {
    const many = Array.from({ length: 101 }, (_, index) => file(`${index}.crt`, 'x'))
    expect(await codeOf(zipOf(many.slice(1)))).toBe('100 files')
    expect(await codeOf(zipOf(many))).toBe('over-budget')
  })

  it('that unpacks to more than any answer has is given up before it is unpacked', async () => {
    const eight = Array.from({ length: 8 }, () => ({ name: 'a.crt', content: megabyte }))
    expect(await codeOf(zipOf(eight))).toBe('8 files')
    expect(await codeOf(zipOf([...eight, file('b.crt', 'x')]))).toBe('over-budget')
    expect(await codeOf(zipOf([file('a.crt', 'x', { claimedSize: 0xffff_fffe })]))).toBe('over-budget')
  })

  it('spends one budget with the other archives of the same answer', async () => {
    const budget = archiveBudget()
    const five = zipOf(Array.from({ length: 5 }, () => ({ name: 'a.crt', content: megabyte })))
    expect((await readArchive(five, budget)).ok).toBe(true)
    expect(await readArchive(five, budget)).toMatchObject({ error: { code: 'over-budget', limit: 'archive-bytes' } })
  })

  it('never breaks the reader, whatever was changed in it', async () => {
    const source = zipOf([
      file('anna.crt', 'one '.repeat(40)),
      file('bundle.p7b', 'two', { stored: true }),
      file('locked.p12', 'three', { flags: 1 }),
    ])
    const codes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(source.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(2),
        async (at, byte, kind) => {
          const changed = Uint8Array.from(source)
          changed[at] = (changed[at] ?? 0) ^ byte
          if (kind === 1) changed[(at + 7) % source.length] = byte
          codes.add(await codeOf(kind === 2 ? source.subarray(0, at) : changed))
        },
      ),
      { numRuns: 1_500 },
    )
    expect([...codes]).toEqual(expect.arrayContaining(['2 files', 'damaged-archive']))
  })
})
