/** Headings inside a certificate, one level below its title: it stands on a page of its own, or in a place's detail. */

import { createContext, type ReactNode, useContext } from 'react'

type Level = 2 | 3

const LevelContext = createContext<Level>(3)
export const HeadingLevel = LevelContext.Provider

interface HeadingProps {
  readonly id?: string
  /** One level further down. */
  readonly inner?: boolean
  readonly children: ReactNode
}

export function Heading({ id, inner = false, children }: HeadingProps) {
  const level = useContext(LevelContext)
  const Tag = inner ? (level === 2 ? 'h3' : 'h4') : level === 2 ? 'h2' : 'h3'
  return (
    <Tag id={id} className={inner ? 'certificate-heading certificate-heading-inner' : 'certificate-heading'}>
      {children}
    </Tag>
  )
}
