/** Why a request came to a halt, with the one thing that lets it go on: agreeing, what the CA handed out, or doing it by hand. */

import { Button, Group, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PasswordField } from '../../ui/PasswordField.tsx'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { isHmacKey } from './hmacKey.ts'
import { type RefusedFor, refusedFor } from './refusedFor.ts'
import { isWaitingForCa } from './waitingForCa.ts'

interface RunFailureProps {
  readonly id: string
  readonly failure: { readonly code: string; readonly data: Readonly<Record<string, unknown>> }
  readonly onRetry: () => void
  /** Offered where the mail account is in the way. */
  readonly onByHand: (() => void) | undefined
  /** Ends the order and asks anew what it was refused for. */
  readonly onOtherwise: (reason: RefusedFor) => void
}

/** Failures of the mail account or of the mail itself: whoever can read the mailbox elsewhere needs no account here. */
const mailFailures = new Set([
  'challenge-late',
  'no-account',
  'no-network',
  'connect-refused',
  'timeout',
  'no-starttls',
  'tls-failed',
  'certificate-mismatch',
  'certificate-untrusted',
  'certificate-expired',
  'authentication-refused',
  'authentication-unavailable',
  'protocol-violation',
])

export function RunFailure({ id, failure, onRetry, onByHand, onOtherwise }: RunFailureProps) {
  const say = useSay()
  const { code, data } = failure
  if (code === 'terms-not-agreed') return <Terms id={id} failure={failure} onAgreed={onRetry} />
  if (code === 'server-from-backup') return <RestoredServer id={id} failure={failure} onAgreed={onRetry} />
  if (isWaitingForCa(failure)) {
    const again = (
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {say('enrol.askNow')}
      </Button>
    )
    return (
      <Notice level="neutral" title={say(`errors.${code}.what`, data)} action={again}>
        {say(code === 'ca-busy' ? 'enrol.busyNext' : `errors.${code}.next`, data)}
      </Notice>
    )
  }
  const reason = refusedFor(failure)
  if (reason) {
    return (
      <Notice
        level="bad"
        title={say(`errors.${code}.what`, data)}
        urgent
        action={
          <>
            <Button size="compact-sm" onClick={() => onOtherwise(reason)}>
              {say(reason === 'key' ? 'enrol.otherKey' : 'enrol.otherSource')}
            </Button>
            {reason === 'caa' ? (
              <Button size="compact-sm" variant="default" onClick={onRetry}>
                {say('ui.retry')}
              </Button>
            ) : null}
          </>
        }
      >
        {say(`enrol.refusedFor.${reason}`, data)}
      </Notice>
    )
  }
  return (
    <>
      <ErrorNotice
        failure={failure}
        action={
          <>
            <Button size="compact-sm" onClick={onRetry}>
              {say('ui.retry')}
            </Button>
            {onByHand && mailFailures.has(failure.code) ? (
              <Button size="compact-sm" variant="default" onClick={onByHand}>
                {say('enrol.hand.start')}
              </Button>
            ) : null}
          </>
        }
      />
      {failure.code === 'external-account-required' ? <Binding id={id} onKept={onRetry} /> : null}
    </>
  )
}

type Agreement = Pick<RunFailureProps, 'id' | 'failure'> & { readonly onAgreed: () => void }

/** The order can be given up below, as any other. */
function RestoredServer({ id, failure, onAgreed }: Agreement) {
  const say = useSay()
  const { query } = useApi()
  const trust = useMutation(query.enrolment.trustServer.mutationOptions({ onSuccess: onAgreed }))
  return (
    <>
      <ErrorNotice
        failure={failure}
        action={
          <Button size="compact-sm" variant="default" loading={trust.isPending} onClick={() => trust.mutate({ id })}>
            {say('enrol.trustServer', failure.data)}
          </Button>
        }
      />
      {trust.isError ? <ErrorNotice error={trust.error} /> : null}
    </>
  )
}

function Terms({ id, failure, onAgreed }: Agreement) {
  const say = useSay()
  const { query } = useApi()
  const status = useQuery(query.app.status.queryOptions())
  const open = useMutation(query.enrolment.openTerms.mutationOptions())
  const agree = useMutation(query.enrolment.agree.mutationOptions({ onSuccess: onAgreed }))
  const url = String(failure.data['url'] ?? '')
  return (
    <>
      <ErrorNotice
        failure={failure}
        action={
          <>
            <Button
              size="compact-sm"
              variant="default"
              component="a"
              href={url}
              target="_blank"
              rel="noopener noreferrer"
              onClick={(event) => {
                if (status.data?.host !== 'desktop') return
                event.preventDefault()
                open.mutate({ id })
              }}
            >
              {say('enrol.terms.open')}
            </Button>
            <Button size="compact-sm" loading={agree.isPending} onClick={() => agree.mutate({ id, url })}>
              {say('enrol.terms.agree')}
            </Button>
          </>
        }
      />
      {agree.isError ? <ErrorNotice error={agree.error} /> : null}
      {open.isError ? <ErrorNotice error={open.error} /> : null}
    </>
  )
}

function Binding({ id, onKept }: { readonly id: string; readonly onKept: () => void }) {
  const say = useSay()
  const gate = useVaultGate()
  const { query } = useApi()
  const [keyId, setKeyId] = useState('')
  const [hmacKey, setHmacKey] = useState('')
  const bind = useMutation(query.enrolment.bind.mutationOptions({ onSuccess: onKept }))
  const ready = keyId.trim() !== '' && isHmacKey(hmacKey)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!ready || !(await gate.ensureOpen(say('vault.reason.enrol')))) return
    bind.mutate({ id, externalAccountBinding: { keyId: keyId.trim(), hmacKey: hmacKey.trim() } })
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <h3>{say('enrol.binding.title')}</h3>
      <TextInput
        label={say('enrol.binding.keyId')}
        value={keyId}
        autoComplete="off"
        onChange={(event) => setKeyId(event.currentTarget.value)}
      />
      <PasswordField
        label={say('enrol.binding.hmacKey')}
        description={say('enrol.binding.hmacKeyHint')}
        error={hmacKey !== '' && !isHmacKey(hmacKey) ? say('enrol.binding.hmacKeyWrong') : undefined}
        value={hmacKey}
        onChange={setHmacKey}
      />
      {bind.isError ? <ErrorNotice error={bind.error} /> : null}
      <Group justify="flex-end">
        <Button type="submit" disabled={!ready} loading={bind.isPending}>
          {say('enrol.binding.save')}
        </Button>
      </Group>
    </form>
  )
}
