/** Addresses as chips, with completion from the address book. Enter, comma or leaving the field makes a chip. */

import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react'
import type { RecipientState } from '../../../shared/contract/compose.ts'
import type { Mailbox } from '../../../shared/contract/values.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { parseMailboxes, withoutDoubles } from './letter.ts'
import { RecipientChip } from './RecipientChip.tsx'
import './write.css'

interface AddressFieldProps {
  readonly label: string
  readonly value: readonly Mailbox[]
  readonly states: ReadonlyMap<string, RecipientState>
  readonly onChange: (next: readonly Mailbox[]) => void
  readonly autoFocus?: boolean
}

export function AddressField({ label, value, states, onChange, autoFocus = false }: AddressFieldProps) {
  const say = useSay()
  const id = useId()
  const { query } = useApi()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const wanted = useDeferredValue(text.trim())
  const found = useQuery(
    query.compose.complete.queryOptions({ input: { query: wanted.slice(0, 200) }, enabled: wanted !== '' }),
  )
  const taken = new Set(value.map(({ address }) => address.toLowerCase()))
  const offers = wanted === '' ? [] : (found.data ?? []).filter(({ address }) => !taken.has(address.toLowerCase()))
  const shown = open && text.trim() !== '' && offers.length > 0

  const add = (mailboxes: readonly Mailbox[]) => {
    if (mailboxes.length > 0) onChange(withoutDoubles([...value, ...mailboxes]))
    setText('')
    setOpen(false)
    setActive(-1)
  }
  const take = (index: number) => {
    const offer = offers[index]
    if (offer) add([offer.name === '' ? { address: offer.address } : { name: offer.name, address: offer.address }])
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!shown) return setOpen(true)
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive((active + step + offers.length) % offers.length)
    } else if (event.key === 'Escape' && shown) {
      event.preventDefault()
      event.stopPropagation()
      setOpen(false)
    } else if (event.key === 'Backspace' && text === '') {
      onChange(value.slice(0, -1))
    } else if (['Enter', ',', ';'].includes(event.key) && !event.ctrlKey && !event.metaKey && text.trim() !== '') {
      event.preventDefault()
      if (shown && active >= 0) take(active)
      else add(parseMailboxes(text))
    }
  }
  return (
    <div className="address-field">
      <label htmlFor={id}>{label}</label>
      <div className="address-box">
        {value.length > 0 ? (
          <ul className="chips" aria-label={say('write.chosen', { field: label })}>
            {value.map((mailbox) => (
              <RecipientChip
                key={mailbox.address}
                mailbox={mailbox}
                state={states.get(mailbox.address.toLowerCase())}
                onRemove={() => onChange(value.filter((one) => one !== mailbox))}
              />
            ))}
          </ul>
        ) : null}
        <input
          id={id}
          className="address-input"
          role="combobox"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: writing begins with whom one writes to
          autoFocus={autoFocus}
          value={text}
          onChange={(event) => {
            const typed = event.currentTarget.value
            if (/[\n;,]/.test(typed)) return add(parseMailboxes(typed))
            setText(typed)
            setOpen(true)
            setActive(-1)
          }}
          onPaste={(event) => {
            const pasted = parseMailboxes(event.clipboardData.getData('text'))
            if (pasted.length < 2) return
            event.preventDefault()
            add(pasted)
          }}
          onKeyDown={onKey}
          onBlur={() => add(parseMailboxes(text))}
        />
        <div id={`${id}-list`} role="listbox" aria-label={say('write.offers')} className="offers" hidden={!shown}>
          {offers.map((offer, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys of a combobox
            <div
              key={offer.address}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="offer"
              // Before the input loses the focus and takes its text for an address.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(index)}
            >
              <Drawing
                name={
                  offer.state === 'sealed' ? 'sealed-letter' : offer.state === 'broken' ? 'broken-seal' : 'postcard'
                }
                width={26}
              />
              <span className="one-line">
                {offer.name} <span className="soft">{shownAddress(offer.address)}</span>
              </span>
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
