/** From when to when a certificate holds, and where today lies: a line drawn by hand, told in words beside it. */

import { dateText } from '../../shared/words/words.ts'
import { useLanguage, useSay } from '../client/words.ts'
import './validityTimeline.css'

interface ValidityTimelineProps {
  readonly notBefore: string
  readonly notAfter: string
  readonly now?: Date
  /** Short dates, for the narrow column of a list. */
  readonly compact?: boolean
  /** Its issuer ended it before its time: what is left of that counts for nothing. */
  readonly revoked?: boolean
}

const day = 86_400_000
/** Twenty-five days before the end it is time to renew: the CA and the person both need some. */
const soonDays = 25

export function ValidityTimeline({
  notBefore,
  notAfter,
  now = new Date(),
  compact = false,
  revoked = false,
}: ValidityTimelineProps) {
  const say = useSay()
  const language = useLanguage()
  const from = new Date(notBefore)
  const to = new Date(notAfter)
  const share = Math.min(1, Math.max(0, (now.getTime() - from.getTime()) / Math.max(1, to.getTime() - from.getTime())))
  const days = Math.ceil((to.getTime() - now.getTime()) / day)
  const state = stateOf(now < from, days, revoked)
  const left = state === 'valid' || state === 'soon' ? say('validity.left', { count: days }) : say(`validity.${state}`)
  const x = 4 + share * 192
  const shown = (date: Date) => dateText(language, date, compact ? 'short' : 'date')
  return (
    <div className="validity">
      <svg
        className={`validity-line validity-${state}`}
        viewBox="0 0 200 16"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${dateText(language, from, 'date')} – ${dateText(language, to, 'date')}. ${left}`}
      >
        <line className="validity-whole" x1="4" x2="196" y1="8" y2="8" />
        {state === 'future' || state === 'revoked' ? null : (
          <line className="validity-rest" x1={x} x2="196" y1="8" y2="8" />
        )}
        <line className="validity-now" x1={x} x2={x} y1="1" y2="15" />
      </svg>
      <div className="validity-words numbers">
        <span>{shown(from)}</span>
        <span className={`validity-left validity-${state}`}>{left}</span>
        <span>{shown(to)}</span>
      </div>
    </div>
  )
}

function stateOf(isFuture: boolean, days: number, revoked: boolean) {
  if (days <= 0) return 'over'
  if (revoked) return 'revoked'
  if (isFuture) return 'future'
  return days <= soonDays ? 'soon' : 'valid'
}
