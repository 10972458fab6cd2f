import { createRouterClient } from '@orpc/server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { utf8Text } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { atOnce, type Steps } from '../../base/turns.ts'
import { testNow, testPerson } from '../../certificates/testPki.ts'
import { loadPostQuantum } from '../../crypto/postQuantum.ts'
import { backupByteLimit, openBackup, sealBackup } from '../../keystore/backupFile.ts'
import { authorityProcedures } from '../authority/authority.ts'
import { spoolProcedures } from '../files/spool.ts'
import { openForReading } from '../mail/reading.ts'
import { failureOf } from '../testServices.ts'
import { checkSound } from './backupCheck.ts'
import { collectBackup, readContents } from './backupContents.ts'
import { backedUpTables, tablesLeftOut } from './backupTables.ts'
import { createKnownFacts } from './certificateFacts.ts'
import {
  annaBefore,
  annasProfile,
  backupOf,
  backupPassphrase,
  clientOf,
  contentsOf,
  jonas,
  letterTo,
  opened,
  passphrase,
  profile,
  quickCost,
  rewritten,
  root,
  take,
  time,
} from './testBackup.ts'

describe('a backup', () => {
  it('holds every table of the schema, or says why not', async () => {
    const { database } = (await profile()).application.profile
    const tables = database
      .all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .map(({ name }) => name)
    const known = [...backedUpTables.map(({ name }) => name), ...Object.keys(tablesLeftOut)]
    expect([...known].sort()).toEqual([...tables].sort())
  })

  it('brings everything into an empty profile, where the same keys open old mail', async () => {
    const [from, into] = [await annasProfile(), await profile()]
    const file = await backupOf(from)
    const restored = await clientOf(into).restore(opened(file))
    expect(restored.parts).toEqual([
      { kind: 'identities', added: 2, known: 0 },
      { kind: 'keys', added: 1, known: 0 },
      { kind: 'contacts', added: 1, known: 0 },
      { kind: 'trust', added: 2, known: 0 },
      { kind: 'accounts', added: 1, known: 0 },
      { kind: 'drafts', added: 1, known: 0 },
      { kind: 'settings', added: 1, known: 0 },
    ])
    const withoutDate = (contents: unknown) => JSON.stringify(contents).replaceAll(/,"backedUpAt":"[^"]+"/g, '')
    expect(withoutDate(contentsOf(into))).toBe(withoutDate(contentsOf(from)))
    const read = expectSuccess(await openForReading(into, await letterTo(annaBefore)))
    expect(read.parts[0]?.text).toContain('Old mail')
    expect((await clientOf(into).state()).need).toBe('nothing')
  })

  it('needs the passphrase of the vault, and doesn’t open with it', async () => {
    const context = await annasProfile()
    const wrong = await failureOf(clientOf(context).make({ passphrase: 'falsch', backupPassphrase }))
    expect(wrong).toMatchObject({ code: 'wrong-passphrase' })
    time.now = new Date(testNow.getTime() + 60_000)
    const file = await backupOf(context)
    expect(await failureOf(clientOf(context).rehearse(opened(file, { passphrase })))).toMatchObject({
      code: 'wrong-backup-passphrase',
    })
    context.application.vault.lock()
    expect(await failureOf(clientOf(context).make({ passphrase, backupPassphrase }))).toMatchObject({ code: 'locked' })
    expect(utf8Text(file)).not.toContain('geheim')
  })

  it('is made under no passphrase that is guessed too fast, and opens with one that was allowed before', async () => {
    const context = await annasProfile()
    const short = await failureOf(clientOf(context).make({ passphrase, backupPassphrase: 'vierzehn sind ' }))
    expect(short).toEqual({ code: 'passphrase-too-short', data: { minimum: 15 } })
    expect((await clientOf(context).state()).need).toBe('make')
    const content = expectSuccess(await openBackup(await backupOf(context), { passphrase: backupPassphrase }))
    const older = expectSuccess(await sealBackup(content, { passphrase: 'x', random: systemRandom, cost: quickCost }))
    expect((await clientOf(context).rehearse(opened(older, { passphrase: 'x' }))).passed).toBe(true)
  })

  it('holds an address book of any size that fits, and says where it would be too large', async () => {
    const context = await annasProfile()
    const { database } = context.application.profile
    const write = (count: number, notes: string) =>
      database.run(
        `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
         INSERT INTO contacts SELECT 'c' || n || length(?2), 'Person ' || n, ?2, '', ?3 FROM numbers`,
        [count, notes, testNow.toISOString()],
      )
    write(150_000, '')
    const { spoolId } = await clientOf(context).make({ passphrase, backupPassphrase })
    const made = { source: { spoolId }, secret: { passphrase: backupPassphrase } }
    expect(await clientOf(context).rehearse(made)).toMatchObject({ passed: true })
    write(60, 'x'.repeat(5_000_000))
    const failed = await failureOf(clientOf(context).make({ passphrase, backupPassphrase }))
    expect(failed).toEqual({ code: 'too-large', data: { limit: backupByteLimit } })
  })

  it('is whole or none, whichever of its lines finds no room any more', async () => {
    const { profile: own, vault } = (await annasProfile()).application
    const about = { id: 'b', madeAt: testNow.toISOString(), profile: 'real' as const }
    const proofs = [{ sha256: 'ab', text: 'Proof', letter: 'bGV0dGVy' }]
    const within = (limit?: number) => atOnce(collectBackup(own.database, vault, about, proofs, limit))
    const { content } = expectSuccess(within())
    expect(expectSuccess(within(content.length)).content).toEqual(content)
    const ends = [...content.keys()].filter((at) => content[at] === 0x0a)
    expect(ends.length).toBeGreaterThan(backedUpTables.length)
    for (const limit of ends) {
      expect(within(limit)).toEqual({ ok: false, error: { code: 'too-large', limit } })
    }
  })

  it('counts once its file was written, and not where the person thought better of it', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    const spool = createRouterClient(spoolProcedures, { context })
    const given = await client.make({ passphrase, backupPassphrase })
    await spool.discard({ spoolId: given.spoolId })
    expect(await client.state()).toMatchObject({ need: 'make', keysMissing: 3 })
    expect((await client.state()).last).toBeUndefined()
    expect(context.application.identities.list().some(({ backedUpAt }) => backedUpAt)).toBe(false)
    // The window has read it to its end by the time that it is saved.
    await spool.saved({ spoolId: given.spoolId })
    expect(await client.state()).toMatchObject({ need: 'rehearse', keysMissing: 0 })
    expect(context.application.identities.list().every(({ backedUpAt }) => backedUpAt)).toBe(true)
  })

  it('is written down and looked through with turns for others', async () => {
    const { profile: own, vault, addressBook } = (await annasProfile()).application
    own.database.transaction(() => {
      for (let number = 0; number < 900; number++) {
        expectSuccess(addressBook.add({ name: `Nr. ${number}`, addresses: [`${number}@example.org`], notes: '' }))
      }
    })
    const about = { id: 'b', madeAt: testNow.toISOString(), profile: 'real' as const }
    const { turns, value } = stepped(collectBackup(own.database, vault, about, []))
    // 900 contacts and as many addresses, some hundred at once.
    expect(turns).toBeGreaterThanOrEqual(8)
    const contents = expectSuccess(await readContents(expectSuccess(value).content))
    onTestFinished(() => contents.close())
    const looked = stepped(checkSound(contents.database, await loadPostQuantum(), createKnownFacts()))
    expect(looked.value).toBe(true)
    expect(looked.turns).toBeGreaterThanOrEqual(8)
  })

  it('says that its passphrase is the vault’s', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    expect((await client.make({ passphrase, backupPassphrase: passphrase })).samePassphrase).toBe(true)
    expect((await client.make({ passphrase, backupPassphrase })).samePassphrase).toBe(false)
  })
})

function stepped<Value>(steps: Steps<Value>): { readonly turns: number; readonly value: Value } {
  for (let turns = 0; ; turns++) {
    const step = steps.next()
    if (step.done) return { turns, value: step.value }
  }
}

describe('a rehearsal', () => {
  it('opens a letter with each key of the file alone, and then nothing asks for it any more', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    expect((await client.state()).need).toBe('make')
    const file = await backupOf(context)
    expect((await client.state()).need).toBe('rehearse')
    context.application.vault.lock()
    time.now = new Date('2026-06-02T00:00:00Z')
    const rehearsed = await client.rehearse(opened(file))
    expect(rehearsed).toMatchObject({ passed: true, recorded: true, madeAt: testNow.toISOString() })
    expect(rehearsed.keys.map(({ outcome }) => outcome)).toEqual(['opened', 'opened'])
    expect(await client.state()).toMatchObject({ need: 'nothing', last: { rehearsedAt: time.now.toISOString() } })
  })

  it('is asked for again when there is a key that the backup lacks', async () => {
    const context = await annasProfile()
    const file = await backupOf(context)
    await clientOf(context).rehearse(opened(file))
    await take(context, jonas)
    expect(await clientOf(context).state()).toMatchObject({ need: 'renew', keysMissing: 1 })
  })

  it('stops asking also where an earlier backup was made while the clock was wrong', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    expectSuccess(context.application.vault.setAutoLock(0))
    time.now = new Date('2031-01-01T00:00:00Z')
    await backupOf(context)
    time.now = testNow
    await take(context, jonas)
    const file = await backupOf(context)
    await client.rehearse(opened(file))
    expect(await client.state()).toMatchObject({ need: 'nothing', last: { madeAt: testNow.toISOString() } })
  })

  it('lets a key that only signs sign', async () => {
    const context = await profile()
    await take(context, await testPerson('anna@example.org', { issuer: root }, { keyUsage: ['digitalSignature'] }))
    const rehearsed = await clientOf(context).rehearse(opened(await backupOf(context)))
    expect(rehearsed.keys).toMatchObject([{ outcome: 'signed' }])
    expect(rehearsed.passed).toBe(true)
  })

  it('lets the key of an own CA sign', async () => {
    const context = await profile()
    const authorities = createRouterClient(authorityProcedures, { context })
    await authorities.create({ name: 'Family', permitted: [], years: 10, keyType: 'ec-p256' })
    const { keys } = await clientOf(context).rehearse(opened(await backupOf(context)))
    expect(keys).toMatchObject([{ name: 'Family', addresses: [], outcome: 'signed' }])
  })

  it('does not pass with a letter that its key can’t open', async () => {
    const context = await annasProfile()
    const file = await rewritten(await backupOf(context), (lines) => {
      const proofs = lines.filter((line) => line.startsWith('{"proof"')).map((line) => JSON.parse(line).proof)
      const others = lines.filter((line) => !line.startsWith('{"proof"'))
      const swapped = proofs.map((proof, index) => ({ ...proof, letter: proofs[1 - index].letter }))
      return [...others, ...swapped.map((proof) => JSON.stringify({ proof }))]
    })
    const rehearsed = await clientOf(context).rehearse(opened(file))
    expect(rehearsed).toMatchObject({ passed: false, recorded: false })
    expect(rehearsed.keys.map(({ outcome }) => outcome)).toEqual(['unusable', 'unusable'])
    expect((await clientOf(context).state()).need).toBe('rehearse')
  })

  it('of another profile’s backup is not counted', async () => {
    const file = await backupOf(await annasProfile())
    const other = await profile()
    expect(await clientOf(other).rehearse(opened(file))).toMatchObject({ passed: true, recorded: false })
  })
})
