/** The left rail: writing first, the six places, the lock at the foot. */

import { Button } from '@mantine/core'
import {
  IconAddressBook,
  IconCertificate,
  IconHelpCircle,
  IconHome,
  IconLock,
  IconLockOpen,
  IconMail,
  IconPencil,
  IconRoute,
  IconSettings,
} from '@tabler/icons-react'
import { useLocation, useNavigate } from '@tanstack/react-router'
import { useSay } from '../client/words.ts'
import { useVault } from '../features/vault/useVault.ts'
import { useVaultGate } from '../features/vault/VaultGate.tsx'
import { SealMark } from '../ui/Drawing.tsx'

const places = [
  { to: '/', name: 'home', icon: IconHome, also: [] },
  { to: '/mail', name: 'mail', icon: IconMail, also: ['/outbox', '/inspect', '/write'] },
  { to: '/contacts', name: 'contacts', icon: IconAddressBook, also: [] },
  {
    to: '/certificates',
    name: 'certificates',
    icon: IconCertificate,
    also: [
      '/certificate',
      '/compare',
      '/trust',
      '/enrol',
      '/ca-accounts',
      '/request',
      '/import',
      '/backup',
      '/restore',
      '/authority',
      '/fingerprint',
    ],
  },
  { to: '/transport', name: 'transport', icon: IconRoute, also: [] },
  { to: '/settings', name: 'settings', icon: IconSettings, also: [] },
] as const

interface RailProps {
  readonly helpOpen: boolean
  readonly onHelp: () => void
}

export function Rail({ helpOpen, onHelp }: RailProps) {
  const say = useSay()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  return (
    <nav className="rail" aria-label={say('frame.places')}>
      <div className="rail-name">
        <SealMark />
        <span className="rail-label">{say('app.name')}</span>
      </div>
      <Button
        className="rail-write"
        aria-keyshortcuts="Control+N"
        title={say('frame.writeHint')}
        onClick={() => navigate({ to: '/write' })}
      >
        <IconPencil size={17} aria-hidden="true" />
        <span className="rail-label">&nbsp;{say('frame.write')}</span>
      </Button>
      <ul className="rail-places">
        {places.map(({ to, name, icon: Icon, also }) => {
          const here = pathname === to || (also as readonly string[]).includes(pathname)
          return (
            <li key={to}>
              <button
                type="button"
                className="rail-item"
                aria-current={here ? 'page' : undefined}
                title={say(`frame.${name}`)}
                onClick={() => navigate({ to })}
              >
                <Icon size={19} stroke={1.6} aria-hidden="true" />
                <span className="rail-label">{say(`frame.${name}`)}</span>
              </button>
            </li>
          )
        })}
      </ul>
      <div className="rail-foot">
        <button
          type="button"
          className="rail-item"
          aria-expanded={helpOpen}
          aria-keyshortcuts="F1"
          title={say('frame.helpHint')}
          onClick={onHelp}
        >
          <IconHelpCircle size={19} stroke={1.6} aria-hidden="true" />
          <span className="rail-label">{say('frame.help')}</span>
        </button>
        <Lock />
      </div>
    </nav>
  )
}

function Lock() {
  const say = useSay()
  const gate = useVaultGate()
  const vault = useVault()
  const state = vault.data?.state
  if (state === undefined || state === 'none') return null
  const locked = state === 'locked'
  const Icon = locked ? IconLock : IconLockOpen
  const label = locked ? say('frame.locked') : say('frame.unlocked')
  return (
    <button
      type="button"
      className="rail-item"
      aria-keyshortcuts={locked ? undefined : 'Control+L'}
      title={label}
      onClick={() => (locked ? gate.ensureOpen(say('vault.reason.rail')) : gate.lock())}
    >
      <Icon size={19} stroke={1.6} aria-hidden="true" />
      <span className="rail-label">{label}</span>
    </button>
  )
}
