/** `siegel inspect`: what a mail is really worth, one report per file. */

import type { OpenedMail } from '../../../../shared/contract/report.ts'
import { type Certificate, readCertificates } from '../../../certificates/certificate.ts'
import { openForReading } from '../../../services/mail/reading.ts'
import { evidenceFrom, policiesFrom } from '../evidence.ts'
import { failureOf, failureText } from '../failure.ts'
import { openInput, readInput } from '../files.ts'
import { reportLines } from '../reportText.ts'
import { type CommandEnvironment, withSessionUnlockedIfPossible } from '../session.ts'
import { CommandFailure, exitCode, type Terminal, UsageError } from '../terminal.ts'

export interface InspectOptions {
  readonly chain?: readonly string[]
  readonly crl?: readonly string[]
  readonly policy?: readonly string[]
  readonly at?: string
  readonly anchor?: readonly string[]
  readonly require?: string
  /** Asks nobody about revocations. */
  readonly offline?: boolean
}

/** A bundle of every public root has about 300 kB. */
const anchorLimit = 8_388_608

export async function inspectMails(
  environment: CommandEnvironment,
  files: readonly string[],
  options: InspectOptions,
): Promise<number> {
  const { terminal, signal } = environment
  const at = instantOf(terminal, options.at)
  const required = requirementsOf(terminal, options.require)
  const extraAnchors = await anchorsFrom(options.anchor ?? [])
  const extraIntermediates = await anchorsFrom(options.chain ?? [])
  const evidence = await evidenceFrom(options.crl)
  const policies = policiesFrom(terminal, options.policy)
  return withSessionUnlockedIfPossible(environment, async ({ context }) => {
    let code: number = exitCode.done
    for (const file of files) {
      if (signal.aborted) return exitCode.failed
      const opened = await read(file)
      if ('failure' in opened) {
        if (terminal.json) terminal.value({ file, error: { code: opened.failure.code, ...opened.failure.data } })
        terminal.note(`${file}: ${failureText(terminal, opened.failure)}`)
        code = exitCode.failed
        continue
      }
      tell(terminal, file, opened.mail, files.length > 1)
      context.application.opened.close(opened.mail.openedId)
      const missing = required.filter((requirement) => !holds(requirement, opened.mail))
      for (const requirement of missing) {
        terminal.note(`${file}: ${terminal.words(`cli.inspect.requires.${requirement}`)}`)
      }
      if (missing.length > 0 && code === exitCode.done) code = exitCode.requirement
    }
    return code

    async function read(file: string): Promise<Read> {
      try {
        const { source, close } = await openInput(file)
        const opened = await openForReading(context, source, {
          extraAnchors,
          extraIntermediates,
          evidence,
          policies,
          patience: { offline: options.offline ?? false },
          release: close,
          ...(at ? { at } : {}),
        })
        if (opened.ok) return { mail: opened.value }
        const { code: failureCode, ...data } = opened.error
        return { failure: { code: failureCode, data } }
      } catch (error) {
        // A file that can't be read is one line of the answer; the others are still looked at.
        const failure = failureOf(error)
        if (!failure) throw error
        return { failure }
      }
    }
  })
}

function tell(terminal: Terminal, file: string, mail: OpenedMail, several: boolean): void {
  if (terminal.json) {
    terminal.value({ file, ...mail.report })
    return
  }
  if (several) terminal.line(`== ${file}`)
  for (const line of reportLines(terminal, mail)) terminal.line(line)
}

type Read =
  | { readonly mail: OpenedMail }
  | { readonly failure: { readonly code: string; readonly data: Readonly<Record<string, unknown>> } }

type Requirement = 'signed' | 'encrypted'

function requirementsOf(terminal: Terminal, text: string | undefined): Requirement[] {
  if (text === undefined) return []
  return text.split(',').map((word) => {
    const requirement = word.trim()
    if (requirement === 'signed' || requirement === 'encrypted') return requirement
    throw new UsageError(terminal.words('cli.usage.require', { word: requirement }))
  })
}

function holds(requirement: Requirement, { report }: OpenedMail): boolean {
  return requirement === 'signed' ? report.verdict.signature === 'good' : report.verdict.encryption === 'decrypted'
}

/** A time as ISO 8601, `2026-03-01` or with hours; a day without a zone is UTC. */
export function instantOf(terminal: Terminal, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text)
  if (Number.isNaN(time.getTime())) throw new UsageError(terminal.words('cli.usage.time', { text }))
  return time
}

/** The certificates of files that are trusted for this one call. */
export async function anchorsFrom(files: readonly string[]): Promise<Certificate[]> {
  const anchors: Certificate[] = []
  for (const file of files) {
    const read = readCertificates(await readInput(file, anchorLimit))
    if (!read.ok) {
      const { code, ...data } = read.error
      throw new CommandFailure(code, data)
    }
    anchors.push(...read.value)
  }
  return anchors
}
