/** The frame around every place: the rail at the left, banners above, the place itself, help at the right. */

import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useSay } from '../client/words.ts'
import { ReminderNotices } from '../features/certificates/ReminderNotices.tsx'
import { useStillHere } from '../features/vault/useStillHere.ts'
import { useVaultGate } from '../features/vault/VaultGate.tsx'
import { Banners } from './Banners.tsx'
import { DropTarget } from './DropTarget.tsx'
import { HelpPanel } from './HelpPanel.tsx'
import { useKeptFocus } from './keptFocus.ts'
import { Rail } from './Rail.tsx'
import { useShortcuts } from './shortcuts.ts'

export function Frame() {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { pathname } = useLocation()
  const [helpOpen, setHelpOpen] = useState(false)
  const closeHelp = useCallback(() => setHelpOpen(false), [])
  const shortcuts = useMemo(
    () => ({
      'ctrl+n': () => navigate({ to: '/write' }),
      'ctrl+l': () => gate.lock(),
      'ctrl+f': focusSearch,
      f1: () => setHelpOpen((open) => !open),
    }),
    [navigate, gate],
  )
  useShortcuts(shortcuts)
  useStillHere()
  const frame = useRef<HTMLDivElement>(null)
  useKeptFocus(frame)
  return (
    <div ref={frame} className="frame">
      <button type="button" className="skip" onClick={() => document.getElementById('place')?.focus()}>
        {say('frame.skip')}
      </button>
      <Rail onHelp={() => setHelpOpen((open) => !open)} helpOpen={helpOpen} />
      <Banners />
      <main id="place" className="frame-place" tabIndex={-1}>
        <Outlet />
        {helpOpen ? <HelpPanel pathname={pathname} onClose={closeHelp} /> : null}
      </main>
      <DropTarget />
      <ReminderNotices />
    </div>
  )
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>('[data-search]')?.focus()
}
