/** A machine for tests whose programs and files are what a test says. */

import { utf8Bytes } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { Machine, MachineFailure } from './operatingSystemStore.ts'

type Answer = string | MachineFailure['code']

const failures: readonly string[] = ['missing', 'slow', 'too-large', 'refused']

function outcome(answer: Answer): Result<Uint8Array, MachineFailure> {
  return failures.includes(answer) ? failure({ code: answer as MachineFailure['code'] }) : success(utf8Bytes(answer))
}

/** `answers` by the command line ("trust extract …"); a name of a file in it is "FILE". What isn't there is missing. */
export function testMachine(
  answers: Readonly<Record<string, Answer>>,
  environment: Machine['environment'] = {},
): Machine & { readonly asked: string[] } {
  const asked: string[] = []
  const answerTo = async (line: string) => {
    asked.push(line)
    return outcome(answers[line] ?? 'missing')
  }
  return {
    environment,
    asked,
    run: (program, parameters) => answerTo([program, ...parameters].join(' ')),
    runIntoFile: (program, parametersFor) => answerTo([program, ...parametersFor('FILE')].join(' ')),
    readFile: (path) => answerTo(path),
  }
}
