import { appendFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { testFolder } from '../storage/testProfile.ts'
import { openIssuedBook } from './issuedBook.ts'

it('The book of what the sandbox issued knows it after a restart, also behind a line that was cut off', async () => {
  const folder = testFolder()
  const book = await openIssuedBook(folder)
  await Promise.all(['4a01', '4a02'].map((serial) => book.add(serial)))
  appendFileSync(join(folder, 'issued.txt'), '4a')
  const again = await openIssuedBook(folder)
  await again.add('4a03')
  const last = await openIssuedBook(folder)
  expect(['4a01', '4a02', '4a03', '4a04'].map((serial) => last.has(serial))).toEqual([true, true, true, false])
  expect(statSync(join(folder, 'issued.txt')).mode & 0o777).toBe(0o600)
})
