import { expect, it } from 'vitest'
import { testNow } from '../../certificates/testPki.ts'
import { failureOf } from '../testServices.ts'
import { annasProfile, backupOf, clientOf, opened, passphrase, profile, time } from './testBackup.ts'

it('opens backups made after it, is shown again for the passphrase, and survives its own backup', async () => {
  const context = await annasProfile()
  const client = clientOf(context)
  const before = await backupOf(context)
  const made = await client.paperKey({ passphrase, anew: false })
  expect(await client.paperKey({ passphrase, anew: false })).toEqual(made)
  expect((await client.state()).paperKey).toEqual({ keyId: made.keyId, madeAt: made.madeAt })
  const file = await backupOf(context)
  const typed = { paperKey: made.key.toLowerCase().replaceAll('-', ' ') }
  expect(await client.rehearse(opened(file, typed))).toMatchObject({ passed: true })
  expect(await failureOf(client.rehearse(opened(before, typed)))).toMatchObject({ code: 'no-paper-key' })
  expect(await failureOf(client.paperKey({ passphrase: 'falsch', anew: false }))).toMatchObject({
    code: 'wrong-passphrase',
  })
  time.now = new Date(testNow.getTime() + 60_000)
  const into = await profile()
  const { parts } = await clientOf(into).restore(opened(file, typed))
  expect(parts).toContainEqual({ kind: 'paperKey', added: 1, known: 0 })
  expect(await clientOf(into).paperKey({ passphrase, anew: false })).toEqual(made)
})

it('made anew leaves the older backups to the older one', async () => {
  const context = await annasProfile()
  const client = clientOf(context)
  const first = await client.paperKey({ passphrase, anew: false })
  const file = await backupOf(context)
  const second = await client.paperKey({ passphrase, anew: true })
  expect(second.key).not.toBe(first.key)
  expect(await client.rehearse(opened(file, { paperKey: first.key }))).toMatchObject({ passed: true })
  expect(await failureOf(client.rehearse(opened(file, { paperKey: second.key })))).toEqual({
    code: 'other-paper-key',
    data: { keyId: first.keyId },
  })
})

it('names the group that was mistyped', async () => {
  const context = await annasProfile()
  const { key } = await clientOf(context).paperKey({ passphrase, anew: false })
  const typed = `${key[0] === 'A' ? 'B' : 'A'}${key.slice(1)}`
  expect(await failureOf(clientOf(context).rehearse(opened(new Uint8Array(9), { paperKey: typed })))).toEqual({
    code: 'paper-key-group',
    data: { groups: '1' },
  })
})
