/** Both mails by hand: bringing the CA's, taking the answer away. For mailboxes that Siegel can't read. */

import { Button, CopyButton, Group, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { HandNeed } from '../../../shared/contract/enrolment.ts'
import { refusalWords } from '../../../shared/words/challengeRefusal.ts'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { saveText, sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Notice } from '../../ui/Notice.tsx'

interface HandMailsProps {
  readonly id: string
  readonly address: string
  readonly need: HandNeed
  readonly onGoOn: () => void
}

export function HandMails({ need, ...rest }: HandMailsProps) {
  return need.kind === 'challenge-mail' ? <BringMail need={need} {...rest} /> : <SendAnswer need={need} {...rest} />
}

function BringMail({ id, need, onGoOn }: HandMailsProps & { readonly need: { kind: 'challenge-mail' } & HandNeed }) {
  const say = useSay()
  const { client, query } = useApi()
  const [text, setText] = useState('')
  const give = useMutation({
    mutationFn: async (file: File) => client.enrolment.giveMail({ id, source: await sourceOf(client, file) }),
    onSuccess: onGoOn,
  })
  const ask = useMutation(query.enrolment.askForMail.mutationOptions({ onSuccess: onGoOn }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() !== '') give.mutate(new File([text], 'challenge.eml', { type: 'message/rfc822' }))
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <h3>{say('enrol.hand.mailTitle')}</h3>
      <p>{say('enrol.hand.mailText', { from: need.from, to: need.to })}</p>
      <Textarea
        label={say('enrol.hand.mailLabel')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        rows={6}
        spellCheck={false}
        classNames={{ input: 'raw-mail' }}
      />
      {give.isError ? <MailRefused error={give.error} /> : null}
      {ask.isError ? <ErrorNotice error={ask.error} /> : null}
      <Group justify="flex-end">
        <FileButton variant="default" accept=".eml,message/rfc822" onFiles={([file]) => file && give.mutate(file)}>
          {say('enrol.hand.mailFile')}
        </FileButton>
        <Button type="submit" disabled={text.trim() === ''} loading={give.isPending}>
          {say('enrol.hand.mailCheck')}
        </Button>
      </Group>
      <p className="soft small">
        {need.asked ? say('enrol.hand.asked') : say('enrol.hand.notCome')}{' '}
        {need.asked ? null : (
          <Button size="compact-sm" variant="subtle" loading={ask.isPending} onClick={() => ask.mutate({ id })}>
            {say('enrol.hand.ask')}
          </Button>
        )}
      </p>
    </form>
  )
}

function MailRefused({ error }: { readonly error: unknown }) {
  const say = useSay()
  const failure = failureOf(error)
  if (failure.code !== 'challenge-forged') return <ErrorNotice error={error} />
  const { key, data } = refusalWords(String(failure.data['reason'] ?? ''))
  return (
    <Notice level="bad" title={say('enrol.hand.refused', { from: failure.data['from'] })} urgent>
      {say(key, data)} {say('enrol.hand.refusedNext')}
    </Notice>
  )
}

function SendAnswer({ id, address, need, onGoOn }: HandMailsProps & { readonly need: { kind: 'reply' } & HandNeed }) {
  const say = useSay()
  const { query } = useApi()
  const sent = useMutation(query.enrolment.replySent.mutationOptions({ onSuccess: onGoOn }))
  return (
    <section className="card stack" aria-label={say('enrol.hand.replyTitle')}>
      <h3>{say('enrol.hand.replyTitle')}</h3>
      <p>{say('enrol.hand.replyText', { from: address })}</p>
      <dl className="facts">
        <div>
          <dt>{say('enrol.hand.replyTo')}</dt>
          <dd className="wrap-anywhere">{need.to}</dd>
        </div>
        <div>
          <dt>{say('enrol.hand.replySubject')}</dt>
          <dd className="wrap-anywhere">{need.subject}</dd>
        </div>
      </dl>
      <figure className="stack-tight">
        <figcaption className="soft small">{say('enrol.hand.replyBody')}</figcaption>
        <pre className="raw-mail raw-answer">{need.text.trimEnd()}</pre>
      </figure>
      {sent.isError ? <ErrorNotice error={sent.error} /> : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={() => saveText(need.message, 'answer.eml')}>
          {say('enrol.hand.saveMail')}
        </Button>
        <CopyButton value={need.text} timeout={2000}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? say('enrol.hand.copied') : say('enrol.hand.copy')}
            </Button>
          )}
        </CopyButton>
        <Button loading={sent.isPending} onClick={() => sent.mutate({ id })}>
          {say('enrol.hand.sent')}
        </Button>
      </Group>
    </section>
  )
}
