import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { expect, it, onTestFinished } from 'vitest'
import { createPassphraseJudge } from '../../shared/passphraseJudgement.ts'
import { expectSuccess } from '../base/result.ts'
import { requireStrength, weaknessOfChosen } from './chosenPassphrase.ts'
import { openSession } from './session.ts'
import { failureOf, testRuntime } from './testServices.ts'
import { vaultProcedures } from './vault.ts'

async function profile() {
  const home = await mkdtemp(join(tmpdir(), 'siegel-chosen-'))
  const session = await openSession({ home, kind: 'real', runtime: testRuntime() })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  return session.context
}

it('knows what every guesser has on a list, however long it is', async () => {
  const listed = [
    'passwordpassword',
    'PasswordPassword',
    'P@ssw0rdP@ssw0rd',
    'password password',
    'letmeinletmeinletmein',
    'iloveyou iloveyou',
    'qwertyuiopasdfgh',
    '1234567890123456',
    'abcdefghijklmnopqrstuvwxyz',
    'Passwort12345678',
    'Siegel Siegel Siegel',
    'siegel-backup-siegel',
    'Siegel-Backup 2026!',
  ]
  for (const passphrase of listed) expect(await weaknessOfChosen('backup', passphrase), passphrase).toBe('guessed')
  for (const passphrase of ['password1', '12345678', 'qwertyuiop']) {
    expect(await weaknessOfChosen('vault', passphrase), passphrase).toBe('guessed')
  }
})

it('leaves a few words in peace, in any language and script', async () => {
  const good = [
    'correct horse battery staple',
    'ein Reiher im Schilf',
    'fünfzehn sind’s',
    '天地玄黄宇宙洪荒日月盈昃辰宿列张',
    'тихий вечер над рекой',
    '🦢🦆🦉🐦🐧🦅🦜🐓🦃🦚🦩🕊🦤🐣🐥',
  ]
  for (const passphrase of good) {
    for (const purpose of ['backup', 'file', 'vault'] as const) {
      expect(await weaknessOfChosen(purpose, passphrase), passphrase).toBeUndefined()
    }
  }
})

it('leaves a strong one in peace behind a hundred letters that anybody guesses, and at signs that a name is made of', async () => {
  const long = `${'abcdefghij'.repeat(10)} Reiher Schilf Mondlicht Kupferkanne`
  expect(await weaknessOfChosen('backup', long)).toBeUndefined()
  expect(await weaknessOfChosen('backup', '#!+*~^%&/()=?_.:;,<>|', ['***', 'anna'])).toBeUndefined()
})

it('expects the person’s own address and name, and says so to the window', async () => {
  const context = await profile()
  const { vault, accounts } = context.application
  expectSuccess(await vault.create('correct horse battery staple'))
  const server = { host: 'mail.example.org', port: 465, security: 'tls', user: 'x' } as const
  const address = 'wilhelmine@kranichstein.example'
  expectSuccess(accounts.add({ name: 'Wilhelmine', address, password: 'geheim', submission: server, mailbox: server }))
  const judge = createPassphraseJudge(await createRouterClient(vaultProcedures, { context }).expectedWords())
  for (const own of [address, 'Wilhelmine Kranichstein', 'wilhelmine.kranichstein', 'KranichsteinKranichstein']) {
    expect(await weaknessOfChosen('backup', own), own).toBeUndefined()
    const refused = await requireStrength(context, 'backup', own).catch((error: unknown) => error)
    expect(refused, own).toMatchObject({ code: 'passphrase-guessed' })
    expect(judge('backup', own).weakness, own).toBe('guessed')
    await requireStrength(context, 'backup', own, true)
  }
})

it('keeps the vault from being made, or changed, under one of them, unless a script’s owner says so', async () => {
  const context = await profile()
  const client = createRouterClient(vaultProcedures, { context })
  expect(await failureOf(client.create({ passphrase: 'password1' }))).toEqual({ code: 'passphrase-guessed', data: {} })
  expect(context.application.vault.state()).toBe('none')
  await client.create({ passphrase: 'password1', allowWeak: true })
  const change = client.changePassphrase({ current: 'password1', next: '12345678' })
  expect(await failureOf(change)).toEqual({ code: 'passphrase-guessed', data: {} })
})
