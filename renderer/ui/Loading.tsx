/** Something is on its way: says what, and only after a moment, so that quick answers don't flicker. */

import { Loader } from '@mantine/core'
import './loading.css'

export function Loading({ label }: { readonly label: string }) {
  return (
    <div className="loading" role="status">
      <Loader size="sm" aria-hidden="true" />
      <span>{label}</span>
    </div>
  )
}
