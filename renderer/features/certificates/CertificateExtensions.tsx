/** The extensions of a certificate: what they say where they are decoded, and their bytes. */

import type { CertificateView } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { certificateWord } from './certificateWords.ts'
import { Heading } from './Heading.tsx'

/** Facts that are bytes, in hexadecimal. */
const bytes = new Set(['keyIdentifier', 'serial'])

/** Bytes that nobody decodes are shown at once while they are few. */
const shortHex = 400

type Extension = CertificateView['extensions'][number]

export function CertificateExtensions({ view }: { readonly view: CertificateView }) {
  const say = useSay()
  if (view.extensions.length === 0) return null
  return (
    <section className="stack-tight">
      <Heading inner>{say('certs.fieldGroup.extensions')}</Heading>
      <ul className="extensions">
        {view.extensions.map((extension, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never move, and a hostile certificate has one twice
          <li key={`${extension.oid} ${index}`} className="extension">
            <ExtensionEntry extension={extension} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function ExtensionEntry({ extension }: { readonly extension: Extension }) {
  const say = useSay()
  const { oid, name, critical, facts, hex } = extension
  const words = certificateWord(say, 'extension', name)
  return (
    <>
      <p className="wrap-anywhere">
        <strong>{words}</strong>{' '}
        <span className="soft small">{words === oid ? '' : name === oid ? oid : `${name}, ${oid}`}</span>
      </p>
      {critical ? <Mark level="neutral">{say('certs.critical')}</Mark> : null}
      {facts.length > 0 ? (
        <dl className="facts">
          {facts.map(({ label, value }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: facts never move, and two may be equal
            <div key={index} className="facts-row">
              <dt>{certificateWord(say, 'fact', label)}</dt>
              <dd>
                {bytes.has(label) ? (
                  <Fingerprint value={value} label={certificateWord(say, 'fact', label)} />
                ) : (
                  <ForeignText>{factText(say, label, value)}</ForeignText>
                )}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      <details open={facts.length === 0 && hex.length <= shortHex}>
        <summary className="small">{say('certs.rawBytes')}</summary>
        <p className="hex">{hex}</p>
      </details>
    </>
  )
}

function factText(say: ReturnType<typeof useSay>, label: string, value: string): string {
  if (label === 'usage') return certificateWord(say, 'usage', value)
  if (label === 'ca') return value === 'yes' ? say('certs.isFor.yes') : say('certs.isFor.no')
  return value
}
