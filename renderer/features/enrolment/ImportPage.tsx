/** Takes a certificate with its key out of a file: password, a look at what is inside, then the import. */

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { failureOf } from '../../client/failure.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { BackRow } from '../../ui/BackRow.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { FileButton } from '../../ui/FileButton.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { useHandoff } from '../handoff.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { ImportFromSystem } from './ImportFromSystem.tsx'
import { ImportFromThunderbird } from './ImportFromThunderbird.tsx'
import { ImportDone, ImportPreviewList } from './ImportPreviewList.tsx'

export function ImportPage() {
  const say = useSay()
  const navigate = useNavigate()
  const gate = useVaultGate()
  const { client } = useApi()
  const { handed, drop } = useHandoff()
  const [file, setFile] = useState<File>()
  const [password, setPassword] = useState('')
  const [asksPassword, setAsksPassword] = useState(false)
  const [latest, setLatest] = useState<string>()
  const passwordField = useRef<HTMLInputElement>(null)
  const secret = password === '' ? {} : { password }
  const preview = useMutation({
    mutationFn: async (chosen: File) =>
      client.identities.previewImport({ source: await sourceOf(client, chosen), ...secret }),
    // The field stays where it is while its password is tried.
    onSuccess: () => setAsksPassword(false),
    onError: (error) => {
      const { code } = failureOf(error)
      setAsksPassword(code === 'password-needed' || code === 'wrong-password')
      passwordField.current?.focus()
    },
  })
  const take = useMutation({
    mutationFn: async (chosen: File) => client.identities.import({ source: await sourceOf(client, chosen), ...secret }),
  })
  const choose = (chosen: File) => {
    setFile(chosen)
    setPassword('')
    setAsksPassword(false)
    take.reset()
    preview.mutate(chosen)
  }
  const dropped = handed.keyFile
  // biome-ignore lint/correctness/useExhaustiveDependencies: a dropped file is taken once
  useEffect(() => {
    if (!dropped) return
    choose(dropped.file)
    drop('keyFile')
  }, [dropped])
  const code = preview.isError ? failureOf(preview.error).code : undefined
  const look = (event: FormEvent) => {
    event.preventDefault()
    if (file) preview.mutate(file)
  }
  const accept = async () => {
    if (file && (await gate.ensureOpen(say('vault.reason.import')))) take.mutate(file)
  }
  return (
    <div className="page">
      <BackRow label={say('ui.back')} onOtherwise={() => navigate({ to: '/certificates', search: {} })} />
      <div className="sheet sheet-middle">
        <h1>{say('import.title')}</h1>
        <p className="soft">{say('import.text')}</p>
        <Group>
          <FileButton
            variant={file ? 'default' : 'filled'}
            accept=".p12,.pfx,.pem,.key,.crt,.cer,.zip"
            onFiles={([chosen]) => chosen && choose(chosen)}
          >
            {file ? say('import.chooseOther') : say('import.choose')}
          </FileButton>
          {file ? <span className="wrap-anywhere">{file.name}</span> : null}
        </Group>
        {asksPassword ? (
          <form className="stack" onSubmit={look}>
            <PasswordField
              ref={passwordField}
              label={say('import.password')}
              description={say('import.passwordHint')}
              value={password}
              onChange={setPassword}
              error={code === 'wrong-password' ? say('errors.wrong-password.what') : undefined}
              autoFocus
            />
            <Group>
              <Button type="submit" loading={preview.isPending}>
                {say('import.open')}
              </Button>
            </Group>
          </form>
        ) : null}
        {preview.isError && !asksPassword ? <ErrorNotice error={preview.error} /> : null}
        {preview.data && !take.data ? (
          <>
            <ImportPreviewList preview={preview.data} />
            <Group>
              <Button
                loading={take.isPending}
                disabled={preview.data.identities.every((one) => one.known)}
                onClick={accept}
              >
                {say('import.take')}
              </Button>
            </Group>
          </>
        ) : null}
        {take.isError ? <ErrorNotice error={take.error} /> : null}
        {take.data ? <ImportDone imported={take.data.imported} known={take.data.known} /> : null}
        {file ? null : <ImportFromThunderbird latest={latest} onTaken={setLatest} />}
        {file ? null : <ImportFromSystem latest={latest} onTaken={setLatest} />}
        {file ? null : <p className="soft">{say('import.elsewhere')}</p>}
      </div>
    </div>
  )
}
