/** HTML mail in a frame without scripts, forms, links or the net. */

import { getNonce } from 'get-nonce'
import { useEffect, useState } from 'react'
import { useSay } from '../../client/words.ts'
import { Loading } from '../../ui/Loading.tsx'
import type { HarmlessHtml } from './htmlDocument.ts'

export function HtmlPart({ html }: { readonly html: string }) {
  const say = useSay()
  const [shown, setShown] = useState<HarmlessHtml>()
  useEffect(() => {
    let current = true
    // Loaded when the first HTML mail is read.
    import('./htmlDocument.ts').then(({ harmlessHtml }) => {
      if (current) setShown(harmlessHtml(html, getNonce() ?? ''))
    })
    return () => {
      current = false
    }
  }, [html])
  if (!shown) return <Loading label={say('mail.opening')} />
  return (
    <div className="stack-tight">
      {shown.blocked > 0 ? <p className="soft small">{say('mail.blocked', { count: shown.blocked })}</p> : null}
      <iframe
        className="message-frame"
        title={say('mail.htmlFrame')}
        sandbox=""
        referrerPolicy="no-referrer"
        srcDoc={shown.document}
      />
    </div>
  )
}
