/** One CA: what it may vouch for, whether its root is trusted here, and what can be done with it. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Authority } from '../../../shared/contract/authority.ts'
import { useApi } from '../../client/api.ts'
import { readSpooled, saveSpooled } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useHandoff } from '../handoff.tsx'
import { IssuedCertificates } from './IssuedCertificates.tsx'
import './authority.css'
import { IssueForMe } from './IssueForMe.tsx'
import { IssueForOthers } from './IssueForOthers.tsx'

export function AuthoritySection({ authority }: { readonly authority: Authority }) {
  const say = useSay()
  const navigate = useNavigate()
  const { client } = useApi()
  const { give } = useHandoff()
  const { id, certificate, permitted, trusted, issued, keyAlgorithm } = authority
  const save = useMutation({
    mutationFn: async () => saveSpooled(client, await client.authority.certificateFile({ authorityId: id })),
  })
  // Trusting it begins on its page, as with the root of anybody else.
  const look = useMutation({
    mutationFn: async () => {
      const { spoolId, name } = await client.authority.certificateFile({ authorityId: id })
      give({ certificate: new File(await readSpooled(client, spoolId), name) })
      await navigate({ to: '/certificate', search: {} })
    },
  })
  return (
    <section className="card stack authority" aria-label={certificate.name}>
      <header className="stack-tight">
        <h2>{certificate.name}</h2>
        <p>
          {permitted.length === 0 ? say('authority.all') : say('authority.only', { permitted: permitted.join(', ') })}
        </p>
        <p className="soft">
          {say('authority.until', { notAfter: certificate.notAfter })} · {keyAlgorithm}
        </p>
        <Fingerprint value={certificate.sha256} label={say('authority.page.fingerprint')} />
      </header>
      <div className="row row-wrap">
        <Button variant="default" onClick={() => navigate({ to: '/fingerprint', search: { authority: id } })}>
          {say('authority.fingerprintPage')}
        </Button>
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
          {say('authority.saveRoot')}
        </Button>
        {trusted ? (
          <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
            {say('authority.look')}
          </Button>
        ) : null}
      </div>
      {save.isError ? <ErrorNotice error={save.error} /> : null}
      {look.isError ? <ErrorNotice error={look.error} /> : null}
      {trusted ? (
        <p className="soft">{say('authority.trusted')}</p>
      ) : (
        <Notice
          level="caution"
          title={say('authority.notTrusted')}
          action={
            <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
              {say('authority.look')}
            </Button>
          }
        >
          {say('authority.notTrustedText')}
        </Notice>
      )}
      <IssueForOthers authority={authority} />
      <IssueForMe authority={authority} />
      <IssuedCertificates authorityId={id} issued={issued} />
    </section>
  )
}
