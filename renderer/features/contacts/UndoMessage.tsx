/** A toast with a way back. */

import { Button } from '@mantine/core'
import { useSay } from '../../client/words.ts'

export function UndoMessage({ text, onUndo }: { readonly text: string; readonly onUndo: () => void }) {
  const say = useSay()
  return (
    <div className="row row-apart">
      <span className="grow">{text}</span>
      <Button variant="default" size="compact-sm" onClick={onUndo}>
        {say('ui.undo')}
      </Button>
    </div>
  )
}
