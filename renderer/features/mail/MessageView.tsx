/** An opened mail: the verdict above, the letter, its files, and the report beside it. */

import { Button } from '@mantine/core'
import { IconArrowBackUp, IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { RelativeDate } from '../../ui/RelativeDate.tsx'
import { useHandoff } from '../handoff.tsx'
import { MessageParts } from './MessageParts.tsx'
import { isOwnMail } from './ownMail.ts'
import { ReportPanel } from './ReportPanel.tsx'
import { answeredPeople, replyTo } from './reply.ts'
import { shownSubject } from './shownSubject.ts'
import { VerdictBand } from './VerdictBand.tsx'
import './mail.css'

interface MessageViewProps {
  readonly mail: OpenedMail
  /** The account it came to: it answers, too. */
  readonly accountId?: string
}

export function MessageView({ mail, accountId }: MessageViewProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const { give } = useHandoff()
  const [reportOpen, setReportOpen] = useState(false)
  const accounts = useQuery(query.accounts.list.queryOptions())
  const address = accounts.data?.find(({ id }) => id === accountId)?.address
  const own = isOwnMail(mail, address)
  const reply = (all: boolean) => {
    give({ draft: replyTo(mail, { own: address, all }, say) })
    navigate({ to: '/write' })
  }
  return (
    <article
      className="message"
      aria-label={shownSubject(mail.subject, mail.report.verdict.encryption !== 'none', say)}
    >
      <VerdictBand mail={mail} own={own} reportOpen={reportOpen} onReport={() => setReportOpen(!reportOpen)} />
      <div className="message-body" data-report={reportOpen}>
        <Letter
          mail={mail}
          own={own}
          // In a mail from a file nobody knows which of the recipients is the reader.
          severalAnswered={address !== undefined && answeredPeople(mail, address).others.length > 0}
          onReply={reply}
        />
        {reportOpen ? <ReportPanel mail={mail} /> : null}
      </div>
    </article>
  )
}

interface LetterProps {
  readonly mail: OpenedMail
  readonly own: boolean
  /** There is more than one person to answer. */
  readonly severalAnswered: boolean
  readonly onReply: (all: boolean) => void
}

function Letter({ mail, own, severalAnswered, onReply }: LetterProps) {
  const say = useSay()
  return (
    <div className="message-letter">
      <header className="stack-tight">
        <h2 className="detail-title" dir="auto">
          {shownSubject(mail.subject, mail.report.verdict.encryption !== 'none', say)}
        </h2>
        <dl className="facts">
          <dt>{say('mail.from')}</dt>
          <dd>{mail.from.length === 0 ? say('mail.noFrom') : <People people={mail.from} />}</dd>
          <dt>{say('mail.to')}</dt>
          <dd>
            <People people={mail.to} />
          </dd>
          {mail.cc.length > 0 ? (
            <>
              <dt>{say('mail.cc')}</dt>
              <dd>
                <People people={mail.cc} />
              </dd>
            </>
          ) : null}
          {mail.date === undefined ? null : (
            <>
              <dt>{say('mail.date')}</dt>
              <dd>
                <RelativeDate value={mail.date} />
              </dd>
            </>
          )}
        </dl>
        <div className="row row-wrap">
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconArrowBackUp size={15} aria-hidden="true" />}
            disabled={mail.from.length === 0}
            onClick={() => onReply(false)}
          >
            {say('mail.reply')}
          </Button>
          {severalAnswered && mail.from.length > 0 ? (
            <Button variant="default" size="compact-sm" onClick={() => onReply(true)}>
              {say('mail.replyAll')}
            </Button>
          ) : null}
          {own ? null : <Harvest mail={mail} />}
        </div>
      </header>
      <MessageParts mail={mail} />
    </div>
  )
}

function Harvest({ mail }: { readonly mail: OpenedMail }) {
  const say = useSay()
  const navigate = useNavigate()
  const { query } = useApi()
  const harvest = useMutation(
    query.contacts.harvest.mutationOptions({
      onSuccess: (contact) => navigate({ to: '/contacts', search: { id: contact.id } }),
    }),
  )
  const unknown = mail.harvestable.filter(({ known }) => !known)
  return (
    <>
      {unknown.map(({ sha256 }) => (
        <Button
          key={sha256}
          size="compact-sm"
          leftSection={<IconUserPlus size={15} aria-hidden="true" />}
          loading={harvest.isPending}
          onClick={() => harvest.mutate({ openedId: mail.openedId, sha256 })}
        >
          {say('mail.addSigner')}
        </Button>
      ))}
      {mail.harvestable.length > 0 && unknown.length === 0 ? (
        <span className="soft small">{say('mail.signerKnown')}</span>
      ) : null}
      {harvest.isError ? <ErrorNotice error={harvest.error} /> : null}
    </>
  )
}

/** Each name and each address keeps its writing direction to itself: none can turn the letters of its neighbour around. */
function People({ people }: { readonly people: OpenedMail['from'] }) {
  return people.map(({ name, address }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an address may stand twice, in this order
    <span key={index}>
      {index > 0 ? ', ' : ''}
      {name ? (
        <>
          <bdi>{name}</bdi> &lt;<bdi>{shownAddress(address)}</bdi>&gt;
        </>
      ) : (
        <bdi>{shownAddress(address)}</bdi>
      )}
    </span>
  ))
}
