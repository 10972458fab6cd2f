/** The certificates of an answer, each with what speaks for and against it. Those without a "but" are chosen already. */

import { Button, Checkbox, Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnswerConcern, AnsweredCertificate, AnswerPreview } from '../../../shared/contract/requests.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { type Level, LevelIcon, Mark } from '../../ui/Mark.tsx'
import { ValidityTimeline } from '../../ui/ValidityTimeline.tsx'
import { Oddities } from '../certificates/Oddities.tsx'

type Weight = AnswerConcern['weight']

interface AnsweredCertificatesProps {
  readonly preview: AnswerPreview
  readonly busy: boolean
  readonly onTake: (certificates: readonly string[]) => void
}

export function AnsweredCertificates({ preview, busy, onTake }: AnsweredCertificatesProps) {
  const say = useSay()
  const { certificates, issuers, unreadable } = preview
  const [chosen, setChosen] = useState<ReadonlySet<string>>(
    () => new Set(certificates.filter((one) => gravest(one) === 'tell').map(({ certificate }) => certificate.sha256)),
  )
  const toggle = (sha256: string, wanted: boolean) => {
    const next = new Set(chosen)
    if (wanted) next.add(sha256)
    else next.delete(sha256)
    setChosen(next)
  }
  const takeable = certificates.some((one) => gravest(one) !== 'stop')
  // Why each file brought nothing stands above.
  if (certificates.length === 0 && issuers === 0 && unreadable.length > 0) return null
  return (
    <section className="stack" aria-label={say('answer.title')}>
      <h3>{say('answer.title')}</h3>
      {certificates.length === 0 && unreadable.length === 0 ? <p>{say('answer.none')}</p> : null}
      {certificates.map((one) => (
        <Answered
          key={one.certificate.sha256}
          answered={one}
          chosen={chosen.has(one.certificate.sha256)}
          onChoose={(wanted) => toggle(one.certificate.sha256, wanted)}
        />
      ))}
      {issuers > 0 ? <p className="soft">{say('answer.issuers', { count: issuers })}</p> : null}
      {takeable ? (
        <Group>
          <Button loading={busy} disabled={chosen.size === 0} onClick={() => onTake([...chosen])}>
            {say('answer.take', { count: Math.max(chosen.size, 1) })}
          </Button>
        </Group>
      ) : null}
    </section>
  )
}

/** What decides: `tell` also where there is no concern at all. */
function gravest({ concerns }: AnsweredCertificate): Weight {
  return concerns[0]?.weight ?? 'tell'
}

const levels: Readonly<Record<Weight, Level>> = { stop: 'bad', ask: 'caution', tell: 'neutral' }

interface AnsweredProps {
  readonly answered: AnsweredCertificate
  readonly chosen: boolean
  readonly onChoose: (wanted: boolean) => void
}

function Answered({ answered, chosen, onChoose }: AnsweredProps) {
  const say = useSay()
  const { query } = useApi()
  const requests = useQuery(query.requests.list.queryOptions())
  const { certificate, concerns, odd } = answered
  const request = requests.data?.find(({ id }) => id === answered.requestId)
  const weight = gravest(answered)
  return (
    <article className="card stack" aria-label={certificate.name}>
      <div className="row row-apart row-wrap">
        <div className="grow">
          <p>
            <strong>{certificate.name}</strong>
          </p>
          <p className="soft small wrap-anywhere">{certificate.emails.join(', ')}</p>
        </div>
        <Mark level={weight === 'tell' ? 'good' : levels[weight]}>
          {say(weight === 'tell' ? 'answer.ready' : `answer.${weight}`)}
        </Mark>
      </div>
      <p className="soft small">
        {say('import.facts', { key: answered.keyAlgorithm, issuer: certificate.issuerName })}
        {request ? ` · ${say('answer.answers', { address: request.address })}` : ''}
      </p>
      <ValidityTimeline notBefore={certificate.notBefore} notAfter={certificate.notAfter} />
      {concerns.length > 0 ? (
        <ul className="stack-tight">
          {concerns.map(({ code, weight: own, data }) => (
            <li key={code} className="row row-top">
              <LevelIcon level={levels[own]} size={15} />
              <p>{say(`answer.concern.${code}`, data)}</p>
            </li>
          ))}
        </ul>
      ) : null}
      {odd.length > 0 ? (
        <details className="fold" open={odd.some(({ severity }) => severity === 'error')}>
          <summary>{say('answer.oddTitle')}</summary>
          <Oddities odd={odd} />
        </details>
      ) : null}
      {weight === 'stop' ? null : (
        <Checkbox
          checked={chosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
          label={say('answer.choose', { name: certificate.name })}
        />
      )}
    </article>
  )
}
