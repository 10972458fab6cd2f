/** For tests: a site on this machine that serves revocation lists and OCSP answers, and a profile that reads mail with them. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import type { Settings } from '../../../shared/contract/app.ts'
import { derElement, derOid, derSequence } from '../../asn1/der.ts'
import { oids } from '../../asn1/oids.ts'
import { concatBytes, latin1Bytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { crlDer, type TestList } from '../../certificates/revocation/testCrl.ts'
import { type TestEntity, type TestOverrides, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import type { StoredIdentity } from '../../keystore/identityStore.ts'
import { sealLetter } from '../../smime/seal.ts'
import { testFolder } from '../../storage/testProfile.ts'
import { openForReading } from '../mail/reading.ts'
import type { Patience } from '../patience.ts'
import { openSession, type Session } from '../session.ts'
import { testRuntime } from '../testServices.ts'

type Answer = Uint8Array | ((incoming: IncomingMessage, outgoing: ServerResponse) => void)

interface TestSite {
  /** "http://127.0.0.1:12345" */
  readonly url: string
  /** Paths that were asked for, in their order. */
  readonly asked: string[]
  /** What stands at a path; everything else is 404. OCSP questions that are part of an address count as their responder's. */
  readonly answers: Map<string, Answer>
  close(): Promise<void>
}

async function testSite(): Promise<TestSite> {
  const asked: string[] = []
  const answers = new Map<string, Answer>()
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url?.startsWith('/ocsp') ? '/ocsp' : (incoming.url ?? '')
    asked.push(path)
    const answer = answers.get(path)
    if (answer === undefined) outgoing.writeHead(404).end()
    else if (typeof answer === 'function') answer(incoming, outgoing)
    else outgoing.end(answer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, asked, answers, close }
}

/** An authorityInfoAccess extension with these addresses. */
export function accessTo(urls: { readonly ocsp?: string; readonly issuer?: string }) {
  const description = (method: string, url: string) => derSequence(derOid(method), derElement(0x86, latin1Bytes(url)))
  const value = derSequence(
    ...(urls.ocsp === undefined ? [] : [description(oids.ocsp, urls.ocsp)]),
    ...(urls.issuer === undefined ? [] : [description(oids.caIssuers, urls.issuer)]),
  )
  return { oid: oids.authorityInfoAccess, critical: false, value }
}

export const daysFromNow = (days: number) => new Date(testNow.getTime() + days * 86_400_000)

export interface TestReader {
  readonly session: Session
  readonly site: TestSite
  /** Root, intermediate and person. The intermediate's list is `/root.crl`, the person's `/middle.crl`. */
  root: TestEntity
  middle: TestEntity
  anna: TestEntity
  /** Another process on the same profile. */
  another(localRevocationServers?: boolean): Promise<Session>
  setClock(now: Date): void
  /** Makes Anna's certificate anew, as told. */
  reissue(person: TestOverrides): Promise<void>
  /** Puts the intermediate's list on the site. */
  serveList(changes?: Partial<TestList>): Promise<void>
  /** Somebody else with the intermediate's name. */
  stranger(): Promise<TestEntity>
  allow(changes: Partial<Settings['revocation']>): void
  /** Makes Anna's key the profile's own, with the vault open. */
  own(): Promise<StoredIdentity>
  /** A letter that Anna signed, and perhaps others. */
  mail(signingTime?: Date, chain?: readonly Certificate[], alsoBy?: readonly TestEntity[]): Promise<Uint8Array>
  read(bytes: Uint8Array, patience?: Patience, session?: Session): ReturnType<typeof readWith>
}

/** A profile that trusts the chain's root, at `testNow`. The intermediate's own list names nobody. */
export async function testReader(localRevocationServers = true): Promise<TestReader> {
  let now = testNow
  const home = testFolder()
  const start = async (local = true) => {
    const runtime = testRuntime({ clock: () => now, localRevocationServers: local })
    const opened = await openSession({ home, runtime })
    onTestFinished(() => opened.close())
    return opened
  }
  const session = await start(localRevocationServers)
  const { trust, settings } = session.context.application
  const site = await testSite()
  const root = await testAuthority('Root')
  const middle = await testAuthority('Middle', { issuer: root }, { crlUrl: `${site.url}/root.crl` })
  const person = (overrides: TestOverrides) => testPerson('anna@sandbox.example', { issuer: middle }, overrides)
  expectSuccess(trust.add(root.certificate, ''))
  site.answers.set('/root.crl', await crlDer({ signer: root }))
  const reader: TestReader = {
    session,
    site,
    root,
    middle,
    anna: await person({ crlUrl: `${site.url}/middle.crl` }),
    another: start,
    setClock: (time) => {
      now = time
    },
    reissue: async (overrides) => {
      reader.anna = await person(overrides)
    },
    serveList: async (changes) => {
      site.answers.set('/middle.crl', await crlDer({ signer: middle, ...changes }))
    },
    stranger: () => testAuthority('Middle'),
    allow: (changes) => settings.change({ revocation: { ...settings.get().revocation, ...changes } }),
    own: async () => {
      const { vault, identities } = session.context.application
      expectSuccess(await vault.create('correct horse battery staple'))
      const { pkcs8, certificate } = reader.anna
      const pair = {
        pkcs8,
        certificateDer: certificate.der,
        addresses: certificate.emails,
        chain: [middle.certificate.der],
      }
      return expectSuccess(await identities.importPair(pair)).identity
    },
    mail: (signingTime = testNow, chain = [middle.certificate], alsoBy = []) =>
      letterBy(reader.anna, signingTime, chain, alsoBy),
    read: (bytes, patience = {}, by = session) => readWith(by, bytes, patience),
  }
  return reader
}

async function letterBy(
  { certificate, key }: TestEntity,
  signingTime: Date,
  chain: readonly Certificate[],
  others: readonly TestEntity[],
) {
  const letter = {
    from: { address: 'anna@sandbox.example' },
    to: [{ address: 'jonas@sandbox.example' }],
    cc: [],
    subject: 'The harvest',
    date: signingTime,
    messageId: '<1@sandbox.example>',
    text: 'Dear Jonas',
    attachments: [],
  }
  const alsoBy = others.map((other) => ({ ...other, chain: [] }))
  const sign = { certificate, chain, key, signingTime, alsoBy }
  const chunks: Uint8Array[] = []
  for await (const chunk of expectSuccess(await sealLetter(letter, { random: systemRandom, sign }))) chunks.push(chunk)
  return concatBytes(...chunks)
}

/** The report on a mail; `said` are the findings about revocations: code, why, severity. */
async function readWith({ context }: Session, bytes: Uint8Array, patience: Patience) {
  const { report } = expectSuccess(await openForReading(context, bytes, { patience }))
  const { verdict, findings } = report
  const said = findings
    .filter(({ code }) => code.startsWith('revo'))
    .map(({ code, data, severity }) => [code, data['why'] ?? data['reason'], severity].join(' '))
  const [signer] = report.signers
  return { verdict, findings, said, signer, states: signer?.revocation }
}
