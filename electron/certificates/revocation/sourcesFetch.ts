/**
 * Fetching lists, OCSP answers and issuers' certificates: one question per address at a time, none to an address that failed
 * a few minutes ago, and into the cache only what the caller found to be signed by whom it should be.
 *
 * Nobody has to wait for the end: a fetch goes on when its caller has lost patience, and the next mail finds what it brought.
 */

import type { Clock } from '../../base/clock.ts'
import { createRecentValues } from '../../base/recentValues.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type FetchError, fetchBytes } from '../../net/http.ts'
import type { Database } from '../../storage/database.ts'
import { type Certificate, type CertificateError, readCertificates } from '../certificate.ts'
import {
  type AnswerTimes,
  createRevocationCache,
  keyOf,
  listOwnerOf,
  type RevocationCache,
  type Source,
} from './cache.ts'
import { type Crl, type CrlError, readCrlsInTurns } from './crl.ts'
import type { OcspResponse } from './ocsp.ts'
import { matchesCertId } from './ocspCertId.ts'
import { fetchOcspResponse, type OcspFetchError } from './ocspFetch.ts'

/**
 * Why a source gave nothing. `address-not-allowed`: one that means this machine, or isn't an address. `refused`: an answer that
 * says no. `not-trusted`: signed by somebody who may not. `outdated`: the server itself has only an old list.
 */
export type SourceFailureCode =
  | 'unreachable'
  | 'too-slow'
  | 'too-large'
  | 'redirected'
  | 'refused'
  | 'unreadable'
  | 'not-trusted'
  | 'outdated'
  | 'address-not-allowed'
  | 'cancelled'

export interface SourceTrouble {
  readonly code: SourceFailureCode
}

/**
 * What the caller makes of an answer: `not-trusted` is signed by somebody who may not, or about something else, and isn't kept;
 * `outdated` has run out, and is kept for the revocations in it.
 */
export type Worth = 'good' | 'outdated' | 'not-trusted'

export interface SourceFetcher {
  /** Fetches the list for a certificate into the cache. */
  fetchCrl(
    url: string,
    certificate: Certificate,
    worthOf: (crl: Crl) => Worth,
  ): Promise<Result<undefined, SourceTrouble>>
  /** Asks about one certificate, and keeps the answer in the cache. */
  fetchOcsp(
    url: string,
    about: { readonly certificate: Certificate; readonly issuer: Certificate },
    worthOf: (response: OcspResponse) => Worth,
  ): Promise<Result<undefined, SourceTrouble>>
  /** Fetches the certificates of an issuer. They prove themselves by a path. */
  fetchIssuers(url: string): Promise<Result<readonly Certificate[], SourceTrouble>>
  /** The present, as a server told it within the last hour of this computer's clock, beside a list or an answer of that time. */
  toldPresent(): Date | undefined
  /** Ends what is under way; nothing is fetched any more. */
  close(): void
}

/** 400,000 entries and more; at 16 Mbit/s it takes eight seconds. Larger ones exist, for whole administrations. */
const crlByteLimit = 16_777_216
/** A certificate has 1 to 3 kB, a PKCS#7 of cross certificates some dozens of them. */
const issuerByteLimit = 131_072
/** Addresses of issuers whose answers are kept while the program runs: a public mail PKI has some hundred. */
const issuersKept = 256
/** Also for a list that nobody waits for any more. */
const exchangeLimitMs = 20_000
/** A server that was down a moment ago is down for the next mail, too; one that comes back is noticed soon. */
const quietMs = 10 * 60_000

/**
 * How long what a server said of the present may be taken for it. A clock that is a few hours off is doubted by nobody
 * (clockDoubt.ts); one that jumps further was set meanwhile, or the computer slept.
 */
const presentMs = 3_600_000

/** A profile's cache and the fetches that run. */
export interface RevocationSources {
  readonly cache: RevocationCache
  readonly fetcher: SourceFetcher
}

export interface RevocationSourcesPorts {
  readonly database: Database
  readonly clock: Clock
  /** Whether that very address may be asked although it is on this machine: the sandbox's own, and those of tests. */
  readonly permitsLocal: (url: string) => boolean
}

export function createRevocationSources({ database, clock, permitsLocal }: RevocationSourcesPorts): RevocationSources {
  const cache = createRevocationCache({ database, clock })
  return { cache, fetcher: createFetcher(cache, clock, permitsLocal) }
}

function createFetcher(
  cache: RevocationCache,
  clock: Clock,
  permitsLocal: RevocationSourcesPorts['permitsLocal'],
): SourceFetcher {
  const running = new Map<string, Promise<Result<unknown, SourceTrouble>>>()
  // Whoever looks at a mail again doesn't tell so to the address in it.
  const issuers = createRecentValues<readonly Certificate[]>(issuersKept)
  const end = new AbortController()
  const exchangeWith = (url: string) => ({
    timeoutMs: exchangeLimitMs,
    localAddresses: permitsLocal(url),
    signal: end.signal,
  })
  let told: { readonly present: Date; readonly at: Date } | undefined

  /** A Date is anybody's word. One that lies outside of the time for which the answer beside it was signed isn't taken. */
  function hear(present: Date | undefined, { thisUpdate, nextUpdate }: AnswerTimes): void {
    if (present && nextUpdate && present >= thisUpdate && present <= nextUpdate) told = { present, at: clock() }
  }

  /** Why it isn't asked now. */
  function silence(source: Source): SourceFailureCode | undefined {
    const failed = cache.failure(source)
    const past = failed && clock().getTime() - failed.lastAt.getTime()
    // A clock that was set back must not silence a source for years.
    return past !== undefined && past >= 0 && past < quietMs ? (failed?.code as SourceFailureCode) : undefined
  }

  function once<Value>(
    source: Source,
    fetch: () => Promise<Result<Value, SourceTrouble>>,
  ): Promise<Result<Value, SourceTrouble>> {
    const name = keyOf(source).join(' ')
    const known = running.get(name) as Promise<Result<Value, SourceTrouble>> | undefined
    if (known) return known
    const silent = silence(source)
    if (silent) return Promise.resolve(trouble(silent))
    const asked = fetch()
      .then((fetched) => {
        // After the end the profile's database is closed.
        if (end.signal.aborted) return trouble('cancelled')
        if (fetched.ok) cache.forgetFailure(source)
        else cache.keepFailure(source, fetched.error.code)
        return fetched
      })
      .finally(() => running.delete(name))
    running.set(name, asked)
    return asked
  }

  return {
    fetchCrl: (url, certificate, worthOf) => {
      const source = { kind: 'crl', url, owner: listOwnerOf(certificate) } as const
      return once(source, async () => {
        const fetched = await fetchBytes({ ...exchangeWith(url), url, maxBytes: crlByteLimit })
        if (!fetched.ok) return trouble(failureCodeOf(fetched.error))
        if (end.signal.aborted) return trouble('cancelled')
        const [crl] = lists(await readCrlsInTurns(fetched.value.body))
        // Others had their turn meanwhile, and one of them may have closed the profile.
        if (end.signal.aborted) return trouble('cancelled')
        if (!crl) return trouble('unreadable')
        const worth = worthOf(crl)
        if (worth === 'not-trusted') return trouble(worth)
        const newer = cache.keep(source, crl.der, crl, crl)
        if (newer) hear(fetched.value.date, crl)
        return worth === 'outdated' || !newer ? trouble('outdated') : success(undefined)
      })
    },

    fetchOcsp: (url, { certificate, issuer }, worthOf) =>
      once({ kind: 'ocsp', url, certificate: certificate.sha256 }, async () => {
        const fetched = await fetchOcspResponse({ responder: url, certificate, issuer, exchange: exchangeWith(url) })
        if (!fetched.ok) return trouble(failureCodeOf(fetched.error))
        if (end.signal.aborted) return trouble('cancelled')
        const { response, der, date } = fetched.value
        const worth = worthOf(response)
        const single = response.responses.find(({ certId }) => matchesCertId(certId, certificate, issuer))
        if (!single || worth === 'not-trusted') return trouble('not-trusted')
        const newer = cache.keep({ kind: 'ocsp', url, certificate: certificate.sha256 }, der, single, response)
        if (newer) hear(date, single)
        return worth === 'outdated' || !newer ? trouble('outdated') : success(undefined)
      }),

    fetchIssuers: (url) =>
      once({ kind: 'issuer', url }, async () => {
        const known = issuers.get(url)
        if (known) return success(known)
        const fetched = await fetchBytes({ ...exchangeWith(url), url, maxBytes: issuerByteLimit, publicOnly: true })
        if (!fetched.ok) return trouble(failureCodeOf(fetched.error))
        const certificates = readCertificates(fetched.value.body)
        if (!certificates.ok) return trouble(failureCodeOf(certificates.error))
        issuers.set(url, certificates.value)
        return certificates
      }),

    toldPresent() {
      const passed = told && clock().getTime() - told.at.getTime()
      return passed !== undefined && passed >= 0 && passed < presentMs ? told?.present : undefined
    },

    close: () => end.abort(),
  }
}

function trouble(code: SourceFailureCode) {
  return failure<SourceTrouble>({ code })
}

function lists(read: Result<readonly Crl[], CrlError>): readonly Crl[] {
  return read.ok ? read.value : []
}

function failureCodeOf({ code }: FetchError | OcspFetchError | CertificateError): SourceFailureCode {
  switch (code) {
    case 'unreachable':
    case 'too-large':
    case 'cancelled':
      return code
    case 'timed-out':
      return 'too-slow'
    case 'redirected-elsewhere':
    case 'too-many-redirects':
      return 'redirected'
    case 'not-a-url':
    case 'local-address':
      return 'address-not-allowed'
    case 'refused-status':
    case 'malformed-request':
    case 'internal-error':
    case 'try-later':
    case 'sig-required':
    case 'unauthorized':
      return 'refused'
    case 'wrong-nonce':
    case 'other-certificate':
      return 'not-trusted'
    default:
      return 'unreadable'
  }
}
