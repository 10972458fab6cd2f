/** For tests: a computer whose programs answer as a test says. */

import { utf8Bytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { RunFailure, ToolMachine } from '../toolMachine.ts'

export interface Asked {
  readonly program: string
  readonly parameters: readonly string[]
  readonly input: string
}

/**
 * `answerTo`: standard output, or why there is none. `made`: what a program writes into a private folder, whatever the name.
 * `asked` lists every run.
 */
export function testTools(
  answerTo: (asked: Asked) => string | RunFailure,
  { made, files = [] }: { made?: Uint8Array; files?: readonly string[] } = {},
): ToolMachine & { readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    platform: 'linux',
    environment: {},
    home: '/home/anna',
    asked,
    async run(program, parameters, input): Promise<Result<Uint8Array, RunFailure>> {
      const question = { program, parameters, input: Buffer.from(input ?? []).toString() }
      asked.push(question)
      const answer = answerTo(question)
      return typeof answer === 'string' ? success(utf8Bytes(answer)) : failure(answer)
    },
    isFile: async (path) => files.includes(path),
    readText: async () => undefined,
    inPrivateFolder: (work) =>
      work({
        path: '/private',
        write: async (name) => `/private/${name}`,
        read: async (_name, byteLimit) => (made && made.length <= byteLimit ? made : undefined),
      }),
  }
}
