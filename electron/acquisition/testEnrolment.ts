/** For tests: the machine of an enrolment in a world made by hand, where CA, mailbox and keystore do what a test says. */

import type { Failure } from '../../shared/contract/errors.ts'
import { oids } from '../asn1/oids.ts'
import { latin1Bytes, latin1Text, utf8Bytes, utf8Text } from '../base/bytes.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess, type Result, success } from '../base/result.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { type CertificateRequest, issueCertificate } from '../certificates/issue.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { type AccountKey, openAccountKey } from './acme/accountKey.ts'
import type { Registration } from './acme/accounts.ts'
import type { AcmeClient } from './acme/client.ts'
import type { AcmeError } from './acme/errors.ts'
import type { Authorization, Order } from './acme/resources.ts'
import { readCertificateRequest } from './csr.ts'
import { type RunEvent, runEnrolment } from './enrolment.ts'
import type { EnrolmentPorts, OpenedAcmeAccount } from './enrolmentPorts.ts'
import type { StoredEnrolment } from './store.ts'

export const address = 'anna@sandbox.example'
export const caAddress = 'acme@ca.example'
export const tokenPart1 = 'LgYemJLy3F1LDkiJrdIGbEzyFJyOyf6vBdyZ1TG3sME'
export const tokenPart2 = 'DGyRejmCefe7v4NfDGDKfA'
export const url = (path: string) => `https://ca.example/${path}`

let pkcs8: Uint8Array
export let accountKey: AccountKey
export let stranger: PrivateKeyHandle
let dkimKey: PrivateKeyHandle
let caKey: PrivateKeyHandle
/** Issued what `certificateFor` makes. */
export let caCertificate: Certificate

interface DkimChoices {
  readonly bodyLength?: number
}

/** DKIM signing as the sandbox does it, which this layer doesn't reach: the tests bring it along. */
interface DkimTools {
  readonly dkimSigned: (
    mail: Uint8Array,
    signer: { readonly domain: string; readonly selector: string; readonly key: PrivateKeyHandle },
    at: Date,
    choices?: DkimChoices,
  ) => Promise<Uint8Array>
  readonly dkimRecord: (key: PrivateKeyHandle) => string
}

let dkim: DkimTools

/** Makes the keys, once for a test file. */
export async function makeKeys(tools: DkimTools): Promise<void> {
  dkim = tools
  pkcs8 = (await generateKey('ec-p256')).pkcs8
  accountKey = await openAccountKey((await generateKey('ec-p256')).pkcs8)
  stranger = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
  caKey = expectSuccess(openPrivateKey((await generateKey('ec-p256')).pkcs8))
  dkimKey = expectSuccess(openPrivateKey((await generateKey('rsa-2048')).pkcs8))
  caCertificate = await authorityOf(caKey)
}

/** A root of the name that test certificates name as their issuer. */
export async function authorityOf(key: PrivateKeyHandle): Promise<Certificate> {
  const der = await issueCertificate({
    subject: { commonName: 'Test Mail CA' },
    publicKeyInfo: key.publicKeyInfo,
    issuer: { name: 'self', key },
    serial: systemRandom(16),
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
    ca: {},
    keyUsage: ['keyCertSign', 'cRLSign'],
  })
  return expectSuccess(parseCertificate(der))
}

export const stored: StoredEnrolment = {
  id: 'one',
  name: 'Anna Berger',
  address,
  ca: 'acme',
  caName: 'ca.example',
  directoryUrl: url('directory'),
  keyType: 'ec-p256',
  byHand: false,
  step: 'generate-key',
  state: 'paused',
  createdAt: '2026-11-24T12:00:00.000Z',
  updatedAt: '2026-11-24T12:00:00.000Z',
  progress: {},
}

export async function challengeMail(
  token = tokenPart1,
  change: (text: string) => string = (text) => text,
  { date = 'Tue, 24 Nov 2026 12:00:00 +0000', ...choices }: DkimChoices & { readonly date?: string } = {},
): Promise<Uint8Array> {
  const lines = [
    `From: <${caAddress}>`,
    `To: <${address}>`,
    `Subject: ACME: ${token}`,
    `Date: ${date}`,
    'Message-ID: <1@ca.example>',
    'Auto-Submitted: auto-generated; type=acme',
    '',
    'A challenge.',
    '',
  ]
  const signer = { domain: 'ca.example', selector: 's', key: dkimKey }
  const signed = await dkim.dkimSigned(utf8Bytes(lines.join('\r\n')), signer, new Date('2026-11-24T12:00:00Z'), choices)
  return latin1Bytes(change(latin1Text(signed)))
}

export async function certificateFor(
  publicKeyInfo: Uint8Array,
  emails: readonly string[],
  over: Partial<CertificateRequest> = {},
): Promise<Certificate> {
  const der = await issueCertificate({
    subject: { commonName: 'Anna Berger' },
    emails,
    publicKeyInfo,
    issuer: { name: caCertificate, key: caKey },
    serial: systemRandom(16),
    notBefore: new Date('2026-11-24T00:00:00Z'),
    notAfter: new Date('2027-11-24T00:00:00Z'),
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [oids.emailProtection],
    ...over,
  })
  return expectSuccess(parseCertificate(der))
}

interface World {
  /** Mails that lie in the mailbox when it is looked at for the nth time. */
  mails: (look: number) => Promise<Uint8Array[]> | Uint8Array[]
  issue: (publicKeyInfo: Uint8Array) => Promise<Certificate>
  authorization: (authorizationUrl: string) => Partial<Authorization>
  placeOrder?: () => Result<Partial<Order>, AcmeError>
  order?: () => Result<Partial<Order>, AcmeError> | undefined
  send?: () => Result<Record<never, never>, Failure>
  facts?: Partial<AcmeClient['facts']>
  toldTime?: AcmeClient['toldTime']
  account?: Partial<OpenedAcmeAccount>
  openAccount?: () => Result<{ readonly accountUrl: string }, AcmeError>
  finalize?: () => Result<never, AcmeError> | undefined
  chains?: (certificate: Certificate) => readonly (readonly Certificate[])[]
  isTrusted?: (chain: readonly Certificate[]) => boolean
  isSpent?: (tokenPart1: string) => boolean
  knownIssuers?: readonly Certificate[]
}

export function world(over: Partial<World> = {}) {
  const place: World = {
    mails: async () => [await challengeMail()],
    issue: (publicKeyInfo) => certificateFor(publicKeyInfo, [address]),
    authorization: () => ({ status: replies.length >= orders ? 'valid' : 'pending' }),
    ...over,
  }
  let now = new Date('2026-11-24T12:00:00Z').getTime()
  const saved: StoredEnrolment[] = []
  const replies: { to: readonly string[]; message: string }[] = []
  const requests: Uint8Array[] = []
  const installed: { chain: readonly Certificate[]; renews: string | undefined }[] = []
  let keys = 0
  let accounts = 0
  let looks = 0
  let orders = 0
  let certificate: Certificate | undefined
  const base: Order = {
    status: 'pending',
    identifiers: [{ type: 'email', value: address }],
    authorizations: [url('authorization')],
    finalize: url('finalize'),
  }
  const current = (): Order => ({
    ...base,
    status: certificate ? 'valid' : 'ready',
    ...(certificate ? { certificate: url('certificate') } : {}),
  })
  const registrations: Registration[] = []
  let replaces: string | undefined
  let challengesAnswered = 0
  let isRegistered = false
  const learnt: boolean[] = []
  const client: AcmeClient = {
    facts: { externalAccountRequired: false, renewalInfo: false, revocation: true, keyChange: true, ...place.facts },
    toldTime: () => place.toldTime?.(),
    openAccount: async (registration) => {
      registrations.push(registration)
      return place.openAccount?.() ?? success({ accountUrl: url('account'), ordersUrl: url('orders') })
    },
    findAccount: async () => place.openAccount?.() ?? success({ accountUrl: url('account'), ordersUrl: url('orders') }),
    changeContact: async () => success({}),
    changeKey: async () => success({}),
    deactivate: async () => success({}),
    deactivateAuthorization: async () => success({}),
    revoke: async () => success({}),
    renewalInfo: async () => success(undefined),
    orderUrls: async () => Array.from({ length: orders }, (_, index) => url(`order/${index + 1}`)),
    placeOrder: async (_account, _address, stated) => {
      orders += 1
      replaces = stated
      certificate = undefined
      const placed = place.placeOrder?.() ?? success({})
      return placed.ok ? success({ order: { ...base, ...placed.value }, orderUrl: url(`order/${orders}`) }) : placed
    },
    order: async () => {
      const answer = place.order?.() ?? success({})
      return answer.ok ? success({ order: { ...current(), ...answer.value } }) : answer
    },
    authorization: async (_account, authorizationUrl) =>
      success({
        authorization: {
          status: 'pending',
          identifier: { type: 'email', value: address },
          challenges: [
            { type: 'email-reply-00', url: url('challenge'), status: 'pending', token: tokenPart2, from: caAddress },
          ],
          ...place.authorization(authorizationUrl),
        },
      }),
    answerChallenge: async () => {
      challengesAnswered += 1
      return success({})
    },
    finalize: async (_account, _url, request) => {
      requests.push(request)
      const refused = place.finalize?.()
      if (refused && !refused.ok) return refused
      const read = expectSuccess(readCertificateRequest(request))
      certificate = await place.issue(read.publicKeyInfo)
      return success({ order: current() })
    },
    certificate: async () =>
      success(certificate ? (place.chains?.(certificate) ?? [[certificate, caCertificate]]) : []),
  }
  const ports: EnrolmentPorts = {
    clock: () => new Date(now),
    random: systemRandom,
    save: (enrolment) => saved.push(enrolment),
    keys: {
      generate: async () => success({ keyId: `key${++keys}` }),
      open: async () => success(expectSuccess(openPrivateKey(pkcs8))),
      install: async ({ chain, renews }) => {
        installed.push({ chain, renews })
        return success({ identityId: 'identity' })
      },
      isTrusted: (chain) => place.isTrusted?.(chain) ?? true,
      knownIssuers: () => place.knownIssuers ?? [],
    },
    account: {
      assign: async () => success({ accountId: `account${++accounts}` }),
      open: async () =>
        success({ key: accountKey, registered: isRegistered, answersFirst: learnt.at(-1) ?? false, ...place.account }),
      registered: () => {
        isRegistered = true
      },
      learn: (_id, answersFirst) => learnt.push(answersFirst),
    },
    isSpent: (token) => place.isSpent?.(token) ?? false,
    readSigned: async () => undefined,
    connect: async () => success(client),
    mail: {
      position: async () => success('0'),
      look: async (_position, isKnown) => {
        const mails = await place.mails(++looks)
        return success(mails.map((raw, index) => ({ id: String(index), raw })).filter(({ id }) => !isKnown(id)))
      },
      send: async ({ to, message }) => {
        const sent = place.send?.() ?? success({})
        if (sent.ok) replies.push({ to, message: utf8Text(message) })
        return sent
      },
    },
    resolveTxt: async (name) => {
      if (name === 's._domainkey.ca.example') return [[dkim.dkimRecord(dkimKey)]]
      throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
    },
    sleep: async (seconds) => {
      now += seconds * 1000
    },
    lookEverySeconds: 5,
  }
  const run = async (enrolment = saved.at(-1) ?? stored, signal = new AbortController().signal) => {
    const events: RunEvent[] = []
    for await (const event of runEnrolment(enrolment, ports, signal)) events.push(event)
    return events
  }
  return {
    ports,
    run,
    saved,
    replies,
    requests,
    registrations,
    installed,
    learnt,
    place,
    orders: () => orders,
    keys: () => keys,
    accounts: () => accounts,
    replaces: () => replaces,
    challengesAnswered: () => challengesAnswered,
    minutes: () => (now - new Date('2026-11-24T12:00:00Z').getTime()) / 60_000,
  }
}

export const failureOf = (events: readonly RunEvent[]) => {
  const last = events.at(-1)
  return last?.type === 'failed' ? { code: last.code, ...last.data } : last
}
export const refusals = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'refused-mail' ? [event.reason] : []))
