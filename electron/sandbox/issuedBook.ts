/**
 * The serial numbers that the sandbox's CA has given out, kept in its folder: the orders are forgotten at each start, and its
 * responder must not call good what was never issued (RFC 6960 §2.2).
 */

import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface IssuedBook {
  /** Hexadecimal, as in `Certificate.serialNumber`. */
  has(serial: string): boolean
  /** Durable when it returns, and therefore to be awaited before the certificate is handed out. */
  add(serial: string): Promise<void>
}

const bookFile = 'issued.txt'

export async function openIssuedBook(folder: string): Promise<IssuedBook> {
  const file = join(folder, bookFile)
  const known = new Set(await serialsIn(file))
  return {
    has: (serial) => known.has(serial),
    async add(serial) {
      if (known.has(serial)) return
      const handle = await open(file, 'a', 0o600)
      try {
        // Begun on a line of its own: whoever was killed may have left half of one.
        await handle.write(`\n${serial}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      known.add(serial)
    },
  }
}

async function serialsIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').filter((line) => line !== '')
}
