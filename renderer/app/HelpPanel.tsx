/** F1: help for what is on screen, and the keys that work everywhere. */

import { CloseButton, Kbd } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useSay } from '../client/words.ts'

const topics: Readonly<Record<string, string>> = {
  '/': 'home',
  '/mail': 'mail',
  '/outbox': 'outbox',
  '/inspect': 'inspect',
  '/write': 'write',
  '/contacts': 'contacts',
  '/certificates': 'certificates',
  '/certificate': 'certificate',
  '/compare': 'compare',
  '/trust': 'trust',
  '/enrol': 'enrol',
  '/ca-accounts': 'caAccounts',
  '/request': 'request',
  '/import': 'import',
  '/backup': 'backup',
  '/restore': 'restore',
  '/authority': 'authority',
  '/fingerprint': 'authority',
  '/transport': 'transport',
  '/settings': 'settings',
}

const keys = [
  ['ctrl', 'N', 'help.keys.write'],
  ['ctrl', 'F', 'help.keys.search'],
  ['ctrl', 'enter', 'help.keys.send'],
  ['ctrl', 'L', 'help.keys.lock'],
  ['F1', undefined, 'help.keys.help'],
  ['esc', undefined, 'help.keys.close'],
] as const

interface HelpPanelProps {
  readonly pathname: string
  readonly onClose: () => void
}

export function HelpPanel({ pathname, onClose }: HelpPanelProps) {
  const say = useSay()
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.focus()
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [onClose])
  const topic = topics[pathname] ?? 'home'
  // What stands on the keys differs with the language.
  const keyName = (key: string) => (/^[a-z]/.test(key) ? say(`help.keys.${key}`) : key)
  return (
    <aside ref={panel} className="side-panel" aria-label={say('help.title')} tabIndex={-1}>
      <div className="place-head row-apart">
        <div className="row row-apart">
          <h2>{say(`help.${topic}.title`)}</h2>
          <CloseButton aria-label={say('ui.close')} onClick={onClose} />
        </div>
      </div>
      <div className="side-panel-body stack">
        {say(`help.${topic}.text`)
          .split('\n')
          .map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        <h3>{say('help.keysTitle')}</h3>
        <dl className="facts">
          {keys.map(([first, second, label]) => (
            <div key={label} className="facts-row">
              <dt>
                <Kbd>{keyName(first)}</Kbd>
                {second ? (
                  <>
                    {' + '}
                    <Kbd>{keyName(second)}</Kbd>
                  </>
                ) : null}
              </dt>
              <dd>{say(label)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </aside>
  )
}
