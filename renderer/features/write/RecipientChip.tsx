/** One address with its small picture: can this person read a sealed letter, and why not. */

import { CloseButton, Tooltip } from '@mantine/core'
import type { RecipientState } from '../../../shared/contract/compose.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { Drawing, type DrawingName } from '../../ui/Drawing.tsx'

const drawings: Readonly<Record<RecipientState['state'], DrawingName>> = {
  sealed: 'sealed-letter',
  postcard: 'postcard',
  broken: 'broken-seal',
  malformed: 'postcard',
}

interface RecipientChipProps {
  readonly mailbox: Mailbox
  readonly state: RecipientState | undefined
  readonly onRemove: () => void
}

export function RecipientChip({ mailbox, state, onRemove }: RecipientChipProps) {
  const say = useSay()
  const reason =
    state === undefined
      ? say('write.chip.looking')
      : state.state === 'sealed'
        ? say('write.chip.sealed')
        : say(`recipientReasons.${state.reason ?? 'other'}`, { address: mailbox.address, since: state.since })
  return (
    <li className="chip" data-state={state?.state ?? 'looking'}>
      <Tooltip label={mailbox.name ? `${mailbox.address}. ${reason}` : reason} multiline maw={320}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason appears on focus, too */}
        <span className="chip-who" tabIndex={0}>
          <Drawing name={state ? drawings[state.state] : 'letter'} width={26} />
          <span className="one-line">{mailbox.name ?? shownAddress(mailbox.address)}</span>
          <span className="visually-hidden">
            {mailbox.name ? `${mailbox.address}. ` : ''}
            {reason}
          </span>
        </span>
      </Tooltip>
      <CloseButton
        size="xs"
        aria-label={say('write.removeRecipient', { address: mailbox.address })}
        onClick={onRemove}
      />
    </li>
  )
}
