/** Before an answer leaves without the envelope that the letter came in: what everyone would read, and what can be done. */

import { useSay } from '../../client/words.ts'
import { Notice } from '../../ui/Notice.tsx'

interface AnsweredLetterProps {
  readonly onEncrypt: () => void
  readonly onReveal: (takeOut: boolean) => void
}

export function AnsweredLetter({ onEncrypt, onReveal }: AnsweredLetterProps) {
  const say = useSay()
  return (
    <Notice
      level="caution"
      title={say('write.answered.title')}
      urgent
      action={
        <>
          <button type="button" className="link-button" onClick={onEncrypt}>
            {say('write.answered.encrypt')}
          </button>
          <button type="button" className="link-button" onClick={() => onReveal(true)}>
            {say('write.answered.takeOut')}
          </button>
          <button type="button" className="link-button" onClick={() => onReveal(false)}>
            {say('write.answered.openly')}
          </button>
        </>
      }
    >
      {say('write.answered.text')}
    </Notice>
  )
}
