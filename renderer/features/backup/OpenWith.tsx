/** Which backup file, and what opens it: its passphrase or the paper key. */

import { Button, Group, Radio } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { BackupSecret } from '../../../shared/contract/backup.ts'
import { useSay } from '../../client/words.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { PaperKeyField } from './PaperKeyField.tsx'

interface OpenWithProps {
  readonly action: string
  readonly busy: boolean
  /** It was opened: what comes next has the button that stands out. */
  readonly done: boolean
  /** Called when another file or secret is given: what was said about the former is no longer true. */
  readonly onChange: () => void
  readonly onOpen: (file: File, secret: BackupSecret) => void
  /** Between the fields and the button: refusals. */
  readonly children?: ReactNode
}

export function OpenWith({ action, busy, done, onChange, onOpen, children }: OpenWithProps) {
  const say = useSay()
  const [file, setFile] = useState<File>()
  const [way, setWay] = useState<'passphrase' | 'paper'>('passphrase')
  const [passphrase, setPassphrase] = useState('')
  const [paperKey, setPaperKey] = useState('')
  const given = way === 'paper' ? paperKey.trim() !== '' : passphrase !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (file && given) onOpen(file, way === 'paper' ? { paperKey } : { passphrase })
  }
  const changed =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      set(value)
      onChange()
    }
  return (
    <form className="stack" onSubmit={submit}>
      <Group>
        <FileButton
          variant="default"
          accept=".siegel-backup"
          onFiles={([chosen]) => chosen && changed(setFile)(chosen)}
        >
          {file ? say('backup.chooseOther') : say('backup.choose')}
        </FileButton>
        {file ? <span className="wrap-anywhere">{file.name}</span> : null}
      </Group>
      {file ? (
        <>
          <Radio.Group
            label={say('backup.secret.with')}
            value={way}
            onChange={(value) => changed(setWay)(value === 'paper' ? 'paper' : 'passphrase')}
          >
            <div className="row row-wrap choices">
              <Radio value="passphrase" label={say('backup.secret.passphrase')} />
              <Radio value="paper" label={say('backup.secret.paper')} />
            </div>
          </Radio.Group>
          {way === 'paper' ? (
            <PaperKeyField value={paperKey} onChange={changed(setPaperKey)} />
          ) : (
            <PassphraseField
              label={say('backup.secret.passphraseLabel')}
              value={passphrase}
              onChange={changed(setPassphrase)}
            />
          )}
          {children}
          <Group>
            <Button type="submit" variant={done ? 'default' : 'filled'} loading={busy} disabled={!given}>
              {action}
            </Button>
          </Group>
        </>
      ) : null}
    </form>
  )
}
