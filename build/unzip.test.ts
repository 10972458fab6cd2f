import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unzip } from './unzip.mjs'

/** A zip archive of small entries (APPNOTE 4.3.7, 4.3.12, 4.3.16); only the fields that matter are set. */
function archiveOf(entries: readonly { name: string; content: string; mode?: number; stored?: boolean }[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, mode = 0o644, stored = false } of entries) {
    const data = stored ? Buffer.from(content) : deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(stored ? 0 : 8, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE((mode << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    directory.push(central, Buffer.from(name))
    locals.push(local, Buffer.from(name), data)
    offset += 30 + name.length + data.length
  }
  const end = Buffer.alloc(22)
  const central = Buffer.concat(directory)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, central, end])
}

async function unpack(archive: Buffer, place = (name: string): string | undefined => name): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-zip-'))
  await writeFile(join(folder, 'a.zip'), archive)
  await unzip(join(folder, 'a.zip'), join(folder, 'out'), place)
  return join(folder, 'out')
}

describe('unpacking', () => {
  it('writes stored and deflated entries with their modes', async () => {
    const out = await unpack(
      archiveOf([
        { name: 'bin/run', content: 'x'.repeat(10_000), mode: 0o755 },
        { name: 'note', content: 'stored', stored: true },
        { name: 'empty', content: '', stored: true },
      ]),
    )
    expect(await readFile(join(out, 'bin/run'), 'utf8')).toBe('x'.repeat(10_000))
    expect(await readFile(join(out, 'note'), 'utf8')).toBe('stored')
    expect(await readFile(join(out, 'empty'), 'utf8')).toBe('')
    if (process.platform !== 'win32') expect((await stat(join(out, 'bin/run'))).mode & 0o777).toBe(0o755)
  })

  it('leaves entries out and renames others', async () => {
    const archive = archiveOf([
      { name: 'top/keep', content: 'k' },
      { name: 'top/drop', content: 'd' },
    ])
    const out = await unpack(archive, (name) => (name.endsWith('drop') ? undefined : name.replace('top/', '')))
    expect(await readdir(out)).toEqual(['keep'])
  })

  it('never writes outside of the folder', async () => {
    await expect(unpack(archiveOf([{ name: '../evil', content: 'e' }]))).rejects.toThrow('outside')
    await expect(unpack(archiveOf([{ name: 'a/../../evil', content: 'e' }]))).rejects.toThrow('outside')
  })

  it('says that something else is not an archive', async () => {
    await expect(unpack(Buffer.from('not a zip'))).rejects.toThrow('not a zip')
  })
})
