/** The words of the chosen language for every component. */

import { createContext, useContext } from 'react'
import { withShownAddresses } from '../../shared/shownAddress.ts'
import { type Language, languageOf, type PhraseData, phrase } from '../../shared/words/words.ts'

export type Say = (key: string, data?: PhraseData) => string

const LanguageContext = createContext<Language>('en')
export const LanguageProvider = LanguageContext.Provider

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

export function useSay(): Say {
  const language = useLanguage()
  return (key, data) => phrase(language, key, data && shownIn(data))
}

/** What a sentence tells, with its addresses as a person writes them. */
function shownIn(data: PhraseData): PhraseData {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, shown(value)]))
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  return typeof value === 'string' ? withShownAddresses(value) : value
}

export function chosenLanguage(setting: 'system' | Language | undefined): Language {
  return setting === undefined || setting === 'system' ? languageOf(navigator.language) : setting
}
