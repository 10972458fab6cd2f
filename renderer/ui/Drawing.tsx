/**
 * The picture that carries the whole interface: postcard, letter, sealed letter, and what can be wrong with a seal. Drawn
 * here, in the tokens' colours; a drawing that stands beside its words is decoration, alone it has a label.
 */

import type { ReactNode } from 'react'
import './drawing.css'

export type DrawingName =
  | 'postcard'
  | 'signed-postcard'
  | 'letter'
  | 'open-letter'
  | 'sealed-letter'
  | 'broken-seal'
  | 'foreign-seal'

interface DrawingProps {
  readonly name: DrawingName
  /** Width in pixels; the height follows, 10 to 7. */
  readonly width?: number
  /** Said instead of shown, when no words stand beside it. */
  readonly label?: string | undefined
}

export function Drawing({ name, width = 120, label }: DrawingProps) {
  const size = { className: 'drawing', width, height: Math.round(width * 0.7), viewBox: '0 0 120 84' }
  if (label === undefined) {
    return (
      <svg {...size} aria-hidden="true">
        {drawings[name]}
      </svg>
    )
  }
  return (
    <svg {...size} role="img" aria-label={label}>
      {drawings[name]}
    </svg>
  )
}

const envelope = (
  <>
    <rect className="drawing-paper" x="6" y="10" width="108" height="68" rx="4" />
    <path className="drawing-line" d="M7 76 46 44M113 76 74 44" />
    <path className="drawing-flap" d="M7 12 55.5 50a7 7 0 0 0 9 0L113 12" />
  </>
)

const card = (
  <>
    <rect className="drawing-paper" x="6" y="10" width="108" height="68" rx="3" />
    <path className="drawing-line" d="M62 18v52" />
    <path className="drawing-writing" d="M14 24h38M14 33h34M14 42h38M14 51h29M14 60h22" />
    <path className="drawing-line" d="M70 50h34M70 58h34M70 66h24" />
  </>
)

const stamp = (
  <>
    <rect className="drawing-stamp" x="88" y="18" width="18" height="21" rx="1.5" strokeDasharray="2.2 1.6" />
    <circle className="drawing-stamp" cx="97" cy="28.5" r="4.5" />
  </>
)

/** Wax runs: the rim is uneven on purpose. */
const waxRim =
  'M0-16.5c4.6-.8 7.2 1.7 10.6 3.1 3.6 1.6 6.5 4.4 6.7 8.6.2 3.3 1.2 6 .2 9.3-1.2 4-3.4 6.9-6.9 9-3.3 2-6.3 4-10.3 3.5-4.3-.4-8-.9-11.1-4-2.9-2.9-6-5.4-6.3-9.7-.3-3.8-.6-7.2 1.6-10.6 2.1-3.2 4.3-5.8 7.9-7.2C-5-15.6-2.9-16 0-16.5Z'

function Seal({ x, y, size = 1 }: { readonly x: number; readonly y: number; readonly size?: number }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size})`}>
      <path className="drawing-wax" d={waxRim} />
      <circle className="drawing-press" r="11" />
      <path className="drawing-emblem" d="M3.8-4.6C2.6-6.3-3.6-6.6-3.8-3.2-4 .4 4.2-.8 4 3.2 3.8 6.8-3 6.6-4.2 4.4" />
    </g>
  )
}

const drawings: Readonly<Record<DrawingName, ReactNode>> = {
  postcard: (
    <>
      {card}
      {stamp}
    </>
  ),
  'signed-postcard': (
    <>
      {card}
      {stamp}
      <Seal x={56} y={66} size={0.85} />
    </>
  ),
  letter: envelope,
  // The flap stands open, the sheet looks out: nothing here could be sealed.
  'open-letter': (
    <>
      <path className="drawing-flap" d="M7 34 55.5 3a7 7 0 0 1 9 0L113 34" />
      <path className="drawing-sheet" d="M20 62V16h80v46" />
      <path className="drawing-writing" d="M30 26h44M30 34h52" />
      <path className="drawing-paper" d="M6 34 55.5 62a9 9 0 0 0 9 0L114 34v42a4 4 0 0 1-4 4H10a4 4 0 0 1-4-4Z" />
      <path className="drawing-line" d="M8 78 46 58M112 78 74 58" />
      <circle className="drawing-gap" cx="60" cy="58" r="12" strokeDasharray="4 3" />
    </>
  ),
  'sealed-letter': (
    <>
      {envelope}
      <Seal x={60} y={50} />
    </>
  ),
  'broken-seal': (
    <>
      {envelope}
      <g transform="translate(60 50)">
        <g transform="translate(-3 1) rotate(-9)">
          <path
            className="drawing-wax"
            d="M-1-16.5C-5-16-9-13.5-12-11c-4 4-5.6 8-5 12 .4 5 3.4 8 6.4 11 3 2.8 6.6 3.6 10.6 4l-4-8 6-7-7-7 5-6Z"
          />
          <path className="drawing-emblem" d="M-3.8-4.2C-6-2-4.5 0-3 .5M-4.2 4.4" />
        </g>
        <g transform="translate(4 2) rotate(11)">
          <path
            className="drawing-wax"
            d="M2-16.5c5 0 9 2.5 12.6 6 3.4 4 3.4 9 2.4 13.5-1.6 5-4.4 8-8 10.5-3 2-5 2.5-8 2.5l-4-8 6-7-7-7 5-6Z"
          />
          <path className="drawing-emblem" d="M3.8-4.6C6-3 8 2 5 4.5" />
        </g>
      </g>
    </>
  ),
  'foreign-seal': (
    <>
      {envelope}
      <g transform="translate(60 50)">
        <path className="drawing-wax-foreign" d={waxRim} />
        <circle className="drawing-press" r="11" />
        <path className="drawing-emblem" d="M-4-2.5C-4-8 5-8 4.5-2.6 4.2 0 0 .2 0 3.2" />
        <circle className="drawing-dot" cx="0" cy="6.5" r="1.4" />
      </g>
    </>
  ),
}

/** The mark of Siegel: its seal alone. */
export function SealMark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg className="drawing" width={size} height={size} viewBox="-20 -20 40 40" aria-hidden="true">
      <Seal x={0} y={0} />
    </svg>
  )
}
