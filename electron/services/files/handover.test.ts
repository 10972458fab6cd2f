import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { testProfile } from '../../storage/testProfile.ts'
import { createHandover } from './handover.ts'

const plan = { name: 'plan.txt', mediaType: 'text/plain' }

async function testHandover() {
  return createHandover({ spool: (await testProfile()).spool, random: systemRandom })
}

describe('a file handed over', () => {
  it('arrives as its pieces were sent', async () => {
    const handover = await testHandover()
    const { spoolId } = expectSuccess(await handover.begin({ ...plan, size: 9 }))
    const pieces = [Buffer.from('a map'), Buffer.from(' too')]
    expect(await handover.append(spoolId, 0, pieces[0]!)).toEqual({ ok: true, value: 5 })
    expect(await handover.append(spoolId, 5, pieces[1]!)).toEqual({ ok: true, value: 9 })
    expect(Buffer.from(await handover.get(spoolId)!.bytes())).toEqual(Buffer.from(concatBytes(...pieces)))
  })

  it('is gone after a lock when it was offered for reading, and stays when it was handed over', async () => {
    const handover = await testHandover()
    const letter = expectSuccess(await handover.offer(plan, Buffer.from('decrypted')))
    const attached = expectSuccess(await handover.begin({ ...plan, size: 3 }))
    await handover.discardOffered()
    expect(await handover.read(letter.spoolId, 0, 9)).toBeUndefined()
    expect(handover.get(attached.spoolId)).toBeDefined()
  })

  it('takes no piece twice, none after a gap, and no more than was announced', async () => {
    const handover = await testHandover()
    const { spoolId } = expectSuccess(await handover.begin({ ...plan, size: 6 }))
    expectSuccess(await handover.append(spoolId, 0, Buffer.from('abc')))
    const misplaced = { ok: false, error: { code: 'not-found', what: 'offset' } }
    expect(await handover.append(spoolId, 0, Buffer.from('abc'))).toEqual(misplaced)
    expect(await handover.append(spoolId, 4, Buffer.from('e'))).toEqual(misplaced)
    const tooMuch = { ok: false, error: { code: 'too-large', limit: 6 } }
    expect(await handover.append(spoolId, 3, Buffer.from('defg'))).toEqual(tooMuch)
    expectSuccess(await handover.append(spoolId, 3, Buffer.from('def')))
  })

  it('is refused as one too many, until another one goes', async () => {
    const handover = await testHandover()
    const begin = () => handover.begin({ ...plan, size: 1 })
    const first = expectSuccess(await begin())
    for (let count = 1; count < 256; count++) expectSuccess(await begin())
    const refused = { ok: false, error: { code: 'too-many-files', limit: 256 } }
    expect(await begin()).toEqual(refused)
    expect(await handover.offer(plan, Buffer.from('x'))).toEqual(refused)
    await handover.discard(first.spoolId)
    expectSuccess(await begin())
  })
})
