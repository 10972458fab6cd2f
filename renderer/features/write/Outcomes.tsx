/** What came of handing a letter in: one line each, which unfolds into the facts and the conversation. */

import type { SubmissionOutcome } from '../../../shared/contract/compose.ts'
import { useSay } from '../../client/words.ts'
import { Mark } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { protocolText } from '../../ui/protocolText.ts'
import './write.css'

interface OutcomesProps {
  readonly outcomes: readonly SubmissionOutcome[]
  readonly filedInSent: boolean
}

export function Outcomes({ outcomes, filedInSent }: OutcomesProps) {
  const say = useSay()
  return (
    <section className="stack-tight" aria-label={say('outcome.label')}>
      {outcomes.map((outcome, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: outcomes are final and never move
        <Outcome key={index} outcome={outcome} />
      ))}
      <p className="soft small">{filedInSent ? say('outcome.filed') : say('outcome.notFiled')}</p>
    </section>
  )
}

function Outcome({ outcome }: { readonly outcome: SubmissionOutcome }) {
  const say = useSay()
  const { tls, server, accepted, rejected, response, transcript } = outcome
  return (
    <details className="card fold">
      <summary>
        {say('outcome.line', {
          server,
          protocol: protocolText(tls.protocol),
          secrecy: tls.forwardSecrecy ? say('outcome.forwardSecret') : say('outcome.notForwardSecret'),
          name: tls.nameMatched ? say('outcome.nameMatched') : say('outcome.nameDiffers'),
        })}
      </summary>
      <div className="stack">
        <dl className="facts">
          <dt>{say('outcome.tls')}</dt>
          <dd>
            {protocolText(tls.protocol)}, {tls.cipher}
          </dd>
          <dt>{say('outcome.secrecy')}</dt>
          <dd>{tls.forwardSecrecy ? say('outcome.secrecyYes') : say('outcome.secrecyNo')}</dd>
          <dt>{say('outcome.server')}</dt>
          <dd>{tls.serverName}</dd>
          <dt>{say('outcome.accepted')}</dt>
          <dd>{accepted.join(', ')}</dd>
          <dt>{say('outcome.response')}</dt>
          <dd>{response}</dd>
        </dl>
        {rejected.map((one) => (
          <Notice key={one.address} level="bad" title={say('outcome.rejected', { address: one.address })}>
            {one.response}
          </Notice>
        ))}
        <h3>{say('outcome.transcript')}</h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <ol className="transcript" tabIndex={0} aria-label={say('outcome.transcript')}>
          {transcript.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a transcript is final
            <li key={index}>
              {say(`outcome.direction.${line.direction}`)} {line.text}
            </li>
          ))}
        </ol>
        <Mark level="neutral">{say('outcome.hop')}</Mark>
      </div>
    </details>
  )
}
