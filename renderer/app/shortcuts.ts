/** Keys that work everywhere in the window. On a Mac the command key takes the place of Ctrl. */

import { useEffect } from 'react'

export type Shortcuts = Readonly<Record<string, () => unknown>>

export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return
      const name = `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.key.toLowerCase()}`
      const action = shortcuts[name]
      // Behind an open dialog nothing moves.
      if (!action || document.querySelector('[role="dialog"][aria-modal="true"]')) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [shortcuts])
}
