/** Measures what the command line names, or everything, and prints one table. */

import { measureCommand } from './command.ts'
import { measureMail } from './mail.ts'
import { print, type Row } from './measure.ts'
import { measureWindow } from './window.ts'

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  command: measureCommand,
  mail: measureMail,
  window: measureWindow,
}

const named = process.argv.slice(2)
const rows: Row[] = []
for (const [name, work] of Object.entries(parts)) {
  if (named.length > 0 && !named.includes(name)) continue
  process.stderr.write(`Measuring: ${name} …\n`)
  rows.push(...(await work()))
}
print(rows)
