/** The letter itself: addresses, subject, text, files at the left; at the right what it will be and the button. */

import { Button, Select, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type DragEvent, type KeyboardEvent, type ReactNode, useState } from 'react'
import type { Settings } from '../../../shared/contract/app.ts'
import type { Draft, SenderState } from '../../../shared/contract/compose.ts'
import { shownAddress } from '../../../shared/shownAddress.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { AddressField } from './AddressField.tsx'
import { Attachments } from './Attachments.tsx'
import { DiscardDraft } from './DiscardDraft.tsx'
import { DraftsMenu } from './DraftsMenu.tsx'
import { draftOf, type Letter, obstacleOf, recipientsOf, sentDraft, withoutQuotation } from './letter.ts'
import { SealPanel } from './SealPanel.tsx'
import { SendingResult } from './SendingResult.tsx'
import { useAttachments } from './useAttachments.ts'
import { useDraftSaving } from './useDraftSaving.ts'
import { useSending } from './useSending.ts'

interface EditorProps {
  readonly beginning: Partial<Draft>
  readonly draftId: string | undefined
  readonly senders: readonly SenderState[]
  readonly settings: Settings
  readonly onBegin: (draft: Partial<Draft>, draftId?: string) => void
}

export function Editor({ beginning, draftId, senders, settings, onBegin }: EditorProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [letter, setLetter] = useState<Letter>(() => firstLetter(beginning, senders, settings))
  const [showCc, setShowCc] = useState(letter.cc.length > 0 || letter.bcc.length > 0)
  const [over, setOver] = useState(false)
  const [decided, setDecided] = useState(false)
  const attachments = useAttachments(beginning.attachments ?? [])
  const sending = useSending()
  const draft = draftOf(letter, attachments.spooled)
  const finished = sending.state?.done !== undefined || sending.state?.held === true
  const saving = useDraftSaving(draft, draftId, !finished && sending.state?.stage === undefined)

  const change = (next: Partial<Letter>) => {
    // Back in the envelope: whoever takes it out again is asked again.
    if (next.encrypt) setDecided(false)
    setLetter((before) => ({ ...before, ...next }))
  }
  const addresses = recipientsOf(letter).map(({ address }) => address)
  const recipients = useQuery(
    query.compose.recipients.queryOptions({
      input: { addresses },
      enabled: addresses.length > 0,
      placeholderData: keepPreviousData,
    }),
  )
  const states = new Map((recipients.data ?? []).map((state) => [state.address.toLowerCase(), state]))
  const shownStates = addresses.flatMap((address) => states.get(address.toLowerCase()) ?? [])
  const sender = senders.find(({ address }) => address === letter.from)
  const obstacle = obstacleOf(letter, {
    states: shownStates,
    hasSender: sender !== undefined,
    canSign: sender?.canSign ?? false,
    filesUnderWay: attachments.underWay || shownStates.length < addresses.length,
    decided,
  })
  const send = async () => {
    if (obstacle || sending.state?.stage) return
    if (!(await gate.ensureOpen(say('vault.reason.send')))) return
    if (await sending.send(sentDraft(draft, decided))) await saving.forget()
    else saving.keep()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      send()
    }
  }
  const onDrop = (event: DragEvent) => {
    setOver(false)
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    attachments.add([...event.dataTransfer.files])
  }
  if (sending.state && finished) {
    return <SendingResult state={sending.state} letter={letter} onWriteAnother={() => onBegin({})} />
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a drop area around labelled controls; the button does the same
    <div
      className="write"
      onKeyDown={onKey}
      data-takes-files
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <div className="write-letter write-drop" data-over={over}>
        <div className="row row-apart">
          <h1>{say('write.title')}</h1>
          <DraftsMenu current={saving.id} onOpen={onBegin} />
        </div>
        {senders.length > 1 || !sender ? (
          <Field label={say('write.from')} id="write-from">
            <Select
              id="write-from"
              placeholder={say('write.noSender')}
              data={senders.map(({ address, name }) => ({
                value: address,
                label: name ? `${name} <${shownAddress(address)}>` : shownAddress(address),
              }))}
              value={sender ? letter.from : null}
              onChange={(from) => {
                const next = senders.find(({ address }) => address === from)
                if (next) change({ from: next.address, sign: settings.signByDefault && next.canSign })
              }}
            />
          </Field>
        ) : (
          <p className="soft small">{say('write.fromOnly', { address: sender.address })}</p>
        )}
        <AddressField
          label={say('write.to')}
          value={letter.to}
          states={states}
          onChange={(to) => change({ to })}
          autoFocus={letter.to.length === 0}
        />
        {showCc ? (
          <>
            <AddressField label={say('write.cc')} value={letter.cc} states={states} onChange={(cc) => change({ cc })} />
            <AddressField
              label={say('write.bcc')}
              value={letter.bcc}
              states={states}
              onChange={(bcc) => change({ bcc })}
            />
          </>
        ) : (
          <div className="row write-more">
            <Button variant="subtle" size="compact-sm" onClick={() => setShowCc(true)}>
              {say('write.showCc')}
            </Button>
          </div>
        )}
        <Field label={say('write.subject')} id="write-subject">
          <TextInput
            id="write-subject"
            maxLength={998}
            value={letter.subject}
            onChange={(event) => change({ subject: event.currentTarget.value })}
          />
        </Field>
        <div className="write-text">
          <textarea
            aria-label={say('write.text')}
            placeholder={say('write.textHint')}
            value={letter.text}
            onChange={(event) => change({ text: event.currentTarget.value })}
          />
        </div>
        <Attachments files={attachments.files} onAdd={attachments.add} onRemove={attachments.remove} />
        <div className="row row-wrap">
          <p className="soft small" role="status">
            {say(`write.saving.${saving.state}`)}
          </p>
          {saving.id === undefined ? null : (
            <DiscardDraft
              onDiscard={async () => {
                await saving.forget()
                onBegin({})
              }}
            />
          )}
        </div>
      </div>
      <SealPanel
        letter={letter}
        states={shownStates}
        canSign={sender?.canSign ?? false}
        obstacle={obstacle}
        decided={decided}
        sending={sending.state}
        onReveal={(takeOut) => {
          setDecided(true)
          if (takeOut) change({ subject: say('write.answered.subject'), text: withoutQuotation(letter.text) })
        }}
        onChange={change}
        onSend={send}
        onStop={sending.stop}
        onAskFor={(address) =>
          onBegin({
            from: letter.from,
            to: [{ address }],
            subject: say('write.ask.subject'),
            text: say('write.ask.text'),
            encrypt: false,
          })
        }
      />
    </div>
  )
}

/** A label at the left, as the address fields have it. */
function Field({ label, id, children }: { readonly label: string; readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="address-field">
      <label htmlFor={id}>{label}</label>
      {children}
    </div>
  )
}

function firstLetter(beginning: Partial<Draft>, senders: readonly SenderState[], settings: Settings): Letter {
  const wanted = senders.find(({ address }) => address === beginning.from)
  const sender = wanted ?? senders.find(({ canSign }) => canSign) ?? senders[0]
  return {
    from: sender?.address ?? '',
    to: beginning.to ?? [],
    cc: beginning.cc ?? [],
    bcc: beginning.bcc ?? [],
    subject: beginning.subject ?? '',
    text: beginning.text ?? '',
    sign: beginning.sign ?? (settings.signByDefault && (sender?.canSign ?? false)),
    encrypt: beginning.encrypt ?? settings.encryptWhenPossible,
    ...(beginning.inReplyTo === undefined ? {} : { inReplyTo: beginning.inReplyTo }),
    ...(beginning.references === undefined ? {} : { references: beginning.references }),
    ...(beginning.answered === undefined ? {} : { answered: beginning.answered }),
  }
}
