import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSecretFile } from './secretFile.ts'
import { createTerminal, UsageError } from './terminal.ts'

async function secretIn(bytes: Uint8Array, mode = 0o600): Promise<{ secret: string; notes: string[] }> {
  const file = join(await mkdtemp(join(tmpdir(), 'siegel-secret-')), 'secret')
  await writeFile(file, bytes)
  await chmod(file, mode)
  const notes: string[] = []
  const terminal = { ...createTerminal({ language: 'en', json: false }), note: (text: string) => void notes.push(text) }
  return { secret: await readSecretFile(terminal, file), notes }
}

describe('the file of a secret', () => {
  it.each([
    ['a line', Buffer.from('Käse und Brot\n')],
    ['a line of Windows, with more behind it', Buffer.from('Käse und Brot\r\nuser: anna\r\n')],
    ["the mark of Windows' editor", Buffer.from('\ufeffKäse und Brot')],
    ["what PowerShell's > writes", Buffer.from('\ufeffKäse und Brot\r\n', 'utf16le')],
  ])('gives the first line of %s', async (_name, bytes) => {
    expect(await secretIn(bytes)).toEqual({ secret: 'Käse und Brot', notes: [] })
  })

  it('keeps the blanks around it', async () => {
    expect((await secretIn(Buffer.from(' two words \n'))).secret).toBe(' two words ')
  })

  it('is refused where its letters would become others', async () => {
    await expect(secretIn(Buffer.from('Käse und Brot', 'latin1'))).rejects.toBeInstanceOf(UsageError)
  })

  it.skipIf(process.platform === 'win32')('is taken and told where everybody may read it', async () => {
    const { secret, notes } = await secretIn(Buffer.from('Käse und Brot\n'), 0o644)
    expect(secret).toBe('Käse und Brot')
    expect(notes).toEqual([expect.stringContaining('chmod 600')])
  })
})
