import { describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { testAuthority } from '../certificates/testPki.ts'
import { testFolder } from '../storage/testProfile.ts'
import { openRevocationBook } from './revocationBook.ts'

describe('the book of what the sandbox revoked', () => {
  it('has all that was revoked at one time, also after a restart', async () => {
    const issuer = await testAuthority('Root')
    const folder = testFolder()
    const open = () => openRevocationBook(folder, { issuing: issuer, root: issuer }, systemClock)
    const book = await open()
    const serials = ['01', '02', '03', '04']
    await Promise.all(serials.map((serial) => book.revoke(serial, 'keyCompromise')))
    const again = await open()
    for (const serial of serials) {
      expect(book.entry(serial)?.revokedAt).toBeInstanceOf(Date)
      expect(again.entry(serial)).toEqual(book.entry(serial))
    }
  })
})
