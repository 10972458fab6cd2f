/** What is unusual about a certificate, the gravest first, with the place of the rule for whoever wants to read it. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { type Level, LevelIcon } from '../../ui/Mark.tsx'

const levels: Readonly<Record<CertificateView['odd'][number]['severity'], Level>> = {
  info: 'neutral',
  warning: 'caution',
  error: 'bad',
}

export function Oddities({ odd }: { readonly odd: CertificateView['odd'] }) {
  const say = useSay()
  if (odd.length === 0) return <p>{say('certs.nothingOdd')}</p>
  return (
    <ul className="stack-tight">
      {odd.map(({ code, severity, section, data }) => (
        <li key={code} className="oddity">
          <LevelIcon level={levels[severity]} size={15} />
          <div>
            <p>{say(`odd.${code}`, data)}</p>
            <p className="soft small">
              {say(`certs.severity.${severity}`)} · {section}
            </p>
          </div>
        </li>
      ))}
    </ul>
  )
}
