/** HTML mail in a frame without scripts, forms, links or the net; pictures only from the mail itself. */

import { useQuery } from '@tanstack/react-query'
import { getNonce } from 'get-nonce'
import type { DisplayPart, OpenedMail } from '../../../shared/contract/report.ts'
import { useApi } from '../../client/api.ts'
import { openedFileKey } from '../../client/changes.ts'
import { base64Of, readSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { normalizedContentId, showablePictures } from './htmlPolicy.ts'

export function HtmlPart({ part, mail }: { readonly part: DisplayPart; readonly mail: OpenedMail }) {
  const say = useSay()
  const { client } = useApi()
  const html = part.text ?? ''
  const shown = useQuery({
    // Beside the mails from files: what was decrypted goes when the lock closes.
    queryKey: [...openedFileKey, 'html', mail.openedId, part.id],
    gcTime: 0,
    queryFn: async () => {
      const pictures = new Map<string, string>()
      for (const picture of showablePictures(html, mail.parts)) {
        const { spoolId } = await client.inspect.part({ openedId: mail.openedId, partId: picture.id })
        const bytes = await new Blob(await readSpooled(client, spoolId)).arrayBuffer()
        const address = `data:${picture.mediaType.toLowerCase()};base64,${base64Of(new Uint8Array(bytes))}`
        pictures.set(normalizedContentId(picture.contentId ?? ''), address)
      }
      // Loaded when the first HTML mail is read.
      const { harmlessHtml } = await import('./htmlDocument.ts')
      return harmlessHtml(html, getNonce() ?? '', pictures)
    },
  })
  if (shown.isError) return <ErrorNotice error={shown.error} />
  if (!shown.data) return <Loading label={say('mail.opening')} />
  const { document, blocked, missing } = shown.data
  return (
    <div className="stack-tight">
      {blocked > 0 ? <p className="soft small">{say('mail.blocked', { count: blocked })}</p> : null}
      {missing > 0 ? <p className="soft small">{say('mail.pictureMissing', { count: missing })}</p> : null}
      <iframe
        className="message-frame"
        title={say('mail.htmlFrame')}
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={document}
      />
    </div>
  )
}
