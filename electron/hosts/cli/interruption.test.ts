import { spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { siegelEntry } from './testSiegel.ts'

it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
  'a command that waits for the rest of its input ends at once with %s',
  async (signal) => {
    const home = await mkdtemp(join(tmpdir(), 'siegel-interrupted-'))
    const child = spawn(process.execPath, ['--no-warnings', siegelEntry, 'cert', 'show', '-', '--home', home])
    const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)))
    // More than a pipe holds: once it is gone, the command is reading.
    await new Promise((resolve) => child.stdin.write(new Uint8Array(1_000_000), resolve))
    child.kill(signal)
    expect(await ended).toBe(signal)
  },
)
