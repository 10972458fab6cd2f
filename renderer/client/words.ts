/** The words of the chosen language for every component. */

import { createContext, useContext } from 'react'
import { type Language, languageOf, type PhraseData, phrase } from '../../shared/words/words.ts'

export type Say = (key: string, data?: PhraseData) => string

const LanguageContext = createContext<Language>('en')
export const LanguageProvider = LanguageContext.Provider

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

export function useSay(): Say {
  const language = useLanguage()
  return (key, data) => phrase(language, key, data)
}

export function chosenLanguage(setting: 'system' | Language | undefined): Language {
  return setting === undefined || setting === 'system' ? languageOf(navigator.language) : setting
}
