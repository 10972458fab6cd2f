/** `siegel demo`: the whole story in a sandbox of its own, checked after every step. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fact, tellStory, valueText } from '../demo/story.ts'
import { failureOf, failureText } from '../failure.ts'
import type { CommandEnvironment } from '../session.ts'
import { exitCode } from '../terminal.ts'

export async function runDemo(environment: CommandEnvironment): Promise<number> {
  const { terminal, options, signal } = environment
  // Without --home the profiles live in a temporary folder and go with the demonstration.
  const folder = options.home ?? (await mkdtemp(join(tmpdir(), 'siegel-demo-')))
  const story = tellStory(folder, (step) => terminal.note(`     ${terminal.words(`cli.enrolment.step.${step}`)}`))
  if (!terminal.json) terminal.line(terminal.words('cli.demo.title'))
  let passed = 0
  try {
    for (const { name, run } of story.steps) {
      if (signal.aborted) break
      const facts = await outcomeOf(run)
      const holds = facts.every((entry) => entry.holds)
      if (terminal.json)
        terminal.value({
          step: name,
          ok: holds,
          facts: Object.fromEntries(facts.map(({ name: key, value }) => [key, value])),
        })
      else {
        terminal.line(`${holds ? '✓' : '✗'} ${passed + 1}. ${terminal.words(`cli.demo.step.${name}`)}`)
        terminal.line(
          `     ${facts.map((entry) => `${entry.name}: ${valueText(entry.value)}${entry.holds ? '' : ' ✗'}`).join(' · ')}`,
        )
      }
      if (!holds) break
      passed += 1
    }
  } finally {
    await story.close()
    if (options.home === undefined) await rm(folder, { recursive: true, force: true })
  }
  const complete = passed === story.steps.length
  if (terminal.json) terminal.value({ steps: story.steps.length, passed, ok: complete })
  else terminal.line(terminal.words(complete ? 'cli.demo.passed' : 'cli.demo.stopped', { count: passed }))
  return complete ? exitCode.done : exitCode.failed

  async function outcomeOf(run: () => Promise<readonly Fact[]>): Promise<readonly Fact[]> {
    try {
      return await run()
    } catch (error) {
      const failure = failureOf(error)
      if (!failure) throw error
      terminal.note(failureText(terminal, failure))
      return [{ name: 'failure', value: failure.code, holds: false }]
    }
  }
}
