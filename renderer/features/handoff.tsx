/** What one place hands to another on the way there: a draft to go on with, a file that was dropped. */

import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from 'react'
import type { Draft } from '../../shared/contract/compose.ts'

/** A file on its way; the number tells two drops of the same file apart. */
export interface HandedFile {
  readonly id: number
  readonly file: File
}

export interface Handed {
  readonly draft?: Partial<Draft>
  readonly mail?: HandedFile
  readonly certificate?: HandedFile
  /** What the open certificate is compared with. */
  readonly comparedCertificate?: HandedFile
  readonly keyFile?: HandedFile
}

interface HandedNext {
  readonly draft?: Partial<Draft>
  readonly mail?: File
  readonly certificate?: File
  readonly comparedCertificate?: File
  readonly keyFile?: File
}

interface Handoff {
  readonly handed: Handed
  give(next: HandedNext): void
  drop(kind: keyof Handed): void
}

const HandoffContext = createContext<Handoff | undefined>(undefined)

export function useHandoff(): Handoff {
  const handoff = useContext(HandoffContext)
  if (!handoff) throw new Error('useHandoff needs a HandoffProvider above it')
  return handoff
}

export function HandoffProvider({ children }: { readonly children: ReactNode }) {
  const [handed, setHanded] = useState<Handed>({})
  const count = useRef(0)
  const value = useMemo<Handoff>(
    () => ({
      handed,
      give({ draft, ...files }) {
        count.current += 1
        const id = count.current
        const numbered = Object.fromEntries(
          Object.entries(files).flatMap(([kind, file]) => (file ? [[kind, { id, file }]] : [])),
        )
        setHanded((before) => ({ ...before, ...numbered, ...(draft ? { draft } : {}) }))
      },
      drop(kind) {
        setHanded(({ [kind]: _, ...rest }) => rest)
      },
    }),
    [handed],
  )
  return <HandoffContext value={value}>{children}</HandoffContext>
}

/** Which place a file belongs to, by its name: a look inside decides there. */
export function kindOfFile(name: string): 'mail' | 'certificate' | 'keyFile' {
  // An archive comes from an authority: with a key, or with the answer to a request. The import takes both.
  if (/\.(p12|pfx|key|zip)$/i.test(name)) return 'keyFile'
  return /\.(cer|crt|der|pem|p7b|p7c)$/i.test(name) ? 'certificate' : 'mail'
}
