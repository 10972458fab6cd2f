/**
 * The sandbox as a whole: CA, submission and mailboxes on loopback ports, and the state file that says where they are. All
 * that it keeps lies in its own folder, readable by the owner only.
 *
 * It has the shape of the port in services/sandboxLink, which it must not import.
 */

import { join } from 'node:path'
import type { TxtResolver } from '../acquisition/acme/challengeMail.ts'
import { base64Text, base64urlText } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { failure, type Result, success } from '../base/result.ts'
import { processStartOf } from '../base/runningProcess.ts'
import { sameAddress } from '../mime/address.ts'
import type { AcmePolicy } from './acmeAccounts.ts'
import { createOrders } from './acmeOrders.ts'
import { type AcmeServer, startAcme } from './acmeServer.ts'
import { dkimRecord, openAuthority, pemChain } from './authority.ts'
import { type ChallengeDesk, createChallengeDesk } from './challengeDesk.ts'
import { type ImapServer, startImap } from './imapServer.ts'
import { openMailStore } from './mailStore.ts'
import { caAddress, caDomain, mailDomain, residents } from './people.ts'
import { startRevocationServer } from './revocationServer.ts'
import { type SmtpServer, startSmtp } from './smtpServer.ts'
import {
  makePrivateFolder,
  markSandboxStopped,
  readLastState,
  readSandboxState,
  type SandboxState,
  txtResolverOf,
  writeSandboxState,
} from './state.ts'
import { welcomeMail } from './welcome.ts'

export interface SandboxServersOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  /** What the CA asks of its customers; nothing, unless somebody wants to try such a CA. */
  readonly acmePolicy?: AcmePolicy
}

export type SandboxError =
  | { readonly code: 'sandbox-port-taken'; readonly port: number }
  | { readonly code: 'sandbox-cannot-start'; readonly reason: string }

export interface RunningSandbox {
  readonly state: SandboxState
  /** Ends every connection and keeps what is in the mailboxes. */
  stop(): Promise<void>
}

export interface SandboxServers {
  start(folder: string): Promise<Result<RunningSandbox, SandboxError>>
  readState(folder: string): SandboxState | undefined
}

const selector = 'seal'
/** Folders whose servers run in this process: a state file with this process's id may be a dead one's. */
const runningHere = new Set<string>()

export function sandboxServers(options: SandboxServersOptions): SandboxServers {
  const readState = (folder: string) => {
    const state = readSandboxState(folder)
    return state?.pid === process.pid && !runningHere.has(folder) ? undefined : state
  }
  return {
    readState,
    async start(folder) {
      if (readState(folder)) return failure({ code: 'sandbox-cannot-start', reason: 'already-running' })
      const open: { close(): Promise<void> }[] = []
      const closeAll = async () => {
        for (const server of open.splice(0).reverse()) await server.close()
      }
      try {
        const state = await startAll(folder, options, open)
        runningHere.add(folder)
        await writeSandboxState(folder, state)
        options.log?.info({ directoryUrl: state.directoryUrl }, 'sandbox started')
        return success({
          state,
          async stop() {
            if (!runningHere.delete(folder)) return
            await closeAll()
            await markSandboxStopped(folder, state)
            options.log?.info('sandbox stopped')
          },
        })
      } catch (error) {
        runningHere.delete(folder)
        await closeAll()
        const known = startFailure(error)
        if (!known) throw error
        options.log?.warn({ failure: known }, 'sandbox not started')
        return failure(known)
      }
    },
  }
}

async function startAll(
  folder: string,
  { clock, random, acmePolicy }: SandboxServersOptions,
  open: { close(): Promise<void> }[],
): Promise<SandboxState> {
  await makePrivateFolder(folder)
  const last = readLastState(folder)
  const authorityFolder = join(folder, 'authority')
  await makePrivateFolder(authorityFolder)
  const revocation = await startRevocationServer(portOf(last?.revocationLists?.[0]))
  open.push(revocation)
  const authority = await openAuthority(authorityFolder, clock, random, revocation.urls)
  revocation.serve({ list: authority.revocations.list, answer: authority.answerOcsp })
  const tls = await authority.issueTls()
  const record = dkimRecord(authority.dkimKey)
  const txtRecords = {
    [`${selector}._domainkey.${mailDomain}`]: [record],
    [`${selector}._domainkey.${caDomain}`]: [record],
  }
  const resolveTxt: TxtResolver = txtResolverOf({ txtRecords })
  const dkimFor = (domain: string) => ({ domain, selector, key: authority.dkimKey })

  const people = await Promise.all(
    residents.map(async (resident) => ({
      ...resident,
      password: base64urlText(random(18)),
      store: await openMailStore(join(folder, 'mail', resident.user), random),
    })),
  )
  const imap: ImapServer = await startImap({ people, tls, preferredPort: last?.imap.port })
  open.push(imap)

  const residentAt = (address: string) => people.find((person) => sameAddress(person.address, address))
  const deliverHome = async (address: string, mail: Uint8Array): Promise<boolean> => {
    const person = residentAt(address)
    return person !== undefined && (await imap.deliver(person.user, mail, clock()))
  }
  const orders = createOrders({
    authority,
    clock,
    random,
    addresses: people.filter(({ playable }) => playable).map(({ address }) => address),
    domain: caDomain,
  })
  const desk: ChallengeDesk = createChallengeDesk({
    address: caAddress,
    dkim: dkimFor(caDomain),
    resolveTxt,
    clock,
    orders,
    deliver: deliverHome,
  })
  const smtp: SmtpServer = await startSmtp({
    people,
    knows: (address) => sameAddress(address, caAddress) || residentAt(address) !== undefined,
    async deliver(address, mail) {
      if (!sameAddress(address, caAddress)) return deliverHome(address, mail)
      await desk.receive(mail)
      return true
    },
    dkim: dkimFor(mailDomain),
    tls,
    preferredPort: last?.smtp.port,
    clock,
    random,
  })
  open.push(smtp)
  const acme: AcmeServer = await startAcme({
    authority,
    orders,
    desk,
    challengeFrom: caAddress,
    tls,
    preferredPort: portOf(last?.directoryUrl),
    clock,
    random,
    ...(acmePolicy ? { policy: acmePolicy } : {}),
  })
  open.push(acme)

  const host = residents.find(({ playable }) => !playable)
  for (const person of people) {
    if (!host || !person.playable || person.store.load() !== undefined) continue
    const dkim = dkimFor(mailDomain)
    await deliverHome(person.address, await welcomeMail(host, person, { authority, dkim, at: clock(), random }))
  }

  return {
    version: 1,
    pid: process.pid,
    processStart: processStartOf(process.pid),
    startedAt: clock().toISOString(),
    directoryUrl: acme.directoryUrl,
    caPem: pemChain(authority.root.der),
    anchor: base64Text(authority.root.der),
    revocationLists: Object.values(revocation.urls).map(({ list }) => list),
    ocspResponders: Object.values(revocation.urls).map(({ ocsp }) => ocsp),
    smtp: { host: '127.0.0.1', port: smtp.port, security: 'starttls' },
    imap: { host: '127.0.0.1', port: imap.port, security: 'tls' },
    people: people.map(({ name, address, user, password, playable }) => ({ name, address, user, password, playable })),
    txtRecords,
  }
}

function portOf(url: string | undefined): number | undefined {
  return url !== undefined && URL.canParse(url) ? Number(new URL(url).port) : undefined
}

/** Failures of the system below: no port, no permission, no room. Anything else is a bug and stays an exception. */
function startFailure(error: unknown): SandboxError | undefined {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE' && typeof port === 'number') return { code: 'sandbox-port-taken', port }
  return typeof code === 'string' ? { code: 'sandbox-cannot-start', reason: code } : undefined
}
