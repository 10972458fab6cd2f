/**
 * The operating system's store of roots, for whichever system this is: runs its programs and reads its files for
 * certificates/stores/, within limits and without a shell.
 */

import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failure, type Result, success } from '../base/result.ts'
import { linuxStore } from '../certificates/stores/linux.ts'
import { macosStore } from '../certificates/stores/macos.ts'
import type {
  Machine,
  MachineBudget,
  MachineFailure,
  OperatingSystemStore,
} from '../certificates/stores/operatingSystemStore.ts'
import { windowsStore } from '../certificates/stores/windows.ts'
import { runProgram } from './toolMachine.ts'

export function systemRootStore(platform: NodeJS.Platform, on: Machine = thisMachine): OperatingSystemStore {
  switch (platform) {
    case 'win32':
      return windowsStore(on)
    case 'darwin':
      return macosStore(on)
    default:
      return linuxStore(on)
  }
}

type Outcome = Result<Uint8Array, MachineFailure>

export const thisMachine: Machine = {
  environment: process.env,
  run,
  readFile,
  async runIntoFile(program, parametersFor, budget) {
    // Of this process alone: whoever could write there would name the roots.
    const folder = await mkdtemp(join(tmpdir(), 'siegel-roots-'))
    try {
      const file = join(folder, 'roots')
      const ended = await run(program, parametersFor(file), budget)
      return ended.ok ? await readFile(file, budget.bytes) : ended
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function run(program: string, parameters: readonly string[], budget: MachineBudget): Promise<Outcome> {
  const ended = await runProgram(program, parameters, budget)
  return ended.ok ? ended : failure({ code: ended.error.code })
}

async function readFile(path: string, byteLimit: number): Promise<Outcome> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const facts = await file.stat()
    if (!facts.isFile()) return failure({ code: 'refused' })
    if (facts.size > byteLimit) return failure({ code: 'too-large' })
    return success(await file.readFile())
  } catch (error) {
    return failure({ code: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'refused' })
  } finally {
    await file?.close()
  }
}
