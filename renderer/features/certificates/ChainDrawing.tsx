/**
 * Who vouches for whom, as a drawing: the root on top, the person's seal at the bottom, and the reason at the link that
 * breaks. Every certificate in it opens as a page. The same is said in sentences for whoever doesn't see it.
 */

import { useId } from 'react'
import type { ChainState } from '../../../shared/contract/certificates.ts'
import { useSay } from '../../client/words.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { LevelIcon, Mark } from '../../ui/Mark.tsx'
import { ChainGlyph, Connector } from './ChainGlyph.tsx'
import { type ChainLink, chainLinks } from './chainLinks.ts'
import { Heading } from './Heading.tsx'
import './chainDrawing.css'

interface ChainDrawingProps {
  readonly chain: ChainState
  /** The certificate in question is a CA's. */
  readonly isAuthority: boolean
  readonly onOpen: (sha256: string) => void
}

export function ChainDrawing({ chain, isAuthority, onOpen }: ChainDrawingProps) {
  const say = useSay()
  const [title, sentences] = [useId(), useId()]
  const links = chainLinks(chain, isAuthority)
  const top = links.at(-1)
  return (
    <section className="stack-tight" aria-labelledby={title}>
      <Heading id={title}>{say('certs.chainTitle')}</Heading>
      <p id={sentences} className="visually-hidden">
        {useChainSentences(links)}
      </p>
      <ol className="chain-drawing" aria-describedby={sentences}>
        {top?.upwards ? (
          <li className="chain-step">
            <Nobody link={top} />
          </li>
        ) : null}
        {links.toReversed().map((link, index) => (
          <li key={link.certificate.sha256} className="chain-step">
            {link.upwards ? <Joint upwards={link.upwards} /> : null}
            <Node link={link} shown={index === links.length - 1} onOpen={onOpen} />
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Where the chain should go on and doesn't. */
function Nobody({ link }: { readonly link: ChainLink }) {
  const say = useSay()
  const missing = link.certificate.subject !== link.certificate.issuer
  return (
    <div className="chain-node chain-nobody">
      <ChainGlyph kind="nobody" />
      <p className="chain-name soft">
        {missing
          ? say('certs.chainDrawing.missing', { name: link.certificate.issuerName })
          : say('certs.chainDrawing.nobody')}
      </p>
    </div>
  )
}

function Joint({ upwards }: { readonly upwards: NonNullable<ChainLink['upwards']> }) {
  const say = useSay()
  return (
    <div className="chain-joint">
      <Connector broken={upwards.broken} />
      {upwards.broken ? (
        <div className="chain-reasons">
          <Mark level="bad">{say('certs.chainDrawing.broken')}</Mark>
          {upwards.reasons.map(({ code, data }) => (
            <p key={code}>{say(`reasons.${code}`, data)}</p>
          ))}
        </div>
      ) : (
        <p className="soft small">{say('certs.chainDrawing.vouches')}</p>
      )}
    </div>
  )
}

interface NodeProps {
  readonly link: ChainLink
  /** The certificate whose page this is: it needn't be opened. */
  readonly shown: boolean
  readonly onOpen: (sha256: string) => void
}

const roles = { end: 'end', authority: 'authority', root: 'root', 'untrusted-root': 'untrustedRoot' } as const

function Node({ link, shown, onOpen }: NodeProps) {
  const say = useSay()
  const { certificate, kind, reasons } = link
  const words = (
    <span className="chain-words">
      <ForeignText className="chain-name">{certificate.emails[0] ?? certificate.name}</ForeignText>
      <span className="soft small">
        {shown && kind === 'authority' ? say('certs.chainDrawing.end') : say(`certs.chainDrawing.${roles[kind]}`)}
      </span>
    </span>
  )
  const glyph = <ChainGlyph kind={kind} troubled={reasons.length > 0} />
  return (
    <>
      {shown ? (
        <div className="chain-node chain-shown" aria-current="true">
          {glyph}
          {words}
        </div>
      ) : (
        <button type="button" className="chain-node chain-open" onClick={() => onOpen(certificate.sha256)}>
          {glyph}
          {words}
        </button>
      )}
      {reasons.length > 0 ? (
        <ul className="chain-node-reasons">
          {reasons.map(({ code, data }) => (
            <li key={`${code}${JSON.stringify(data)}`} className="chain-node-reason">
              <LevelIcon level="bad" size={15} />
              <span>{say(`reasons.${code}`, data)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  )
}

/** From the certificate upwards, as one would tell it. */
function useChainSentences(links: readonly ChainLink[]): string {
  const say = useSay()
  const sentences = links.flatMap(({ certificate, upwards, reasons }) => {
    const { name, issuerName } = certificate
    const own = reasons.map(({ code, data }) =>
      say('certs.chainDrawing.textNode', { name, reason: say(`reasons.${code}`, data) }),
    )
    if (!upwards) return [...own, say('certs.chainDrawing.textRoot', { name })]
    const between = { issuer: issuerName, subject: name }
    if (!upwards.broken) return [...own, say('certs.chainDrawing.textLink', between)]
    const reason = upwards.reasons.map(({ code, data }) => say(`reasons.${code}`, data)).join(' ')
    return [...own, say('certs.chainDrawing.textBroken', { ...between, reason })]
  })
  return sentences.join(' ')
}
