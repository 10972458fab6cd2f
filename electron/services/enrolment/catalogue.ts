/** The catalogue of authorities with what is computed about it: trust here, leave of a mail domain; and the person's own entries. */

import { implement } from '@orpc/server'
import type { CatalogueEntry } from '../../../shared/contract/catalogue.ts'
import { contract } from '../../../shared/contract/contract.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import { certificateAddress } from '../../acquisition/address.ts'
import { caaVerdict, lookUpIssueMail } from '../../acquisition/caa.ts'
import { isAlike } from '../../acquisition/catalogue/alikeNames.ts'
import type { CatalogueAuthority } from '../../acquisition/catalogue/authority.ts'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import type { OwnAuthority } from '../../acquisition/catalogue/ownAuthorities.ts'
import { attributeValues } from '../../certificates/name.ts'
import { randomId } from '../../crypto/identifier.ts'
import { systemDns } from '../../net/dns.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import { knownRoot } from '../certificates/knownCertificates.ts'
import { trustedRootsOf } from '../certificates/trustOverview.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'
import { accountAt } from './enrolmentAccounts.ts'

const os = implement(contract.catalogue).$context<ServiceContext>()

export const catalogueProcedures = {
  list: os.list.handler(({ context }) => entriesOf(context)),

  checkDomain: os.checkDomain.handler(async ({ input, context }) => {
    const address = certificateAddress(input.address) ?? raise({ code: 'malformed-address', address: input.address })
    const domain = address.slice(address.lastIndexOf('@') + 1)
    if (input.authority !== '') entryOf(context, input.authority)
    const caaDomains = catalogue.find(({ id }) => id === input.authority)?.caaDomains ?? []
    const answer = await lookUpIssueMail(domain, context.runtime.dns ?? systemDns())
    const restricted = answer.state === 'restricted' ? answer : undefined
    const issuers = restricted?.issueMail.flatMap(({ issuer }) => (issuer === undefined ? [] : [issuer])) ?? []
    return {
      domain,
      verdict: caaVerdict(answer, caaDomains),
      ...(answer.at === undefined ? {} : { at: answer.at }),
      issuers: [...new Set(issuers)],
      unknownConditions: [...(restricted?.unknownCritical ?? [])],
    }
  }),

  add: os.add.handler(async ({ input, context }) => {
    const { ownAuthorities } = context.application
    const { name, issues, externalAccountBinding } = input
    const url = new URL(input.url).href
    const entries = entriesOf(context)
    const same = entries.find((entry) => entry.issues === issues && addressOf(entry) === url)
    if (same) raise({ code: 'already-known', name: same.name })
    const taken = entries.find((entry) => isAlike(entry.name, name) || (!entry.own && isAlike(entry.id, name)))
    if (taken) raise({ code: 'name-taken', name: taken.name })
    const own: OwnAuthority = {
      id: randomId(context.runtime.random),
      name: name.trim(),
      issues,
      url,
      ...(externalAccountBinding && issues === 'acme' ? { bindingKeyId: externalAccountBinding.keyId } : {}),
      createdAt: context.runtime.clock().toISOString(),
    }
    orRaise(unlessDiskFull(() => ownAuthorities.add(own)))
    if (own.bindingKeyId !== undefined) {
      // The account keeps the key sealed until the CA has registered it.
      const account = await accountAt(context, url, externalAccountBinding)
      if (!account.ok) {
        ownAuthorities.remove(own.id)
        return raise(account.error)
      }
    }
    context.events.publish('catalogue')
    return entryOf(context, own.id)
  }),

  remove: os.remove.handler(({ input, context }) => {
    const removed = orRaise(unlessDiskFull(() => context.application.ownAuthorities.remove(input.id)))
    if (!removed) return raise({ code: 'not-found', what: 'authority' })
    context.events.publish('catalogue')
    return {}
  }),

  openLink: os.openLink.handler(async ({ input, context }) => {
    const { links } = agreedEntryOf(context, input.id)
    // The window names a link of the catalogue and never an address: whatever a page is made to ask, nothing else is opened.
    const { url } = links.find(({ kind }) => kind === input.kind) ?? raise({ code: 'not-found', what: 'link' })
    const { openLink } = context.runtime
    await openLink?.(url)
    return { opened: openLink !== undefined, url }
  }),

  trustServer: os.trustServer.handler(({ input, context }) => {
    const { ownAuthorities } = context.application
    // The host that the person was shown: should the entry be another one by now, that is what they are asked about again.
    const entry = entryOf(context, input.id)
    if (hostOf(addressOf(entry) ?? '') !== input.host) return raise({ code: 'not-found', what: 'authority' })
    if (entry.fromBackup) orRaise(unlessDiskFull(() => ownAuthorities.trust(entry.id)))
    context.events.publish('catalogue')
    return entryOf(context, entry.id)
  }),
}

/** Where it is asked: the ACME directory, or the page that takes requests. */
function addressOf({ directoryUrl, links }: CatalogueEntry): string | undefined {
  return directoryUrl ?? links.find(({ kind }) => kind === 'order')?.url
}

/** Ends the procedure with `not-found` where there is no such entry. No own one takes the place of one in the catalogue. */
export function entryOf(context: ServiceContext, id: string): CatalogueEntry {
  const found = entriesOf(context).filter((entry) => entry.id === id)
  return found.find(({ own }) => !own) ?? found[0] ?? raise({ code: 'not-found', what: 'authority' })
}

/** An entry that may be used: a backup's waits until the person has agreed to where it leads. */
export function agreedEntryOf(context: ServiceContext, id: string): CatalogueEntry {
  return agreed(entryOf(context, id))
}

/** Ends the procedure where an entry from a backup leads to that directory, and nobody has agreed to it. */
export function requireAgreedDirectory(context: ServiceContext, directoryUrl: string): void {
  const { href } = new URL(directoryUrl)
  for (const entry of entriesOf(context)) if (entry.directoryUrl === href) agreed(entry)
}

function agreed(entry: CatalogueEntry): CatalogueEntry {
  const { name, fromBackup } = entry
  return fromBackup ? raise({ code: 'authority-from-backup', name, host: hostOf(addressOf(entry) ?? '') }) : entry
}

/** The person's own entries first. */
function entriesOf(context: ServiceContext): CatalogueEntry[] {
  const trusted = trustedOrganizations(context)
  return [
    ...context.application.ownAuthorities.list().map(shownOwn),
    ...catalogue.map((authority) => shown(authority, trusted)),
  ]
}

function shown(authority: CatalogueAuthority, trusted: readonly TrustedOrganization[]): CatalogueEntry {
  const { rootOrganizations, caaDomains: _, asciiAddressesOnly, ...facts } = authority
  const names = new Set(rootOrganizations.map((name) => name.toLowerCase()))
  return {
    ...facts,
    own: false,
    fromBackup: false,
    verifies: [...facts.verifies],
    keyTypes: [...facts.keyTypes],
    asciiAddressesOnly: asciiAddressesOnly ?? false,
    links: [...facts.links],
    unverified: [...facts.unverified],
    trust:
      names.size === 0
        ? { state: 'no-root', roots: [] }
        : trustIn(trusted.filter(({ organization }) => names.has(organization))),
  }
}

function shownOwn({ id, name, issues, url, bindingKeyId, fromBackup = false }: OwnAuthority): CatalogueEntry {
  return {
    id,
    name,
    own: true,
    issues,
    verifies: [],
    keyTypes:
      issues === 'acme'
        ? ['rsa-3072', 'ec-p256']
        : ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384', 'ed25519'],
    asciiAddressesOnly: false,
    ...(issues === 'acme' ? { directoryUrl: url } : {}),
    links: issues === 'csr' ? [{ kind: 'order', url }] : [],
    unverified: [],
    trust: { state: 'no-root', roots: [] },
    ...(bindingKeyId === undefined ? {} : { bindingKeyId }),
    fromBackup,
  }
}

interface TrustedOrganization {
  /** In lower case. */
  readonly organization: string
  readonly root: string
  /** For some domains only, or no longer for what is issued today. */
  readonly limited: boolean
}

/** Every root that counts for mail in this profile, by the organization (O) in its subject; distrusted ones are left out. */
function trustedOrganizations(context: ServiceContext): TrustedOrganization[] {
  const now = context.runtime.clock().toISOString()
  return trustedRootsOf(context)
    .filter(({ distrustedAt }) => distrustedAt === undefined)
    .flatMap(({ certificate: { sha256, name }, domains, distrustAfter }) => {
      const limited = domains.length > 0 || (distrustAfter !== undefined && distrustAfter < now)
      const root = knownRoot(context, sha256)
      const organizations = root ? attributeValues(root.subject, 'O') : []
      return organizations.map((organization) => ({ organization: organization.toLowerCase(), root: name, limited }))
    })
}

function trustIn(roots: readonly TrustedOrganization[]): CatalogueEntry['trust'] {
  const counting = roots.filter(({ limited }) => !limited)
  const named = counting.length > 0 ? counting : roots
  const state = counting.length > 0 ? 'trusted' : roots.length > 0 ? 'limited' : 'not-trusted'
  return { state, roots: named.map(({ root }) => root) }
}
