/** Damaged databases and two windows, as the page meets them: each call ends with a code that has a sentence, and nothing is lost. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { writePem } from '../asn1/pem.ts'
import { base64Text, latin1Bytes } from '../base/bytes.ts'
import { testPerson } from '../certificates/testPki.ts'
import { scriptedServer } from '../mail/testServers.ts'
import { loadSqlite } from '../storage/sqlite.ts'
import { testFolder } from '../storage/testProfile.ts'
import { account, codeOf, furnish, letter, outcomeOf, passphrase, type Windows, windowsOn } from './testWindows.ts'

let home: string
let windows: Windows

beforeEach(() => {
  home = join(testFolder(), 'profile')
  windows = windowsOn(home)
})

describe('a damaged database', () => {
  async function damaged(): Promise<{ file: string; bytes: Buffer }> {
    const client = await windows.open()
    await client.vault.create({ passphrase })
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    await windows.close()
    const file = join(home, 'siegel.db')
    const bytes = readFileSync(file)
    bytes.fill(0x41, 4096, bytes.length - 4096)
    writeFileSync(file, bytes)
    return { file, bytes }
  }

  it('is told to whoever asks for anything, is not touched, and gives way to the last good copy on request', async () => {
    const { file, bytes } = await damaged()
    const client = await windows.open()
    expect((await client.app.status()).profile).toMatchObject({ state: 'damaged', folder: file, backupAvailable: true })
    const trouble = { code: 'database-damaged', data: { file, backup: `${file}.backup` } }
    for (const ask of [
      () => client.vault.state(),
      () => client.vault.unlock({ passphrase }),
      () => client.contacts.list({ query: '' }),
      () => client.app.changeSettings({ theme: 'dark' }),
      () => client.compose.send(letter),
      () => client.enrolment.follow({ id: 'x' }),
    ]) {
      expect(await outcomeOf(ask)).toEqual(trouble)
    }
    expect(readFileSync(file).equals(bytes)).toBe(true)

    expect((await client.app.restoreBackup()).profile).toMatchObject({ state: 'open' })
    expect((await client.vault.unlock({ passphrase })).state).toBe('unlocked')
    expect(await client.contacts.list({ query: '' })).toMatchObject([{ name: 'Jonas' }])
    const [aside] = readdirSync(home).filter((name) => name.includes('damaged'))
    expect(readFileSync(join(home, aside ?? '')).equals(bytes)).toBe(true)
  })

  it('without a copy stays where it is, and asking for the copy changes nothing', async () => {
    const { file, bytes } = await damaged()
    rmSync(`${file}.backup`)
    const client = await windows.open()
    expect((await client.app.status()).profile).toMatchObject({ state: 'damaged', backupAvailable: false })
    expect(await codeOf(() => client.app.restoreBackup())).toBe('not-found')
    expect((await client.app.status()).profile.state).toBe('damaged')
    await windows.close()
    expect(readFileSync(file).equals(bytes)).toBe(true)
  })

  it('whose copy is damaged too is told again, and both files are kept', async () => {
    const { file, bytes } = await damaged()
    writeFileSync(`${file}.backup`, bytes)
    const client = await windows.open()
    expect(await codeOf(() => client.app.restoreBackup())).toBe('database-damaged')
    expect((await client.app.status()).profile.state).toBe('damaged')
    await windows.close()
    expect(readFileSync(`${file}.backup`).equals(bytes)).toBe(true)
    expect(readFileSync(file).equals(bytes)).toBe(true)
    expect(readdirSync(home).some((name) => name.includes('damaged'))).toBe(true)
  })

  it('is the only one that a copy takes the place of: a good profile stays', async () => {
    const client = await windows.open()
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    expect(await codeOf(() => client.app.restoreBackup())).toBe('not-found')
    expect(await client.contacts.list({ query: '' })).toHaveLength(1)
    expect(readdirSync(home).some((name) => name.includes('damaged'))).toBe(false)
  })

  it('from a newer program is named with both versions', async () => {
    const client = await windows.open()
    await client.vault.state()
    await windows.close()
    const connection = (await loadSqlite())(join(home, 'siegel.db'))
    connection.exec('PRAGMA user_version = 999')
    connection.close()
    const later = await windows.open()
    expect((await later.app.status()).profile.state).toBe('unusable')
    expect(await outcomeOf(() => later.vault.state())).toMatchObject({ code: 'database-newer', data: { found: 999 } })
  })
})

describe('two windows at once', () => {
  it('of one program see each other’s changes, and one held letter is sent by one of them only', async () => {
    const first = await windows.open()
    const second = windows.openBeside()
    const { heldId, accountId } = await furnish(first)
    expect((await second.vault.state()).state).toBe('unlocked')
    // Keeps the first of them busy for as long as the second one takes to ask.
    const silent = await scriptedServer((_line, { hangUp }) => void setTimeout(hangUp, 1000))
    onTestFinished(() => silent.close())
    await first.accounts.update({
      ...account,
      id: accountId,
      submission: { ...account.submission, port: silent.port },
    })
    const codes = await Promise.all([first, second].map((page) => codeOf(() => page.compose.retry({ id: heldId }))))
    expect(codes.sort()).toEqual(['not-found', 'protocol-violation'])
    expect(await second.compose.outbox()).toMatchObject([{ id: heldId, state: 'held' }])
    await second.vault.lock()
    expect(await codeOf(() => first.compose.drafts())).toBe('locked')
  })

  it('of two programs share one profile: one vault, one key for one file, one count of wrong passphrases', async () => {
    const [first, second] = [await windows.open(), await windows.open()]
    const made = await Promise.all([first, second].map((page) => codeOf(() => page.vault.create({ passphrase }))))
    expect(made.sort()).toEqual(['done', 'vault-exists'])
    for (const page of [first, second]) await page.vault.unlock({ passphrase })
    const person = await testPerson('anna@example.org')
    const pem = writePem('PRIVATE KEY', person.pkcs8) + writePem('CERTIFICATE', person.certificate.der)
    const source = { bytes: base64Text(latin1Bytes(pem)) }
    const imports = await Promise.all([first, second].map((page) => page.identities.import({ source })))
    expect(imports.map(({ imported }) => imported.length).sort()).toEqual([0, 1])
    expect(await first.identities.list()).toHaveLength(1)
    expect(await second.identities.list()).toEqual(await first.identities.list())

    await Promise.all([first, second].map((page) => page.vault.lock()))
    for (const page of [first, second, first]) {
      expect(await codeOf(() => page.vault.unlock({ passphrase: 'wrong' }))).toBe('wrong-passphrase')
    }
    const connection = (await loadSqlite())(join(home, 'siegel.db'))
    expect(connection.prepare('SELECT failed_attempts FROM vault').get()).toMatchObject({ failed_attempts: 3 })
    connection.close()
  })
})
