/** What is odd about certificates that are about to be taken in with their keys, and the question whether to take them all the same. */

import type { CertificateSummary, CertificateView } from '../../../../shared/contract/certificates.ts'
import { ownOddityKey } from '../../../../shared/words/ownWords.ts'
import { day, grouped, table } from '../format.ts'
import { canAsk, confirmed } from '../secrets.ts'
import type { Terminal } from '../terminal.ts'

/** A certificate whose key lies beside it: in a file, in a Thunderbird profile or in a store of the computer. */
export interface Takeable {
  readonly certificate: CertificateSummary
  readonly keyAlgorithm: string
  /** Siegel has it already. */
  readonly known: boolean
  readonly odd: CertificateView['odd']
}

export interface LookOptions {
  /** Show what is inside, and take nothing. */
  readonly look?: boolean
  /** Take without a question. */
  readonly anyway?: boolean
}

/** Shows what could be taken, and that it wasn't. */
export function showInside(terminal: Terminal, inside: readonly Takeable[]): void {
  if (terminal.json) {
    terminal.value({ identities: inside })
    return
  }
  const rows = table(
    inside.map(({ certificate, keyAlgorithm, known }) => [
      certificate.emails.join(', ') || certificate.name,
      keyAlgorithm,
      terminal.words('cli.until', { date: day(certificate.notAfter) }),
      grouped(certificate.sha256.slice(0, 16)),
      known ? terminal.words('import.known') : '',
    ]),
  )
  for (const [index, row] of rows.entries()) {
    terminal.line(row)
    for (const line of oddLines(terminal, inside[index]?.odd ?? [])) terminal.line(line)
  }
  terminal.note(terminal.words('cli.identity.looked'))
}

/**
 * Says what is odd about those that are new here. Somebody at the terminal is asked, as the window does, where it is more than
 * unusual; a script has chosen before. False: nothing is to be taken.
 */
export async function isWanted(
  terminal: Terminal,
  inside: readonly Takeable[],
  options: LookOptions,
): Promise<boolean> {
  if (terminal.json) return true
  const odd = inside.filter((one) => !one.known && one.odd.length > 0)
  for (const { certificate, odd: findings } of odd) {
    terminal.note(`${certificate.name} (${certificate.emails.join(', ')})`)
    for (const line of oddLines(terminal, findings)) terminal.note(line)
  }
  const isGrave = odd.some((one) => one.odd.some(({ severity }) => severity !== 'info'))
  if (!isGrave || options.anyway || !canAsk() || (await confirmed(terminal.words('cli.ask.odd')))) return true
  terminal.note(terminal.words('cli.identity.looked'))
  return false
}

/** Below a certificate's own line, the gravest first. */
function oddLines(terminal: Terminal, odd: CertificateView['odd']): string[] {
  return odd.map(({ code, data }) => `  ${terminal.words(ownOddityKey(code), data)}`)
}
