/** A question before something that can't be taken back, with the answer named by what it does. */

import { Button, Group, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSay } from '../client/words.ts'

interface ConfirmDialogProps {
  readonly opened: boolean
  readonly title: string
  readonly confirm: string
  readonly busy?: boolean
  readonly blocked?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const say = useSay()
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      <div className="stack">
        {props.children}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {say('ui.cancel')}
          </Button>
          <Button onClick={props.onConfirm} loading={props.busy ?? false} disabled={props.blocked ?? false}>
            {props.confirm}
          </Button>
        </Group>
      </div>
    </Modal>
  )
}
