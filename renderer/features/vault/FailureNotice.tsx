/** A refusal in words; where the lock is the cause, the button that opens it stands beside. */

import { Button } from '@mantine/core'
import { IconLockOpen } from '@tabler/icons-react'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useVaultGate } from './VaultGate.tsx'

interface FailureNoticeProps {
  readonly error: unknown
  /** Why opening the lock would help here. */
  readonly reason: string
  readonly onOpened?: () => void
  readonly onRetry?: () => void
}

export function FailureNotice({ error, reason, onOpened, onRetry }: FailureNoticeProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { code } = failureOf(error)
  if (code === 'locked' || code === 'no-vault') {
    return (
      <EmptyState
        title={say(`errors.${code}.what`)}
        action={
          <Button
            leftSection={<IconLockOpen size={16} aria-hidden="true" />}
            onClick={() => gate.ensureOpen(reason).then((opened) => opened && (onOpened ?? onRetry)?.())}
          >
            {code === 'locked' ? say('vault.unlock') : say('vault.choose')}
          </Button>
        }
      >
        {reason}
      </EmptyState>
    )
  }
  return (
    <ErrorNotice
      error={error}
      action={
        onRetry ? (
          <Button variant="default" size="compact-sm" onClick={onRetry}>
            {say('ui.retry')}
          </Button>
        ) : undefined
      }
    />
  )
}
