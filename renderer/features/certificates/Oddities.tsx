/** What is unusual about a certificate, the gravest first, with the place of the rule for whoever wants to read it. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { ownOddityKey } from '../../../shared/words/ownWords.ts'
import { useSay } from '../../client/words.ts'
import { type Level, LevelIcon } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'
import './certificates.css'

const levels: Readonly<Record<CertificateView['odd'][number]['severity'], Level>> = {
  info: 'neutral',
  warning: 'caution',
  error: 'bad',
}

/** What is grave enough to be said before a certificate of one's own is used. */
export function OddBeforeUse({ odd }: { readonly odd: CertificateView['odd'] }) {
  const say = useSay()
  const grave = odd.filter(({ severity }) => severity !== 'info')
  if (grave.length === 0) return null
  return (
    <Notice level="caution" title={say('certs.oddBeforeUse')}>
      <Oddities odd={grave} own />
    </Notice>
  )
}

/** `own`: to the person whose certificate it is. */
export function Oddities({ odd, own = false }: { readonly odd: CertificateView['odd']; readonly own?: boolean }) {
  const say = useSay()
  if (odd.length === 0) return <p>{say('certs.nothingOdd')}</p>
  return (
    <ul className="stack-tight">
      {odd.map(({ code, severity, section, data }) => (
        <li key={code} className="oddity">
          <LevelIcon level={levels[severity]} size={15} />
          <div>
            <p>{say(own ? ownOddityKey(code) : `odd.${code}`, data)}</p>
            <p className="soft small">
              {say(`certs.severity.${severity}`)} · {section}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}
