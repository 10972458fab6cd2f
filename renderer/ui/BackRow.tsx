/** The way back from a page that isn't a place of its own; the last page, or where it belongs when there was none. */

import { Button } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useCanGoBack, useRouter } from '@tanstack/react-router'

interface BackRowProps {
  readonly label: string
  /** The page was the first one: opened from a link. */
  readonly onOtherwise: () => void
}

export function BackRow({ label, onOtherwise }: BackRowProps) {
  const router = useRouter()
  const canGoBack = useCanGoBack()
  return (
    <div className="page-back">
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconArrowLeft size={16} aria-hidden="true" />}
        onClick={() => (canGoBack ? router.history.back() : onOtherwise())}
      >
        {label}
      </Button>
    </div>
  )
}
