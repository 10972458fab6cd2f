/** Takes what the authority sent, files or text, and shows what it is before anything is joined. */

import { Button, Group, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type DragEvent, useState } from 'react'
import type { AnswerMail, AnswerPreview } from '../../../shared/contract/requests.ts'
import type { ByteSource } from '../../../shared/contract/values.ts'
import { answerNextKey } from '../../../shared/words/ownWords.ts'
import { useApi } from '../../client/api.ts'
import { base64Of, sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useHandoff } from '../handoff.tsx'
import { Afterwards } from './Afterwards.tsx'
import { AnsweredCertificates } from './AnsweredCertificates.tsx'
import { LookInMailbox } from './LookInMailbox.tsx'
import { whatTheyDo } from './whatTheyDo.ts'

interface Given {
  readonly names: readonly string[]
  readonly sources: readonly ByteSource[]
  readonly files: readonly File[]
}

interface AnswerBoxProps {
  /** Whose mailbox may have the answer. */
  readonly address: string
}

export function AnswerBox({ address }: AnswerBoxProps) {
  const say = useSay()
  const { client } = useApi()
  const [text, setText] = useState('')
  const [given, setGiven] = useState<Given>()
  const look = useMutation({
    mutationFn: async (next: Given) => client.requests.readAnswer({ sources: [...next.sources] }),
  })
  const take = useMutation({
    mutationFn: async ({
      sources,
      certificates,
    }: {
      sources: readonly ByteSource[]
      certificates: readonly string[]
    }) => client.requests.takeAnswer({ sources: [...sources], certificates: [...certificates] }),
    onSuccess: () => release(given),
  })
  // What travelled through the spool, as mails from the mailbox do, is needed no longer.
  const release = (done: Given | undefined) => {
    for (const source of done?.sources ?? []) {
      if ('spoolId' in source) void client.spool.discard({ spoolId: source.spoolId })
    }
  }
  const bring = (next: Given) => {
    take.reset()
    release(given)
    setGiven(next)
    look.mutate(next)
  }
  const bringFiles = async (files: readonly File[]) => {
    const sources = await Promise.all(files.map((file) => sourceOf(client, file)))
    bring({ names: files.map(({ name }) => name), sources, files })
  }
  const bringMails = (mails: readonly AnswerMail[]) =>
    bring({
      names: mails.map(({ subject }) => subject),
      sources: mails.map(({ spoolId }) => ({ spoolId })),
      files: [],
    })
  const bringText = () => {
    const bytes = base64Of(new TextEncoder().encode(text))
    bring({ names: [say('answer.pasted')], sources: [{ bytes }], files: [] })
  }
  const onDrop = (event: DragEvent) => {
    const files = [...event.dataTransfer.files]
    if (files.length === 0) return
    event.preventDefault()
    void bringFiles(files)
  }
  const taken = take.data?.identities
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button takes files from the keyboard
    <div className="stack" data-takes-files onDrop={onDrop}>
      <div className="row row-wrap">
        <FileButton variant="default" multiple accept={answerFiles} loading={look.isPending} onFiles={bringFiles}>
          {say('requests.answerFiles')}
        </FileButton>
        <span className="soft small">{say('requests.answerHint')}</span>
      </div>
      <LookInMailbox address={address} onFound={bringMails} />
      <details className="fold">
        <summary>{say('requests.answerPaste')}</summary>
        <div className="stack">
          <Textarea
            aria-label={say('requests.answerPaste')}
            description={say('requests.answerPasteHint')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            minRows={5}
            autosize
            maxRows={12}
            classNames={{ input: 'mono' }}
          />
          <Group>
            <Button variant="default" disabled={text.trim() === ''} onClick={bringText}>
              {say('requests.answerRead')}
            </Button>
          </Group>
        </div>
      </details>
      {look.isError ? <ErrorNotice error={look.error} /> : null}
      {given && look.data && !taken ? (
        <>
          <Unreadable preview={look.data} given={given} />
          <AnsweredCertificates
            key={look.submittedAt}
            preview={look.data}
            busy={take.isPending}
            onTake={(certificates) => take.mutate({ sources: given.sources, certificates })}
          />
        </>
      ) : null}
      {take.isError ? <ErrorNotice error={take.error} /> : null}
      {taken ? (
        <>
          <Notice level="good" title={say('answer.taken', { count: taken.length })} urgent>
            {say(`import.now.${whatTheyDo(taken)}`)}
          </Notice>
          <Afterwards taken={taken} />
        </>
      ) : null}
    </div>
  )
}

const answerFiles = '.cer,.crt,.der,.pem,.p7b,.p7c,.zip,.eml,.txt'

function Unreadable({ preview, given }: { readonly preview: AnswerPreview; readonly given: Given }) {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  return preview.unreadable.map(({ source, code, data }) => {
    const file = given.files[source]
    return (
      <Notice
        key={source}
        level="caution"
        title={say('answer.unreadable', { name: given.names[source] ?? '' })}
        action={
          code === 'contains-private-key' && file ? (
            <Button
              size="compact-sm"
              onClick={() => {
                give({ keyFile: file })
                navigate({ to: '/import' })
              }}
            >
              {say('answer.keyFile')}
            </Button>
          ) : undefined
        }
        urgent
      >
        {say(`errors.${code}.what`, data)} {say(answerNextKey(code), data)}
      </Notice>
    )
  })
}
