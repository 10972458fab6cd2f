import { expect, it } from 'vitest'
import { testFolder, testProfile } from '../storage/testProfile.ts'
import { createSettingsStore, defaultSettings } from './settingsStore.ts'

it('settings have defaults, are kept one by one, and survive', async () => {
  const folder = testFolder()
  const { database } = await testProfile(folder)
  const store = createSettingsStore(database)
  expect(store.get()).toEqual(defaultSettings)
  expect(store.change({ language: 'de' })).toEqual({ ...defaultSettings, language: 'de' })
  store.change({ theme: 'dark', welcomed: true })
  expect(createSettingsStore((await testProfile(folder)).database).get()).toEqual({
    ...defaultSettings,
    language: 'de',
    theme: 'dark',
    welcomed: true,
  })
})

it('a setting that is broken or unknown in the database is the default again', async () => {
  const { database } = await testProfile()
  for (const [name, value] of Object.entries({ language: '"fr"', theme: '{', welcomed: '"yes"', unknown: '1' })) {
    database.run('INSERT INTO settings (name, value) VALUES (?, ?)', [name, value])
  }
  expect(createSettingsStore(database).get()).toEqual(defaultSettings)
})

it('a setting of the wrong kind is refused whole', async () => {
  const { database } = await testProfile()
  const store = createSettingsStore(database)
  expect(() => store.change({ theme: 'dark', language: 'fr' as 'de' })).toThrow()
  expect(store.get()).toEqual(defaultSettings)
})
