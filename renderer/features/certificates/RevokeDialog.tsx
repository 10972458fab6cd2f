/** Revoking an own certificate: why in plain words, the passphrase, and for other ways than ACME where to ask. */

import { Button, Group, Modal, Radio } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { type RevocationWay, type RevocationWish, revocationWish } from '../../../shared/contract/renewal.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Loading } from '../../ui/Loading.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PassphraseField } from '../../ui/PassphraseField.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'

interface RevokeDialogProps {
  readonly identityId: string
  readonly address: string
  readonly serial: string
  readonly onClose: () => void
}

export function RevokeDialog({ identityId, address, serial, onClose }: RevokeDialogProps) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [reason, setReason] = useState<RevocationWish>('keyCompromise')
  const [passphrase, setPassphrase] = useState('')
  const way = useQuery(query.renewal.revocation.queryOptions({ input: { identityId } }))
  const revoke = useMutation(query.renewal.revoke.mutationOptions({ onSuccess: onClose }))
  const mark = useMutation(query.renewal.markRevoked.mutationOptions({ onSuccess: onClose }))
  const isAcme = way.data?.way === 'acme'
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isAcme) mark.mutate({ identityId, reason })
    else if (passphrase !== '' && (await gate.ensureOpen(say('revoke.passphraseHint')))) {
      revoke.mutate({ identityId, reason, passphrase })
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={say('revoke.title', { address })}
      size="lg"
      closeButtonProps={{ 'aria-label': say('ui.close') }}
    >
      {way.isError ? <ErrorNotice error={way.error} /> : null}
      {way.isPending ? <Loading label={say('certs.loading')} /> : null}
      {way.data ? (
        <form className="stack" onSubmit={submit}>
          <p>{say('revoke.text')}</p>
          <Radio.Group
            label={say('revoke.reason')}
            description={isAcme ? say('revoke.reasonHint') : undefined}
            value={reason}
            onChange={(value) => setReason(revocationWish.options.find((one) => one === value) ?? 'unspecified')}
          >
            <div className="stack-tight choices">
              {revocationWish.options.map((one) => (
                <Radio
                  key={one}
                  value={one}
                  label={say(`revoke.reasons.${one}`)}
                  data-autofocus={one === reason ? true : undefined}
                />
              ))}
            </div>
          </Radio.Group>
          {isAcme ? (
            <PassphraseField
              label={say('revoke.passphrase')}
              description={say('revoke.passphraseHint')}
              value={passphrase}
              onChange={setPassphrase}
            />
          ) : (
            <>
              {way.data.serverFromBackup === undefined ? null : (
                <RestoredServer identityId={identityId} host={way.data.serverFromBackup} />
              )}
              <Instructions identityId={identityId} way={way.data} serial={serial} />
            </>
          )}
          {revoke.isError ? <ErrorNotice error={revoke.error} /> : null}
          {mark.isError ? <ErrorNotice error={mark.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {say('ui.cancel')}
            </Button>
            <Button type="submit" disabled={isAcme && passphrase === ''} loading={revoke.isPending || mark.isPending}>
              {say(isAcme ? 'revoke.do' : 'revoke.marked')}
            </Button>
          </Group>
        </form>
      ) : null}
    </Modal>
  )
}

/** Whoever wrote the backup chose the server: it is asked to revoke once the person says that they know it. */
function RestoredServer({ identityId, host }: { readonly identityId: string; readonly host: string }) {
  const say = useSay()
  const { query } = useApi()
  const client = useQueryClient()
  const { queryKey } = query.renewal.revocation.queryOptions({ input: { identityId } })
  const trust = useMutation(
    query.renewal.trustServer.mutationOptions({ onSuccess: (way) => client.setQueryData(queryKey, way) }),
  )
  return (
    <>
      <Notice
        level="caution"
        title={say('revoke.restored', { host })}
        action={
          <Button
            size="compact-sm"
            variant="default"
            loading={trust.isPending}
            onClick={() => trust.mutate({ identityId, host })}
          >
            {say('revoke.trustServer', { host })}
          </Button>
        }
      >
        {say('revoke.restoredText', { host })}
      </Notice>
      {trust.isError ? <ErrorNotice error={trust.error} /> : null}
    </>
  )
}

interface InstructionsProps {
  readonly identityId: string
  readonly way: RevocationWay
  readonly serial: string
}

function Instructions({ identityId, way, serial }: InstructionsProps) {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const open = useMutation(query.renewal.openLink.mutationOptions())
  const {
    caName: ca,
    links: [link],
  } = way
  return (
    <Notice
      level="neutral"
      title={say('revoke.askYourself', { ca })}
      action={
        link === undefined ? undefined : (
          <Button
            size="compact-sm"
            variant="default"
            component="a"
            href={link}
            target="_blank"
            rel="noopener noreferrer"
            onClick={(event) => {
              if (status.data?.host !== 'desktop') return
              event.preventDefault()
              open.mutate({ identityId, kind: 'revocation' })
            }}
          >
            {say('revoke.page', { host: new URL(link).host })}
          </Button>
        )
      }
    >
      <p>{say(way.serverFromBackup === undefined ? 'revoke.instructions' : 'revoke.instead', { ca })}</p>
      <p>
        {say('revoke.serial')}: <Fingerprint value={serial} label={say('revoke.serial')} />
      </p>
    </Notice>
  )
}

/** What is left of a certificate that its owner has revoked; nothing for one that wasn't. */
export function RevokedNotice({ way: { revokedAt, reason } }: { readonly way: RevocationWay }) {
  const say = useSay()
  if (revokedAt === undefined || reason === undefined) return null
  return (
    <Notice level="bad" title={say('revoke.done', { date: revokedAt, reason: say(`revoke.reasons.${reason}`) })}>
      {say('revoke.doneText')}
    </Notice>
  )
}
