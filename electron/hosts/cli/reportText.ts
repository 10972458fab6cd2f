/** A report as lines for people: the verdict first, then who signed, the layers, and what else is to be said. */

import type { CertificateSummary, ShownRevocation } from '../../../shared/contract/certificates.ts'
import type { OpenedMail, Report } from '../../../shared/contract/report.ts'
import { day, grouped, mailboxText } from './format.ts'
import type { Terminal } from './terminal.ts'

/** The sentence of the verdict, with the addresses that it names. */
export function verdictText(terminal: Terminal, mail: Pick<OpenedMail, 'from' | 'report'>): string[] {
  const { verdict, signers } = mail.report
  const data = {
    from: mail.from.map(({ address }) => address).join(', '),
    signer: signers[0]?.emails.join(', ') || (signers[0]?.subject ?? ''),
  }
  const revokedSince = verdict.signature === 'revoked' && verdict.level === 'caution'
  return [
    terminal.words(`cli.verdict.signature.${revokedSince ? 'revoked-since' : verdict.signature}`, data),
    terminal.words(`cli.verdict.encryption.${verdict.encryption}`, data),
  ]
}

export function reportLines(terminal: Terminal, mail: OpenedMail): string[] {
  const { report } = mail
  return [
    ...verdictText(terminal, mail),
    '',
    `${terminal.words('cli.header.from')} ${mail.from.map(mailboxText).join(', ')}`,
    `${terminal.words('cli.header.to')} ${mail.to.map(mailboxText).join(', ')}`,
    `${terminal.words('cli.header.subject')} ${mail.subject}`,
    ...(mail.date ? [`${terminal.words('cli.header.date')} ${mail.date}`] : []),
    ...layerLines(report),
    ...signerLines(terminal, report),
    ...findingLines(terminal, report),
  ]
}

function layerLines({ layers }: Report): string[] {
  return layers.map(({ kind, state, algorithms }) => `  ${kind}: ${Object.values(algorithms).join(', ')} · ${state}`)
}

function signerLines(terminal: Terminal, { signers }: Report): string[] {
  return signers.flatMap(({ subject, emails, issuer, sha256, signingTime, state, chain, revocation, proves }) => [
    `  ${terminal.words('cli.report.signer')} ${emails.join(', ') || subject} · ${state}`,
    `    ${subject}`,
    ...(proves ? [`    ${terminal.words(`certs.proves.${proves}`)}`] : []),
    `    ${terminal.words('cli.report.issuer')} ${issuer}`,
    `    SHA-256 ${grouped(sha256)}`,
    ...(signingTime ? [`    ${terminal.words('cli.report.says-signed', { date: day(signingTime) })}`] : []),
    ...chain
      .slice(1)
      .map(({ name, anchor }) => `    ↑ ${name}${anchor ? ` (${terminal.words('cli.report.anchor')})` : ''}`),
    ...revocationLines(terminal, chain, revocation).map((line) => `    ${line}`),
  ])
}

/** What is known about the revocation of each certificate of a chain. */
export function revocationLines(
  terminal: Terminal,
  chain: readonly Pick<CertificateSummary, 'name' | 'emails'>[],
  revocation: readonly ShownRevocation[],
): string[] {
  return revocation.map((status, link) => {
    // A person's certificate goes by the address that it proves: the name in it may be nobody's.
    const [address] = link === 0 ? (chain[0]?.emails ?? []) : []
    return terminal.words(`cli.report.revocation.${status.state}`, {
      ...status,
      name: address ?? chain[link]?.name ?? '',
    })
  })
}

function findingLines(terminal: Terminal, { findings }: Report): string[] {
  return findings.map(
    ({ code, severity, data }) =>
      `  ${terminal.words(`cli.severity.${severity}`)} ${terminal.words(`findings.${code}`, data)}`,
  )
}
