/** A fingerprint as people compare it: groups of four, and one click copies it. */

import { CopyButton, Tooltip, UnstyledButton } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useSay } from '../client/words.ts'
import './fingerprint.css'

interface FingerprintProps {
  readonly value: string
  readonly label?: string
  /** Divided and spelled as it is: a password. */
  readonly verbatim?: boolean
}

export function Fingerprint({ value, label, verbatim = false }: FingerprintProps) {
  const say = useSay()
  const groups = verbatim ? [value] : groupsOfFour(value)
  return (
    <CopyButton value={value} timeout={2000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? say('ui.copied') : say('ui.copy')}>
          <UnstyledButton
            className="fingerprint"
            onClick={copy}
            aria-label={`${label ?? say('ui.fingerprint')}: ${groups.join(' ')}. ${copied ? say('ui.copied') : say('ui.copy')}`}
          >
            <span className="fingerprint-groups">
              {groups.map((group, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: groups never move, and two may be equal
                <span key={index}>{`${group} `}</span>
              ))}
            </span>
            {copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  )
}

function groupsOfFour(value: string): readonly string[] {
  return value.toUpperCase().match(/.{1,4}/g) ?? []
}
