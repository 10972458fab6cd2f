/** Measures what the command line names, or everything, and prints one table. */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureCertificates } from './certificates.ts'
import { measureCommand } from './command.ts'
import { type EngineOptions, measureEngine } from './engine.ts'
import type { Row } from './measure.ts'
import { print, report } from './table.ts'
import { measureWindow } from './window.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '100' },
    sizes: { type: 'string', default: '1,10,100,1000' },
    mails: { type: 'string', default: '5000' },
    runs: { type: 'string', default: '3' },
    report: { type: 'boolean', default: false },
  },
})
const options: EngineOptions = {
  size: Number(values.size),
  sizes: values.sizes.split(',').map(Number),
  mails: Number(values.mails),
  runs: Number(values.runs),
}
if (![options.size, ...options.sizes, options.mails, options.runs].every((number) => number > 0)) {
  throw new Error('--size, --sizes, --mails and --runs take positive numbers')
}

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  command: measureCommand,
  certificates: () => measureCertificates(options.runs),
  engine: () => measureEngine(options),
  window: measureWindow,
}
/** Where the README has a table for what is measured. */
const readmeParts: Readonly<Record<string, string>> = { engine: 'speed', certificates: 'certificate-speed' }
const unknown = positionals.find((name) => !(name in parts))
if (unknown !== undefined) throw new Error(`nothing named ${unknown}; there are: ${Object.keys(parts).join(', ')}`)

const rows: Row[] = []
for (const [name, work] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  process.stderr.write(`Measuring: ${name} …\n`)
  const measured = await work()
  const part = readmeParts[name]
  if (part && values.report) report(measured, fileURLToPath(new URL('../../README.md', import.meta.url)), part)
  rows.push(...measured)
}
print(rows)
