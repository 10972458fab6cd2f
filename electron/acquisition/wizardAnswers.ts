/** The one row of answers that were given before anything was ordered: checked when read, so that a broken one is none. */

import { type KeptAnswers, keptAnswers } from '../../shared/contract/wizard.ts'
import type { Clock } from '../base/clock.ts'
import type { Database } from '../storage/database.ts'

export interface WizardAnswers {
  get(): { answers: KeptAnswers; keptAt: string } | undefined
  /** Takes the place of what was kept before. Throws `DiskFull`. */
  keep(answers: KeptAnswers): void
  forget(): void
}

export function createWizardAnswers(database: Database, clock: Clock): WizardAnswers {
  return {
    get() {
      const row = database.get<{ answers: string; kept_at: string }>('SELECT answers, kept_at FROM wizard_answers')
      const answers = row && answersOf(row.answers)
      return answers && { answers, keptAt: row.kept_at }
    },
    keep(answers) {
      database.run('INSERT OR REPLACE INTO wizard_answers (id, answers, kept_at) VALUES (1, ?, ?)', [
        JSON.stringify({ ...answers, directoryUrl: withoutCredentials(answers.directoryUrl) }),
        clock().toISOString(),
      ])
    },
    forget() {
      database.run('DELETE FROM wizard_answers')
    },
  }
}

/** The row lies open in the profile: a password that somebody put into an address isn't written there. */
function withoutCredentials(url: string): string {
  return url.replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

function answersOf(text: string): KeptAnswers | undefined {
  try {
    const checked = keptAnswers.safeParse(JSON.parse(text))
    return checked.success ? checked.data : undefined
  } catch {
    // Not JSON: the value was not written by this program.
    return undefined
  }
}
