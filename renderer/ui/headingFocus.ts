/** A step that takes another's place begins at its heading: the keyboard goes on there, and a screen reader says it. */

import { type RefObject, useEffect, useRef } from 'react'

/** For a heading with `tabIndex={-1}`. Whoever is busy outside of the page, as in a dialog, is left in peace. */
export function useHeadingFocus(): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const at = document.activeElement
    if (at === document.body || heading.current?.closest('main')?.contains(at)) heading.current?.focus()
  }, [])
  return heading
}
