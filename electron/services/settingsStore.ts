/** The settings of a profile: each by its name, checked when read, so that a broken value is the default again. */

import { type Settings, settings as schema } from '../../shared/contract/app.ts'
import type { Database } from '../storage/database.ts'

export interface SettingsStore {
  get(): Settings
  /** Changes what is given and answers with all. Throws `DiskFull`. */
  change(changes: Partial<Settings>): Settings
}

export const defaultSettings: Settings = {
  language: 'system',
  theme: 'system',
  welcomed: false,
  signByDefault: true,
  encryptWhenPossible: true,
  experimentalAlgorithms: false,
  headerPolicy: 'baseline',
  // No certificate says whether its owner's program reads protected headers (RFC 9788 §5.2.2), and most still show "[...]".
  legacyDisplay: true,
  // A certificate that has run out is noticed when a letter can't be sealed, which is too late.
  renewByItself: true,
  // A list says nothing about who is looked at; the other two work like a picture that is loaded from afar.
  revocation: { lists: true, ocsp: false, issuers: false },
}

type SettingName = keyof Settings

const names = Object.keys(defaultSettings) as SettingName[]

export function createSettingsStore(database: Database): SettingsStore {
  function get(): Settings {
    const stored = new Map(
      database
        .all<{ name: string; value: string }>('SELECT name, value FROM settings')
        .map(({ name, value }) => [name, value]),
    )
    const entries = names.map((name) => [name, storedValue(name, stored.get(name))])
    return schema.parse(Object.fromEntries(entries))
  }

  return {
    get,
    change(changes) {
      const checked = schema.partial().parse(changes)
      database.transaction(() => {
        for (const name of names) {
          const value = checked[name]
          if (value === undefined) continue
          database.run(
            'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
            [name, JSON.stringify(value)],
          )
        }
      })
      return get()
    },
  }
}

function storedValue(name: SettingName, text: string | undefined): unknown {
  if (text === undefined) return defaultSettings[name]
  try {
    const checked = schema.shape[name].safeParse(JSON.parse(text))
    return checked.success ? checked.data : defaultSettings[name]
  } catch {
    // Not JSON: the value was not written by this program.
    return defaultSettings[name]
  }
}
