/** One sentence under the addresses: who can read the letter, and what to do for those who can't yet. */

import type { RecipientState } from '../../../shared/contract/compose.ts'
import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'

interface WhoCanReadProps {
  readonly states: readonly RecipientState[]
  readonly encrypt: boolean
  readonly onAskFor: (address: string) => void
  readonly onPostcard: () => void
}

export function WhoCanRead({ states, encrypt, onAskFor, onPostcard }: WhoCanReadProps) {
  const say = useSay()
  const [first, ...others] = states.filter(({ state }) => state === 'postcard' || state === 'broken')
  if (states.length === 0) return null
  if (!first) {
    return <Notice level="good" title={encrypt ? say('write.everyone') : say('write.everyoneCould')} />
  }
  // Without an envelope the picture says it: everyone on the way reads along.
  if (!encrypt) return null
  const title =
    others.length > 0
      ? say('write.severalCannot', { count: others.length + 1, address: first.address })
      : say(`recipientReasons.${first.reason ?? 'other'}`, { address: first.address, since: first.since })
  return (
    <Notice
      level="caution"
      title={title}
      action={
        <>
          <button type="button" className="link-button" onClick={() => onAskFor(first.address)}>
            {say('write.ask.action')}
          </button>
          <button type="button" className="link-button" onClick={onPostcard}>
            {say('write.withoutEnvelope')}
          </button>
        </>
      }
    />
  )
}
