/** Opens a mail from a file, as dropping it on the window does. */

import { useNavigate } from '@tanstack/react-router'
import { useSay } from '../../client/words.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import { useHandoff } from '../handoff.tsx'

export function OpenFileButton() {
  const say = useSay()
  const navigate = useNavigate()
  const { give } = useHandoff()
  return (
    <FileButton
      variant="default"
      size="compact-sm"
      accept=".eml,.p7m,.p7s,.msg,.txt,message/rfc822"
      onFiles={([file]) => {
        if (!file) return
        give({ mail: file })
        navigate({ to: '/inspect' })
      }}
    >
      {say('mail.openFile')}
    </FileButton>
  )
}
