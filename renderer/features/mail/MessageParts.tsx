/** The parts of a letter: text as text, HTML in a closed frame, files to save; what no seal covers is set apart. */

import { Button } from '@mantine/core'
import { IconDownload, IconPaperclip } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { DisplayPart, OpenedMail } from '../../../shared/contract/report.ts'
import { bytesText } from '../../../shared/words/words.ts'
import { useApi } from '../../client/api.ts'
import { saveSpooled } from '../../client/files.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { HtmlPart } from './HtmlPart.tsx'

export function MessageParts({ mail }: { readonly mail: OpenedMail }) {
  const say = useSay()
  const texts = mail.parts.filter(({ kind }) => kind === 'text')
  const htmls = mail.parts.filter(({ kind }) => kind === 'html')
  const files = mail.parts.filter(({ kind }) => kind === 'attachment')
  // Where nothing is signed, every part is "not sealed": the band says so once.
  const signed = mail.report.signers.length > 0
  return (
    <>
      {mail.parts.length === 0 ? <p className="soft">{say('mail.noParts')}</p> : null}
      {texts.map((part) => (
        <Covered key={part.id} part={part} signed={signed}>
          <pre className="message-text" dir="auto">
            {part.text}
          </pre>
          {part.cut ? <Cut part={part} mail={mail} /> : null}
        </Covered>
      ))}
      {htmls.map((part) => (
        <Covered key={part.id} part={part} signed={signed}>
          <Html part={part} mail={mail} folded={texts.length > 0} />
          {part.cut ? <Cut part={part} mail={mail} /> : null}
        </Covered>
      ))}
      {files.length > 0 ? (
        <section className="stack-tight" aria-label={say('mail.attachments')}>
          <h3>{say('mail.attachments')}</h3>
          {files.map((part) => (
            <Covered key={part.id} part={part} signed={signed}>
              <SavePart part={part} mail={mail} />
            </Covered>
          ))}
        </section>
      ) : null}
    </>
  )
}

interface CoveredProps {
  readonly part: DisplayPart
  readonly signed: boolean
  readonly children: ReactNode
}

function Covered({ part, signed, children }: CoveredProps) {
  const say = useSay()
  if (part.covered || !signed) return <div>{children}</div>
  return (
    <div className="part-uncovered">
      <span className="part-uncovered-word">
        <Mark level="caution">{say('mail.notSealed')}</Mark>
      </span>
      {children}
    </div>
  )
}

function Html({ part, mail, folded }: PartProps & { readonly folded: boolean }) {
  const say = useSay()
  const [open, setOpen] = useState(!folded)
  if (!open) {
    return (
      <Button variant="default" size="compact-sm" onClick={() => setOpen(true)}>
        {say('mail.showHtml')}
      </Button>
    )
  }
  return <HtmlPart part={part} mail={mail} />
}

interface PartProps {
  readonly part: DisplayPart
  readonly mail: OpenedMail
}

function Cut({ part, mail }: PartProps) {
  const say = useSay()
  return (
    <div className="stack-tight">
      <p className="soft small">{say('mail.cut')}</p>
      <SavePart part={part} mail={mail} />
    </div>
  )
}

function SavePart({ part, mail }: PartProps) {
  const say = useSay()
  const language = useLanguage()
  const { client } = useApi()
  const save = useMutation({
    mutationFn: async () =>
      saveSpooled(client, await client.inspect.part({ openedId: mail.openedId, partId: part.id })),
  })
  const name = part.name || part.mediaType
  return (
    <div className="stack-tight">
      <div className="row">
        <IconPaperclip size={16} aria-hidden="true" />
        <span className="one-line">{name}</span>
        <span className="soft small">{bytesText(language, part.size)}</span>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconDownload size={15} aria-hidden="true" />}
          loading={save.isPending}
          aria-label={say('mail.saveFile', { name })}
          onClick={() => save.mutate()}
        >
          {say('ui.save')}
        </Button>
      </div>
      {save.isError ? <ErrorNotice error={save.error} /> : null}
    </div>
  )
}
