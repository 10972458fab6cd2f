/** The pictures of a chain: a sealed letter at its end, signets in between, a rooted seal on top, and the line that joins them. */

import type { ReactNode } from 'react'
import { Drawing } from '../../ui/Drawing.tsx'

type GlyphKind = 'end' | 'authority' | 'root' | 'untrusted-root' | 'nobody'

interface ChainGlyphProps {
  readonly kind: GlyphKind
  readonly troubled?: boolean
}

/** Decoration: the words stand beside it. */
export function ChainGlyph({ kind, troubled = false }: ChainGlyphProps) {
  if (kind === 'end') {
    return (
      <span className="chain-glyph">
        <Drawing name={troubled ? 'broken-seal' : 'sealed-letter'} width={44} />
      </span>
    )
  }
  return (
    <span className={troubled ? 'chain-glyph chain-glyph-troubled' : 'chain-glyph'}>
      <svg width="44" height="40" viewBox="0 0 44 40" aria-hidden="true">
        {glyphs[kind]}
      </svg>
    </span>
  )
}

/** A seal that stands on the ground, with roots below. */
const rooted = (
  <>
    <circle cx="22" cy="15" r="11.5" />
    <path className="chain-glyph-cut" d="M17 15.2l3.6 3.6 6.6-7.2" />
    <path className="chain-glyph-roots" d="M6 31.5h32M22 27v12M22 30c-2.5 4-6 6-10 6.5M22 30c2.5 4 6 6 10 6.5" />
  </>
)

const glyphs: Readonly<Record<Exclude<GlyphKind, 'end'>, ReactNode>> = {
  root: <g className="chain-glyph-root">{rooted}</g>,
  'untrusted-root': (
    <g className="chain-glyph-untrusted">
      <circle cx="22" cy="15" r="11.5" />
      <path className="chain-glyph-roots" d="M6 31.5h32M22 27v12M22 30c-2.5 4-6 6-10 6.5M22 30c2.5 4 6 6 10 6.5" />
    </g>
  ),
  // A signet: grip, neck, and the plate that presses the wax.
  authority: (
    <g className="chain-glyph-signet">
      <path d="M22 3a7.5 7.5 0 0 1 7.5 7.5c0 3.4-2.6 5-3.4 8.2L25.5 23h-7l-.6-4.3c-.8-3.2-3.4-4.8-3.4-8.2A7.5 7.5 0 0 1 22 3Z" />
      <path d="M11 23h22a2 2 0 0 1 2 2v4.5H9V25a2 2 0 0 1 2-2Z" />
      <path
        className="chain-glyph-wax"
        d="M7 31h30c1.8 0 3 1.2 2.6 3-.5 2-2.4 3-4.6 3H9c-2.2 0-4.1-1-4.6-3C4 32.2 5.2 31 7 31Z"
      />
    </g>
  ),
  nobody: (
    <g className="chain-glyph-nobody">
      <circle cx="22" cy="20" r="13" strokeDasharray="4 3.5" />
      <path d="M18 17.2c0-5.2 8.4-5 8.2.2-.2 3.2-4.2 3.2-4.2 6.4" />
      <circle className="chain-glyph-dot" cx="22" cy="27.6" r="1.3" />
    </g>
  ),
}

/** Joined, or torn apart; as high as the words beside it. */
export function Connector({ broken }: { readonly broken: boolean }) {
  return (
    <span className={broken ? 'chain-connector chain-connector-broken' : 'chain-connector'} aria-hidden="true">
      <span className="chain-thread" />
      {broken ? (
        <svg width="44" height="34" viewBox="0 0 44 34" aria-hidden="true">
          <path d="M22 0v4l-6 4 10 3-5 4" />
          <path d="M22 34v-4l6-4-10-3 5-4" />
        </svg>
      ) : (
        <svg width="44" height="10" viewBox="0 0 44 10" aria-hidden="true">
          <path d="M22 0v9M16 2l6 7 6-7" />
        </svg>
      )}
      {broken ? <span className="chain-thread" /> : null}
    </span>
  )
}
