/** Whether the mail domain lets the chosen authority issue: asked before an order, and explained where it doesn't. */

import { useQuery } from '@tanstack/react-query'
import type { CaaFinding, CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { useApi } from '../../client/api.ts'
import { useSay } from '../../client/words.ts'
import { Loading } from '../../ui/Loading.tsx'
import type { Level } from '../../ui/Mark.tsx'
import { Notice } from '../../ui/Notice.tsx'

const levels: Readonly<Record<CaaFinding['verdict'], Level>> = {
  allowed: 'good',
  'allowed-with-conditions': 'neutral',
  forbidden: 'bad',
  nobody: 'bad',
  'unknown-condition': 'caution',
  unanswered: 'neutral',
  'name-not-known': 'caution',
}

interface CaaState {
  readonly finding: CaaFinding | undefined
  readonly asking: boolean
  readonly prohibits: boolean
}

export function useCaa(address: string, entry: CatalogueEntry | undefined): CaaState {
  const { query } = useApi()
  const question = useQuery(
    query.catalogue.checkDomain.queryOptions({
      input: { address: address.trim(), authority: entry?.id ?? '' },
      enabled: entry !== undefined,
      // Records of the DNS stay the same for minutes, and each question takes seconds where nobody answers.
      staleTime: 60_000,
      retry: false,
    }),
  )
  const finding = entry ? question.data : undefined
  return {
    finding,
    asking: entry !== undefined && question.isPending,
    prohibits: finding?.verdict === 'forbidden' || finding?.verdict === 'nobody',
  }
}

export function CaaNotice({ entry, caa }: { readonly entry: CatalogueEntry; readonly caa: CaaState }) {
  const say = useSay()
  const { finding } = caa
  if (caa.asking) return <Loading label={say('caa.asking', { domain: '', name: entry.name })} />
  if (!finding) return null
  const { verdict, domain, at = domain, issuers, unknownConditions } = finding
  const data = { domain, at, name: entry.name, issuers: issuers.join(', '), conditions: unknownConditions.join(', ') }
  return (
    <Notice level={levels[verdict]} title={say(`caa.${verdict}.title`, data)} urgent={caa.prohibits}>
      {say(`caa.${verdict}.text`, data)}
    </Notice>
  )
}
