/** Keys that another program handed over as PKCS#12 files under passwords of the moment: read, and kept like a file's. */

import { parseCertificate } from '../../certificates/certificate.ts'
import { validatePath } from '../../certificates/path.ts'
import type { ServiceContext } from '../context.ts'
import { raise } from '../raise.ts'
import { type FilePair, type IdentityFile, readIdentityFile } from './identityFile.ts'
import { type Imported, importIdentityFile } from './identityImport.ts'

export interface HandedOver {
  readonly files: readonly { readonly file: Uint8Array; readonly password: string }[]
  /** Certificates that came beside the files and may complete chains, as DER. */
  readonly issuers?: readonly Uint8Array[]
}

/** Ends the procedure with `locked` or `no-vault`: before another program is asked for a key that couldn't be kept. */
export function requireOpenVault({ application }: ServiceContext): void {
  const state = application.vault.state()
  if (state !== 'unlocked') raise({ code: state === 'locked' ? 'locked' : 'no-vault' })
}

/**
 * Keeps the wanted certificates (by SHA-256) of the files, and nothing else of them. Nothing is kept unless all can be read and
 * all wanted ones are inside: otherwise the procedure ends with the file's failure, or `not-found`.
 */
export async function importHandedOver(
  context: ServiceContext,
  { files, issuers = [] }: HandedOver,
  wanted: ReadonlySet<string>,
): Promise<Imported> {
  const opened: IdentityFile[] = []
  try {
    for (const { file, password } of files) opened.push(await openedFile(context, file, password))
    const pairs = new Map<string, FilePair>()
    for (const file of opened) {
      for (const pair of file.pairs) if (wanted.has(pair.certificate.sha256)) pairs.set(pair.certificate.sha256, pair)
    }
    const [first] = opened
    if (!first || pairs.size < wanted.size) return raise({ code: 'not-found', what: 'certificate' })
    const chained = withChains(context, [...pairs.values()], issuers)
    return await importIdentityFile(context, { ...first, pairs: chained, others: [] })
  } finally {
    for (const file of opened) file.close()
  }
}

/** What a program wrote under a password made up for it: if it can't be read, it is damaged. */
async function openedFile(context: ServiceContext, bytes: Uint8Array, password: string): Promise<IdentityFile> {
  const postQuantum = context.application.experimental.postQuantum()
  const file = await readIdentityFile(bytes, password, context.runtime.clock(), postQuantum)
  if (file.ok) return file.value
  switch (file.error.code) {
    case 'unsupported-algorithm':
    case 'experimental-algorithm':
    case 'over-budget':
      return raise(file.error)
    default:
      return raise({ code: 'damaged-file' })
  }
}

/** Chains that a file leaves out, as far as the certificates beside it have them. */
function withChains(context: ServiceContext, pairs: readonly FilePair[], issuers: readonly Uint8Array[]): FilePair[] {
  const intermediates = issuers.flatMap((der) => {
    const parsed = parseCertificate(der)
    return parsed.ok ? [parsed.value] : []
  })
  return pairs.map((pair) => {
    if (pair.chain.length > 0 || intermediates.length === 0) return pair
    const { path } = validatePath({
      leaf: pair.certificate,
      intermediates,
      anchors: [],
      at: context.runtime.clock(),
      purpose: 'any',
      postQuantum: context.application.experimental.postQuantum(),
    })
    return { ...pair, chain: path.slice(1) }
  })
}
