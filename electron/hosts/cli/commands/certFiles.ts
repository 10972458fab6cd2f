/** `siegel cert compare|export`: what differs between two certificates, and one as a file for another program. */

import { createRouterClient } from '@orpc/server'
import type { CertificateComparison, CertificateReference } from '../../../../shared/contract/certificateComparison.ts'
import { base64Text } from '../../../base/bytes.ts'
import type { CertificateFormat } from '../../../services/certificates/certificateExport.ts'
import { certificatesProcedures } from '../../../services/certificates/certificates.ts'
import { readInput, writeOutput } from '../files.ts'
import { day } from '../format.ts'
import { type CommandEnvironment, withSession } from '../session.ts'
import { CommandFailure, type Terminal } from '../terminal.ts'

const fileLimit = 8_388_608
const fingerprint = /^[0-9a-f]{64}$/

/** A file, or the fingerprint of a certificate that the profile knows. */
async function referenceOf(text: string): Promise<CertificateReference> {
  const compact = text.replace(/[\s:]/g, '').toLowerCase()
  if (fingerprint.test(compact)) return { sha256: compact }
  return { source: { bytes: base64Text(await readInput(text, fileLimit)) } }
}

export async function compareCertificates(
  environment: CommandEnvironment,
  left: string,
  right: string,
): Promise<undefined> {
  const { terminal } = environment
  const references = { left: await referenceOf(left), right: await referenceOf(right) }
  const compared = await withSession(environment, ({ context }) =>
    createRouterClient(certificatesProcedures, { context }).compare(references),
  )
  if (terminal.json) {
    terminal.value(compared)
    return
  }
  const { relation, rows } = compared.comparison
  terminal.line(terminal.words(`compare.relation.${relation}.title`))
  terminal.line(terminal.words(`compare.relation.${relation}.text`))
  const differing = rows.filter(({ differs }) => differs)
  terminal.line('')
  terminal.line(terminal.words(differing.length > 0 ? 'compare.differs' : 'compare.nothingDiffers'))
  for (const row of differing) for (const line of rowLines(terminal, row)) terminal.line(line)
  const same = rows.filter(({ differs }) => !differs)
  if (same.length === 0) return
  terminal.line(terminal.words('compare.stays'))
  terminal.line(`  ${same.map((row) => nameOf(terminal, row)).join(', ')}`)
}

type Row = CertificateComparison['rows'][number]

function nameOf(terminal: Terminal, { field, extension }: Row): string {
  return extension ? `${extension.name} (${extension.oid})` : terminal.words(`certs.field.${field}`)
}

function rowLines(terminal: Terminal, row: Row): string[] {
  const side = (values: readonly string[]) =>
    values.length === 0 ? terminal.words('compare.absent') : values.map((value) => shownValue(row, value)).join(', ')
  return [`  ${nameOf(terminal, row)}`, `    - ${side(row.left)}`, `    + ${side(row.right)}`]
}

function shownValue({ field }: Row, value: string): string {
  return field === 'notBefore' || field === 'notAfter' ? day(value) : value
}

export interface ExportCertificateOptions {
  readonly format: CertificateFormat
  readonly withChain?: boolean
  readonly out: string
}

export async function exportCertificate(
  environment: CommandEnvironment,
  text: string,
  { format, withChain = false, out }: ExportCertificateOptions,
): Promise<undefined> {
  const certificate = await referenceOf(text)
  const bytes = await withSession(environment, async ({ context }) => {
    const client = createRouterClient(certificatesProcedures, { context })
    const { spoolId } = await client.export({ certificate, format, withChain })
    return context.application.handover.get(spoolId)?.bytes()
  })
  if (!bytes) throw new CommandFailure('not-found', { what: 'certificate' })
  await writeOutput(out, bytes)
  return undefined
}
