/** Every decision about trust that holds now, the newest first, each with the way back. */

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TrustDecision } from '../../../../shared/contract/trust.ts'
import { type Client, useApi } from '../../../client/api.ts'
import { useSay } from '../../../client/words.ts'
import { ErrorNotice } from '../../../ui/ErrorNotice.tsx'
import { ForeignText } from '../../../ui/ForeignText.tsx'
import { RelativeDate } from '../../../ui/RelativeDate.tsx'

export function Decisions({ decisions }: { readonly decisions: readonly TrustDecision[] }) {
  const say = useSay()
  const { client } = useApi()
  const takeBack = useMutation({ mutationFn: (decision: TrustDecision) => undo(client, decision) })
  return (
    <section className="stack-tight" aria-labelledby="trust-decisions">
      <h3 id="trust-decisions">{say('trust.decisions')}</h3>
      {takeBack.isError ? <ErrorNotice error={takeBack.error} /> : null}
      {decisions.length === 0 ? (
        <p className="soft">{say('trust.noDecisions')}</p>
      ) : (
        <ul className="card card-list">
          {decisions.map((decision) => (
            <li key={`${decision.kind} ${decision.root?.sha256 ?? decision.list}`} className="decision">
              <div className="grow">
                <p>{say(`trust.decision.${decision.kind}`, { list: say(`trust.source.${decision.list ?? 'own'}`) })}</p>
                <p className="soft small">
                  <Whose decision={decision} /> <RelativeDate value={decision.at} />
                </p>
              </div>
              <Button
                variant="default"
                size="compact-sm"
                disabled={takeBack.isPending}
                onClick={() => takeBack.mutate(decision)}
              >
                {say(`trust.takeBack.${decision.kind}`)}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Whose({ decision: { root } }: { readonly decision: TrustDecision }) {
  const navigate = useNavigate()
  if (!root) return null
  return (
    <button
      type="button"
      className="link-button"
      onClick={() => navigate({ to: '/trust', search: { sha256: root.sha256 } })}
    >
      <ForeignText>{root.name}</ForeignText>
    </button>
  )
}

async function undo({ certificates, trust }: Client, { kind, root, list }: TrustDecision): Promise<void> {
  if (list) {
    await trust.decideList({ list, trusted: kind === 'list-left' })
    return
  }
  if (!root) return
  const { sha256 } = root
  if (kind === 'anchor-added') await certificates.removeAnchor({ sha256 })
  else if (kind === 'scope-set') await trust.setScope({ sha256, domains: [] })
  else if (kind === 'root-distrusted') await trust.trustAgain({ sha256 })
}
