/** What was noticed, in the report's order: cause and next step in one sentence each. */

import type { Finding } from '../../../shared/contract/report.ts'
import { useSay } from '../../client/words.ts'
import { type Level, LevelIcon } from '../../ui/Mark.tsx'

const levels: Readonly<Record<Finding['severity'], Level>> = { error: 'bad', warning: 'caution', info: 'neutral' }

export function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const say = useSay()
  return (
    <section className="stack-tight" aria-label={say('report.findings')}>
      <h3>{say('report.findings')}</h3>
      {findings.length === 0 ? <p className="soft">{say('report.noFindings')}</p> : null}
      <ul className="stack-tight">
        {findings.map((finding, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same finding may stand twice
          <li key={index} className="row row-top">
            <LevelIcon level={levels[finding.severity]} />
            <span className="visually-hidden">{say(`report.severity.${finding.severity}`)}</span>
            <span className="grow wrap-anywhere">{say(`findings.${finding.code}`, finding.data)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
