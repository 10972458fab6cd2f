/** Throws the draft on screen away, after a question: nothing brings it back. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useSay } from '../../client/words.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'

export function DiscardDraft({ onDiscard }: { readonly onDiscard: () => Promise<void> }) {
  const say = useSay()
  const [asking, setAsking] = useState(false)
  const discard = useMutation({ mutationFn: onDiscard })
  return (
    <>
      <Button variant="subtle" size="compact-xs" onClick={() => setAsking(true)}>
        {say('write.discardDraft')}
      </Button>
      <ConfirmDialog
        opened={asking}
        title={say('write.discardTitle')}
        confirm={say('write.discardDraft')}
        busy={discard.isPending}
        onConfirm={() => discard.mutate()}
        onClose={() => setAsking(false)}
      >
        <p>{say('write.discardText')}</p>
        {discard.isError ? <ErrorNotice error={discard.error} /> : null}
      </ConfirmDialog>
    </>
  )
}
