/** Who can read a sealed letter: the state of each address, and the certificates to encrypt for. */

import type { RecipientState } from '../../../shared/contract/compose.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { isAddress, normalizedAddress } from '../../mime/address.ts'
import type { ServiceContext } from '../context.ts'
import { experimentalAlgorithmOf } from '../experimental.ts'
import { canEncrypt, canSign, type Judge, judgeAt, storedCertificate } from '../judge.ts'
import { ownForKeysOf } from '../ownCertificates.ts'
import { checkRevocation } from '../revocation/revocation.ts'
import { certificatesFor, type RecipientCertificate, recipientAmong } from './recipients.ts'

/** What a person can look through while typing. */
const mostCompletions = 20

export interface Completion {
  readonly name: string
  readonly address: string
  readonly state: RecipientState['state']
}

export function recipientStates(context: ServiceContext, addresses: readonly string[]): RecipientState[] {
  const judge = judgeAt(context, context.runtime.clock())
  return addresses.map((address) => stateOf(context, address, judge))
}

function stateOf(context: ServiceContext, address: string, judge: Judge): RecipientState {
  if (!isAddress(address)) return { address, state: 'malformed', reason: 'malformed-address' }
  const name = nameFor(context, address)
  const known = name === undefined ? { address } : { address, name }
  const chosen = recipientAmong(certificatesFor(context, address), judge)
  if (chosen.usable) return { ...known, state: 'sealed', sha256: chosen.certificate.sha256 }
  const { reason, since, certificate } = chosen
  return {
    ...known,
    state: reason === 'no-certificate' ? 'postcard' : 'broken',
    reason,
    ...(since ? { since: since.toISOString() } : {}),
    ...(certificate ? { sha256: certificate.sha256 } : {}),
  }
}

function nameFor(context: ServiceContext, address: string): string | undefined {
  const { accounts, addressBook } = context.application
  const name = addressBook.contactFor(address)?.name ?? accounts.forAddress(address)?.name
  return name === '' ? undefined : name
}

/**
 * To be awaited before sealing: what a CA revoked lately must neither be sealed for nor signed with. One that can't be asked
 * changes nothing.
 */
export async function askBeforeSealing(
  context: ServiceContext,
  { readers, signers }: { readonly readers: readonly string[]; readonly signers: readonly string[] },
): Promise<void> {
  const judge = judgeAt(context, context.runtime.clock())
  const certificates = (addresses: readonly string[]) =>
    addresses.flatMap((address) => certificatesFor(context, address)).map(({ certificate }) => certificate)
  const toRead = certificates(readers).filter(canEncrypt)
  const toSign = certificates(signers).filter(canSign)
  const own = [...new Set([...readers, ...signers])]
    .flatMap((address) => ownForKeysOf(context, address))
    .map(({ certificateDer, chain }) => judge.question(storedCertificate(certificateDer), chain.map(storedCertificate)))
  await checkRevocation(context, [
    ...toRead.map((certificate) => judge.question(certificate, [], 'encrypt')),
    ...toSign.map((certificate) => judge.question(certificate, [], 'sign')),
    ...own,
  ])
}

export type Reader = Extract<RecipientCertificate, { usable: true }>

/** Who opens it at every address, or all the addresses that have nobody. */
export function readersOf(
  context: ServiceContext,
  addresses: readonly string[],
): Result<
  ReadonlyMap<string, Reader>,
  Extract<Failure, { code: 'recipient-without-certificate' | 'recipient-experimental' }>
> {
  const judge = judgeAt(context, context.runtime.clock())
  const found = new Map<string, Reader>()
  const without: string[] = []
  const experimental = new Map<string, string>()
  for (const address of addresses) {
    const chosen = recipientAmong(certificatesFor(context, address), judge)
    if (chosen.usable) found.set(address, chosen)
    else if (chosen.reason === 'experimental' && chosen.certificate) {
      experimental.set(address, experimentalAlgorithmOf(chosen.certificate) ?? '')
    } else without.push(address)
  }
  if (without.length === 0 && experimental.size > 0) {
    const [algorithm = ''] = experimental.values()
    return failure({ code: 'recipient-experimental', addresses: [...experimental.keys()].join(', '), algorithm })
  }
  if (without.length === 0) return success(found)
  return failure({ code: 'recipient-without-certificate', addresses: without.join(', ') })
}

/** Contacts and own addresses: those that begin with the query first, then those that contain it. */
export function completionsFor(context: ServiceContext, query: string): Completion[] {
  const { accounts, addressBook } = context.application
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return []
  const everybody = [
    ...addressBook.list(query).flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address }))),
    ...accounts
      .list()
      .map(({ name, address }) => ({ name, address }))
      .filter(({ name, address }) => `${name} ${address}`.toLowerCase().includes(wanted)),
  ]
  const distinct = [...new Map(everybody.map((entry) => [normalizedAddress(entry.address), entry])).values()]
  const begins = ({ name, address }: { name: string; address: string }) =>
    name.toLowerCase().startsWith(wanted) || address.toLowerCase().startsWith(wanted)
  const chosen = [...distinct.filter(begins), ...distinct.filter((entry) => !begins(entry))].slice(0, mostCompletions)
  const judge = judgeAt(context, context.runtime.clock())
  return chosen.map((entry) => ({ ...entry, state: stateOf(context, entry.address, judge).state }))
}
