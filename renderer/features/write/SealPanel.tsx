/** What the letter will be: the picture, the two switches, who can read it, and the button that says what it does. */

import { Button, Progress, Switch } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { RecipientState } from '../../../shared/contract/compose.ts'
import { bytesText } from '../../../shared/words/words.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { AnsweredLetter } from './AnsweredLetter.tsx'
import { cannotBeSealed, drawingOf, kindOf, type Letter, type Obstacle, revealsAnswered } from './letter.ts'
import type { SendingState } from './useSending.ts'
import { WhoCanRead } from './WhoCanRead.tsx'

interface SealPanelProps {
  readonly letter: Letter
  readonly states: readonly RecipientState[]
  readonly canSign: boolean
  readonly obstacle: Obstacle | undefined
  /** What may be seen of a letter that came in an envelope is decided. */
  readonly decided: boolean
  readonly sending: SendingState | undefined
  readonly onChange: (next: Partial<Letter>) => void
  /** The answer may leave without an envelope, with or without what it takes from the letter. */
  readonly onReveal: (takeOut: boolean) => void
  readonly onSend: () => void
  readonly onStop: () => void
  readonly onAskFor: (address: string) => void
}

export function SealPanel(props: SealPanelProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { letter, canSign, obstacle, sending, onChange } = props
  const kind = kindOf(letter)
  const unsealable = cannotBeSealed(letter, props.states)
  const busy = sending?.stage !== undefined
  return (
    <aside className="write-side" aria-label={say('write.panel')}>
      <div className="write-side-body">
        <div className="write-picture" data-unsealable={unsealable}>
          <Drawing name={unsealable ? 'open-letter' : drawingOf[kind]} width={168} />
          <h2>{say(unsealable ? 'write.unsealable' : `write.kind.${kind}.title`)}</h2>
          {unsealable ? null : <p className="soft small">{say(`write.kind.${kind}.text`)}</p>}
        </div>
        {revealsAnswered(letter, props.decided) ? (
          <AnsweredLetter onEncrypt={() => onChange({ encrypt: true })} onReveal={props.onReveal} />
        ) : null}
        <WhoCanRead
          states={props.states}
          encrypt={letter.encrypt}
          onAskFor={props.onAskFor}
          onPostcard={() => onChange({ encrypt: false })}
        />
        <Switch
          label={say('write.sign')}
          description={canSign ? say('write.signHint') : say('write.cannotSign')}
          checked={letter.sign}
          disabled={!canSign && !letter.sign}
          onChange={(event) => onChange({ sign: event.currentTarget.checked })}
        />
        {canSign ? null : (
          <Button variant="subtle" size="compact-sm" onClick={() => navigate({ to: '/enrol', search: {} })}>
            {say('certs.get')}
          </Button>
        )}
        <Switch
          label={say('write.encrypt')}
          description={say('write.encryptHint')}
          checked={letter.encrypt}
          onChange={(event) => onChange({ encrypt: event.currentTarget.checked })}
        />
      </div>
      <div className="write-foot stack-tight">
        {sending?.error !== undefined ? <ErrorNotice error={sending.error} /> : null}
        {busy ? (
          <SendingProgress sending={sending} onStop={props.onStop} />
        ) : (
          <div className="stack-tight">
            <Button
              size="md"
              disabled={obstacle !== undefined}
              aria-describedby={obstacle ? 'write-obstacle' : undefined}
              aria-keyshortcuts="Control+Enter"
              onClick={props.onSend}
            >
              {say(`write.send.${kind}`)}
            </Button>
            {obstacle ? (
              <p id="write-obstacle" className="small" role="status">
                {say(`write.obstacle.${obstacle.code}`, obstacle.data)}
              </p>
            ) : null}
            {obstacle?.code === 'no-sender' ? (
              <Button
                variant="default"
                size="compact-sm"
                onClick={() => navigate({ to: '/transport', search: { id: 'new' } })}
              >
                {say('transport.add')}
              </Button>
            ) : null}
          </div>
        )}
      </div>
    </aside>
  )
}

function SendingProgress({ sending, onStop }: { readonly sending: SendingState; readonly onStop: () => void }) {
  const say = useSay()
  const language = useLanguage()
  const { stage, sent, total } = sending
  return (
    <div className="stack-tight">
      <p aria-live="polite">{say(`write.stage.${stage}`)}</p>
      <Progress
        value={total === 0 ? 100 : (sent / total) * 100}
        animated={total === 0}
        aria-label={say(`write.stage.${stage}`)}
      />
      <div className="row row-apart">
        <span className="soft small numbers">
          {total === 0
            ? ''
            : say('write.progress', { sent: bytesText(language, sent), total: bytesText(language, total) })}
        </span>
        <Button variant="default" size="compact-sm" onClick={onStop}>
          {say('ui.stop')}
        </Button>
      </div>
    </div>
  )
}
