/**
 * What an authority sends back: a certificate (DER, PEM), a bundle (PKCS#7, `.p7b`, `.p7c`), a ZIP archive of them, or a mail
 * that has one of these as an attachment, a bundle as its whole body (RFC 8551 §3.8) or PEM in its text. Only certificates are
 * taken out; which of them belong to a key here, and what they are worth, is judged elsewhere.
 */

import { bareBase64, readPem } from '../asn1/pem.ts'
import { latin1Text, utf8Bytes } from '../base/bytes.ts'
import { failure, type Result, success } from '../base/result.ts'
import { type Certificate, type CertificateError, readCertificates } from '../certificates/certificate.ts'
import type { MimeBudget } from '../mime/budget.ts'
import { decodedBody, type Entity, parseEntity } from '../mime/entity.ts'
import { firstField } from '../mime/header.ts'
import { type ArchiveBudget, type ArchiveError, archiveBudget, isArchive, readArchive } from './archive.ts'

export type AnswerError =
  /** Neither a certificate nor a mail. */
  | { readonly code: 'not-a-certificate' }
  | { readonly code: 'no-certificate-inside' }
  /** PKCS#12 or a key: the authority made the key, and the file is to be imported. */
  | { readonly code: 'contains-private-key' }
  | { readonly code: 'malformed-certificate'; readonly reason: string }
  | { readonly code: 'too-large'; readonly limit: number; readonly size: number }
  | { readonly code: 'over-budget'; readonly limit: string }
  | ArchiveError

/** Authorities attach a PDF of instructions to a certificate of 2 kB; a mail with more than this brings something else. */
export const answerByteLimit = 8_388_608
/** One person's certificates and every issuer above them are a dozen; a bundle of all public roots has 150. */
const certificateLimit = 200
/** Text, HTML, the certificate in two forms, a logo, a signature: a mail of ten parts is already a long one. */
const answerBudget: MimeBudget = {
  depth: 8,
  parts: 50,
  headerFields: 500,
  headerBytes: 262_144,
  parameters: 50,
  boundaryLength: 200,
}

/** Every certificate of one file, in its order and each once. */
export async function readAnswer(file: Uint8Array): Promise<Result<Certificate[], AnswerError>> {
  if (file.length > answerByteLimit) {
    return failure({ code: 'too-large', limit: answerByteLimit, size: file.length })
  }
  const bytes = bareBase64(file) ?? file
  if (isArchive(bytes)) return collected(await readingsOfArchive(bytes, archiveBudget()))
  const direct = readCertificates(bytes)
  if (!isText(bytes)) return direct.ok ? bounded(direct.value) : direct
  const inText = direct.ok ? direct : fromText(latin1Text(bytes))
  const mail = parseEntity(bytes, answerBudget)
  // Text that describes a certificate ("Certificate:", "subject=") can look like one header field.
  if (mail.ok && mailFields.some((name) => firstField(mail.value.headers, name))) return fromMail(mail.value, inText)
  if (inText.ok) return bounded(inText.value)
  return !mail.ok && mail.error.code === 'over-budget' ? failure(mail.error) : firstFailure([direct, inText])
}

const mailFields = ['From', 'Received', 'MIME-Version', 'Content-Type'] as const

function bounded(certificates: readonly Certificate[]): Result<Certificate[], AnswerError> {
  const each = new Map(certificates.map((certificate) => [certificate.sha256, certificate]))
  if (each.size > certificateLimit) return failure({ code: 'over-budget', limit: 'certificates' })
  return success([...each.values()])
}

/** No control bytes among the first: a DER file has some in its first lengths. */
function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 512).every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}

type Reading = Result<Certificate[], CertificateError | ArchiveError>

/** What says most about why nothing was found. */
const tellingFirst: readonly (CertificateError | ArchiveError)['code'][] = [
  'contains-private-key',
  'encrypted-archive',
  'archive-in-archive',
  'over-budget',
  'too-large',
  'malformed-certificate',
  'damaged-archive',
  'no-certificate-inside',
]

function firstFailure(readings: readonly Reading[]): Result<never, AnswerError> {
  const errors = readings.flatMap((reading) => (reading.ok ? [] : [reading.error]))
  for (const code of tellingFirst) {
    const found = errors.find((error) => error.code === code)
    if (found) return failure(found)
  }
  return failure({ code: 'not-a-certificate' })
}

async function fromMail(mail: Entity, inText: Reading): Promise<Result<Certificate[], AnswerError>> {
  const readings: Reading[] = [inText]
  const unpacking = archiveBudget()
  for (const part of leavesOf(mail)) readings.push(...(await readingsOf(part, unpacking)))
  return collected(readings)
}

/** What the pieces of a mail or an archive brought. */
function collected(readings: readonly Reading[]): Result<Certificate[], AnswerError> {
  const certificates = readings.flatMap((reading) => (reading.ok ? reading.value : []))
  if (certificates.length > 0) return bounded(certificates)
  const failed = firstFailure(readings)
  // It could be read, and nothing in it is a certificate.
  return !failed.ok && failed.error.code === 'not-a-certificate' ? failure({ code: 'no-certificate-inside' }) : failed
}

function leavesOf(entity: Entity): Entity[] {
  return entity.children.length === 0 ? [entity] : entity.children.flatMap(leavesOf)
}

async function readingsOf(part: Entity, unpacking: ArchiveBudget): Promise<Reading[]> {
  const { type } = part.contentType
  // Pictures and instructions: PKCS#12 begins with the same byte as a certificate, a PDF or a PNG doesn't. Office's files are
  // archives, and nobody packs a certificate into one.
  if (/^(image|audio|video)\/|^application\/(pdf$|vnd\.(openxmlformats-|oasis\.))/.test(type)) return []
  const body = await decodedBody(part)
  if (isArchive(body)) return readingsOfArchive(body, unpacking)
  const direct = readCertificates(body)
  if (direct.ok || !(type.startsWith('text/') || isText(body))) return [direct]
  return [direct, fromText(type === 'text/html' ? withoutTags(latin1Text(body)) : latin1Text(body))]
}

async function readingsOfArchive(bytes: Uint8Array, unpacking: ArchiveBudget): Promise<Reading[]> {
  const files = await readArchive(bytes, unpacking)
  if (!files.ok) return [files]
  return files.value.flatMap((file) => {
    const direct = readCertificates(file)
    return direct.ok || !isText(file) ? [direct] : [direct, fromText(latin1Text(file))]
  })
}

/** PEM in a letter: quoted with ">", indented, or with blanks at the ends of its lines. */
function fromText(text: string): Reading {
  // Line by line: a pattern for blanks before any line's end would go through a long run of them once for each of them.
  const lines = text
    .replaceAll('\u00a0', ' ')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/^[ \t>]+/, '').trimEnd())
    .join('\n')
  if (readPem(lines).length === 0) return failure({ code: 'not-a-certificate' })
  return readCertificates(utf8Bytes(lines))
}

/** Base64 has no letter that HTML writes otherwise, apart from "+" and "/" that some programs spell as numbers. */
function withoutTags(html: string): string {
  return html
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/pre)\b[^<>]{0,500}>/gi, '\n')
    .replace(/<[^<>]{0,2000}>/g, '')
    .replace(/&nbsp;|&#160;/gi, ' ')
    .replace(/&#43;|&plus;/gi, '+')
    .replace(/&#47;|&sol;/gi, '/')
    .replace(/&#61;|&equals;/gi, '=')
}
