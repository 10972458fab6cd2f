/** A date as one says it ("3 days ago"), with the exact moment on hover and on focus. */

import type { Language } from '../../shared/words/words.ts'
import { dateText } from '../../shared/words/words.ts'
import { useLanguage, useSay } from '../client/words.ts'

const day = 86_400_000
const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * day],
  ['month', 30.4 * day],
  ['week', 7 * day],
  ['day', day],
  ['hour', day / 24],
  ['minute', day / 1440],
]

export function RelativeDate({ value }: { readonly value: string | undefined }) {
  const say = useSay()
  const language = useLanguage()
  const date = value === undefined ? undefined : new Date(value)
  if (!date || Number.isNaN(date.getTime())) return <span className="soft">{value ?? ''}</span>
  return (
    <time className="numbers" dateTime={date.toISOString()} title={dateText(language, date, 'moment')}>
      {relativeText(language, date, new Date()) ?? say('ui.now')}
    </time>
  )
}

/** Nothing for what is less than a minute away. */
function relativeText(language: Language, date: Date, now: Date): string | undefined {
  const distance = date.getTime() - now.getTime()
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) return format.format(Math.round(distance / length), unit)
  }
  return undefined
}

/** Today the hour, this year the day, else the month and the year: as narrow as a list needs. */
export function ListDate({ value }: { readonly value: string | undefined }) {
  const language = useLanguage()
  const date = value === undefined ? undefined : new Date(value)
  if (!date || Number.isNaN(date.getTime())) return null
  const now = new Date()
  const sameDay = date.toDateString() === now.toDateString()
  const options: Intl.DateTimeFormatOptions = sameDay
    ? { timeStyle: 'short' }
    : date.getFullYear() === now.getFullYear()
      ? { day: 'numeric', month: 'short' }
      : { month: 'short', year: 'numeric' }
  return (
    <time className="numbers soft small" dateTime={date.toISOString()} title={dateText(language, date, 'moment')}>
      {new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', options).format(date)}
    </time>
  )
}
