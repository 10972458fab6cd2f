/** Whether the mail domain lets the chosen authority issue: asked before an order, and explained where it doesn't. */

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { CaaFinding } from '../../../shared/contract/catalogue.ts'
import { shownHost } from '../../../shared/shownAddress.ts'
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
  /** How the authority is called on the page. */
  readonly name: string
  readonly finding: CaaFinding | undefined
  readonly asking: boolean
  readonly prohibits: boolean
}

/** `authority` is absent while none is chosen; its id is empty where it isn't in the catalogue. */
export function useCaa(
  address: string,
  authority: { readonly id: string; readonly name: string } | undefined,
): CaaState {
  const { query } = useApi()
  const question = useQuery(
    query.catalogue.checkDomain.queryOptions({
      input: { address: address.trim(), authority: authority?.id ?? '' },
      enabled: authority !== undefined,
      // Records of the DNS stay the same for minutes, and each question takes seconds where nobody answers.
      staleTime: 60_000,
      retry: false,
    }),
  )
  const finding = authority ? question.data : undefined
  return {
    name: authority?.name ?? '',
    finding,
    asking: authority !== undefined && question.isPending,
    prohibits: finding?.verdict === 'forbidden' || finding?.verdict === 'nobody',
  }
}

export function CaaNotice({ address, caa }: { readonly address: string; readonly caa: CaaState }) {
  const say = useSay()
  const { finding, name, prohibits } = caa
  const place = useRef<HTMLDivElement>(null)
  // It stands below all that is known of the authority, and in a small window nobody would see it.
  useEffect(() => {
    if (prohibits) place.current?.scrollIntoView({ block: 'nearest' })
  }, [prohibits])
  if (caa.asking)
    return <Loading label={say('caa.asking', { domain: shownHost(address.split('@').at(-1) ?? ''), name })} />
  if (!finding) return null
  const { verdict, domain, at = domain, issuers, unknownConditions } = finding
  const data = { domain, at, name, issuers: issuers.join(', '), conditions: unknownConditions.join(', ') }
  return (
    <div ref={place}>
      <Notice level={levels[verdict]} title={say(`caa.${verdict}.title`, data)} urgent={prohibits}>
        {say(`caa.${verdict}.text`, data)}
      </Notice>
    </div>
  )
}
