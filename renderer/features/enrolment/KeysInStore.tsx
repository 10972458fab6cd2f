/** What another program's store holds, to choose from, and the password that the store may ask for before it gives anything. */

import { Button, Checkbox, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Identity } from '../../../shared/contract/identities.ts'
import type { SystemCertificate } from '../../../shared/contract/systemStores.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { failureOf } from '../../client/failure.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { OddBeforeUse } from '../certificates/Oddities.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { ImportDone } from './ImportPreviewList.tsx'

/** For what is asked of other programs' stores, which change without a word to Siegel: nothing is kept of an answer. */
export const askedAnew = { staleTime: 0, gcTime: 0 } as const

/** Of a store that doesn't say it: that a key doesn't leave shows when it is taken. */
type StoreEntry = Omit<SystemCertificate, 'exportable'> & { readonly exportable?: boolean }

/** Which of a page's stores gave something last. */
export interface LatestStore {
  readonly latest: string | undefined
  readonly onTaken: (store: string) => void
}

interface KeysInStoreProps extends LatestStore {
  readonly id: string
  readonly label: string
  readonly entries: readonly StoreEntry[]
  readonly take: (input: {
    readonly certificates: string[]
    readonly password: string | undefined
  }) => Promise<{ imported: Identity[]; known: Identity[] }>
  /** `needed` and `wrong` are the failures by which the store asks for its password. */
  readonly password: { readonly label: string; readonly hint: string; readonly needed: string; readonly wrong: string }
  /** Stands above the button: what the system will ask. */
  readonly before?: ReactNode
  /** Stands below a failure: how it is done by hand. */
  readonly otherwise?: ReactNode
}

export function KeysInStore(props: KeysInStoreProps) {
  const { id, label, entries, take, password, before, otherwise, latest, onTaken } = props
  const say = useSay()
  const gate = useVaultGate()
  const [left, setLeft] = useState<readonly string[]>([])
  const [typed, setTyped] = useState('')
  const taking = useMutation({
    mutationFn: (certificates: string[]) => take({ certificates, password: typed === '' ? undefined : typed }),
    onSuccess: () => onTaken(id),
  })
  if (taking.data) {
    const { imported, known } = taking.data
    return <ImportDone imported={imported} known={known} isFollowed={latest !== undefined && latest !== id} />
  }
  const takeable = entries.filter(({ known, exportable }) => !known && exportable !== false)
  const fingerprints = takeable.map(({ certificate }) => certificate.sha256)
  const wanted = fingerprints.filter((sha256) => !left.includes(sha256))
  const code: string | undefined = taking.isError ? failureOf(taking.error).code : undefined
  const isAboutPassword = code === password.needed || code === password.wrong
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (wanted.length > 0 && (await gate.ensureOpen(say('vault.reason.import')))) taking.mutate(wanted)
  }
  return (
    <form className="stack" onSubmit={submit}>
      <Checkbox.Group
        label={label}
        value={wanted}
        onChange={(next) => setLeft(fingerprints.filter((sha256) => !next.includes(sha256)))}
      >
        <div className="stack-tight choices">
          {entries.map((entry) => (
            <Choice key={entry.certificate.sha256} entry={entry} />
          ))}
        </div>
      </Checkbox.Group>
      {isAboutPassword || typed !== '' ? (
        <PasswordField
          label={password.label}
          description={password.hint}
          value={typed}
          onChange={setTyped}
          error={code === password.wrong ? say(`errors.${password.wrong}.what`) : undefined}
          autoFocus
        />
      ) : null}
      {taking.isError && !isAboutPassword ? (
        <>
          <ErrorNotice error={taking.error} />
          {otherwise}
        </>
      ) : null}
      {wanted.length > 0 ? before : null}
      <Group>
        <Button type="submit" loading={taking.isPending} disabled={wanted.length === 0}>
          {say('import.take')}
        </Button>
      </Group>
    </form>
  )
}

function Choice({ entry }: { readonly entry: StoreEntry }) {
  const say = useSay()
  const { certificate, keyAlgorithm, canSign, canEncrypt, known, exportable, odd } = entry
  const facts = say('thunderbird.facts', {
    purpose: say(`thunderbird.purpose.${purposeOf(canSign, canEncrypt)}`),
    key: keyAlgorithm,
    issuer: certificate.issuerName,
    date: certificate.notAfter,
  })
  const stays = exportable === false
  return (
    <>
      <Checkbox
        value={certificate.sha256}
        disabled={known || stays}
        label={`${certificate.name} ${shownAddresses(certificate.emails.filter((email) => email !== certificate.name))}`}
        description={known ? say('import.known') : stays ? `${facts}. ${say('systemStores.stays')}` : facts}
      />
      {known || stays ? null : <OddBeforeUse odd={odd} />}
    </>
  )
}

function purposeOf(canSign: boolean, canEncrypt: boolean): 'both' | 'sign' | 'open' | 'none' {
  if (canSign) return canEncrypt ? 'both' : 'sign'
  return canEncrypt ? 'open' : 'none'
}
