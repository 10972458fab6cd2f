import { createRouterClient } from '@orpc/server'
import { describe, expect, it } from 'vitest'
import type { KeptAnswers } from '../../../shared/contract/wizard.ts'
import { router } from '../router.ts'
import { testServices } from '../testServices.ts'

const answers: KeptAnswers = {
  step: 'key',
  name: 'Nora Lindqvist',
  address: 'nora@harbour.invalid',
  ca: 'catalogue',
  authority: 'harica',
  directoryUrl: '',
  keyType: 'ec-p256',
  byHand: true,
  purpose: 'separate',
  requestKey: 'rsa-4096',
}

async function wizard() {
  const context = await testServices()
  return { context, client: createRouterClient(router, { context }) }
}

describe('what the wizard was told', () => {
  it('is kept as it was given, half typed and in any step, and the newest alone', async () => {
    const { client } = await wizard()
    expect(await client.wizard.answers()).toBeNull()
    await client.wizard.keep({ ...answers, step: 'who', address: 'nor' })
    expect((await client.wizard.answers())?.answers).toEqual({ ...answers, step: 'who', address: 'nor' })
    await client.wizard.keep(answers)
    expect((await client.wizard.answers())?.answers).toEqual(answers)
  })

  it('is gone when the person begins anew', async () => {
    const { client } = await wizard()
    await client.wizard.keep(answers)
    await client.wizard.forget()
    expect(await client.wizard.answers()).toBeNull()
  })

  it('is gone once a request for the address was made, whoever made it and however it is spelt', async () => {
    const { context, client } = await wizard()
    await client.wizard.keep({ ...answers, address: ' Nora@HARBOUR.invalid' })
    const begin = { name: 'Nora', authority: '', keyType: 'ec-p256', purpose: 'sign' } as const
    await client.requests.begin({ ...begin, address: 'other@harbour.invalid' })
    expect(await client.wizard.answers()).not.toBeNull()
    await client.requests.begin({ ...begin, address: answers.address })
    expect(await client.wizard.answers()).toBeNull()
    expect(context.application.profile.database.all('SELECT * FROM wizard_answers')).toEqual([])
  })

  it('that was said after a request for the same address stays', async () => {
    const { client } = await wizard()
    await client.requests.begin({
      name: 'Nora',
      address: answers.address,
      authority: '',
      keyType: 'ec-p256',
      purpose: 'sign',
    })
    // A clock shows milliseconds: what is kept in the same one counts as older.
    await new Promise((resolve) => setTimeout(resolve, 2))
    await client.wizard.keep(answers)
    expect((await client.wizard.answers())?.answers).toEqual(answers)
  })

  it('never has a password that was typed into the address of a directory', async () => {
    const { context, client } = await wizard()
    await client.wizard.keep({ ...answers, ca: 'acme', directoryUrl: 'https://nora:geheim@ca.example/directory' })
    expect((await client.wizard.answers())?.answers.directoryUrl).toBe('https://ca.example/directory')
    expect(JSON.stringify(context.application.profile.database.all('SELECT * FROM wizard_answers'))).not.toMatch(
      'geheim',
    )
  })

  it('is nothing where the row was damaged', async () => {
    const { context, client } = await wizard()
    for (const text of ['{', '[]', JSON.stringify({ ...answers, step: 'get' }), 'null']) {
      await client.wizard.keep(answers)
      context.application.profile.database.run('UPDATE wizard_answers SET answers = ?', [text])
      expect(await client.wizard.answers()).toBeNull()
    }
  })
})
