/**
 * Issuers' certificates that a mail doesn't bring, from where the certificates below them say that they lie (RFC 5280 §4.2.2.1).
 * Only where the person agreed: nobody has vouched for that address, and whoever wrote it learns who opens the mail and when.
 */

import type { Certificate } from '../../certificates/certificate.ts'
import { type PathQuestion, validatePath } from '../../certificates/path.ts'
import { issuerUrlsOf } from '../../certificates/revocation/sources.ts'
import type { ServiceContext } from '../context.ts'
import { type Patience, usualWaitMs, withinPatience } from '../patience.ts'

/** Chains have one or two CAs between person and root; each brings the address of the next. */
const mostSteps = 3

/** The issuers that were found for these certificates; trusted for nothing. Those of chains that hold are remembered. */
export async function missingIssuers(
  context: ServiceContext,
  questions: readonly PathQuestion[],
  { offline = false, waitMs = usualWaitMs }: Patience = {},
): Promise<readonly Certificate[]> {
  const { settings } = context.application
  if (offline || !settings.get().revocation.issuers) return []
  const found: Certificate[] = []
  const end = Date.now() + waitMs
  const asked = new Set<string>()
  for (let step = 0; step < mostSteps; step++) {
    const urls = questions.flatMap((question) => issuerUrls(question, found)).filter((url) => !asked.has(url))
    if (urls.length === 0) break
    const added = await askAll(context, [...new Set(urls)].slice(0, mostSteps), end)
    for (const url of urls) asked.add(url)
    found.push(...added)
  }
  remember(context, questions, found)
  return found
}

/** Where the issuer lies at which the path of a certificate ends too early. */
function issuerUrls(question: PathQuestion, found: readonly Certificate[]): string[] {
  const { path, reasons } = validatePath(withIntermediates(question, found))
  const last = path.at(-1)
  return last && reasons.some(({ code }) => code === 'issuer-not-found') ? issuerUrlsOf(last) : []
}

function withIntermediates(question: PathQuestion, found: readonly Certificate[]): PathQuestion {
  return { ...question, intermediates: [...question.intermediates, ...found] }
}

async function askAll(context: ServiceContext, urls: readonly string[], end: number): Promise<Certificate[]> {
  const { fetcher } = context.application.revocation
  const found: Certificate[] = []
  const work = urls.map(async (url) => {
    const fetched = await fetcher.fetchIssuers(url)
    if (fetched.ok) found.push(...fetched.value)
  })
  await withinPatience(Promise.all(work), end)
  // What comes later must not change a list that is in use.
  return [...found]
}

function remember(context: ServiceContext, questions: readonly PathQuestion[], found: readonly Certificate[]): void {
  const fetched = new Set(found.map(({ sha256 }) => sha256))
  for (const question of questions) {
    const { state, path } = validatePath(withIntermediates(question, found))
    if (state === 'valid') context.application.trust.rememberIssuers(path.filter(({ sha256 }) => fetched.has(sha256)))
  }
}
