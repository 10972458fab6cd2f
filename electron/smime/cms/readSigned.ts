/** SignedData from a stream (RFC 5652 §5.1, §5.2). */

import { context, universal } from '../../asn1/der.ts'
import { DerReader, oidOf, smallIntegerOf, soleElement } from '../../asn1/derReader.ts'
import type { SeekableBytes } from '../../base/seekableBytes.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { digestTextOf, readAlgorithm } from './algorithms.ts'
import type { BerReader } from './berReader.ts'
import { cmsBudget } from './budget.ts'
import type { CmsContent, LayerOptions } from './content.ts'
import { overBudget } from './failure.ts'
import { readSignerInfo, type SignerInfo } from './signerInfo.ts'

/** Reads the version of a structure; its value follows from the rest, so it is only read over. */
export async function readVersion(reader: BerReader): Promise<void> {
  smallIntegerOf(soleElement(await reader.element('version'), 'version'), 'version')
}

export async function readContentType(reader: BerReader, what: string): Promise<string> {
  return oidOf(soleElement(await reader.element(what), what), what)
}

/** EncapsulatedContentInfo; the content is undefined when it is detached. */
export async function readEncapsulated(
  reader: BerReader,
  { store, limit }: LayerOptions,
  unpack: (content: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> = (content) => content,
): Promise<{ contentType: string; content: SeekableBytes | undefined }> {
  await reader.enter(universal.sequence, 'encapContentInfo')
  const contentType = await readContentType(reader, 'eContentType')
  let content: SeekableBytes | undefined
  if ((await reader.peekTag()) !== undefined) {
    await reader.enter(context(0), 'eContent')
    content = await store.keep(unpack(reader.octets(universal.octetString, 'eContent')), limit)
    await reader.leave('eContent')
  }
  await reader.leave('encapContentInfo')
  return { contentType, content }
}

async function readDigestAlgorithms(reader: BerReader): Promise<string[]> {
  const names: string[] = []
  await reader.enter(universal.set, 'digestAlgorithms')
  while ((await reader.peekTag()) !== undefined) {
    if (names.length === cmsBudget.signers) throw overBudget('digestAlgorithms')
    const algorithm = readAlgorithm(new DerReader(await reader.element('digestAlgorithm')), 'digestAlgorithm')
    names.push(digestTextOf(algorithm.oid))
  }
  await reader.leave('digestAlgorithms')
  return names
}

/** CertificateSet; other formats than X.509, and certificates that can't be read, are left out. */
async function readCertificateSet(reader: BerReader): Promise<Certificate[]> {
  const certificates: Certificate[] = []
  let count = 0
  await reader.enter(context(0), 'certificates')
  while ((await reader.peekTag()) !== undefined) {
    if (++count > cmsBudget.certificates) throw overBudget('certificates')
    const encoding = await reader.element('certificates')
    if (encoding[0] !== universal.sequence) continue
    const certificate = parseCertificate(encoding)
    if (certificate.ok) certificates.push(certificate.value)
  }
  await reader.leave('certificates')
  return certificates
}

async function readSignerInfos(reader: BerReader): Promise<SignerInfo[]> {
  const signers: SignerInfo[] = []
  await reader.enter(universal.set, 'signerInfos')
  while ((await reader.peekTag()) !== undefined) {
    if (signers.length === cmsBudget.signers) throw overBudget('signers')
    signers.push(readSignerInfo(await reader.element('signerInfo')))
  }
  await reader.leave('signerInfos')
  return signers
}

export async function readSignedData(reader: BerReader, options: LayerOptions): Promise<CmsContent> {
  await reader.enter(universal.sequence, 'signedData')
  await readVersion(reader)
  const digestAlgorithms = await readDigestAlgorithms(reader)
  const { contentType, content } = await readEncapsulated(reader, options)
  const certificates = (await reader.peekTag()) === context(0) ? await readCertificateSet(reader) : []
  // Revocation lists come from where the certificates say, not from the signer.
  if ((await reader.peekTag()) === context(1)) await reader.element('crls')
  const signerInfos = await readSignerInfos(reader)
  await reader.leave('signedData')
  return {
    kind: 'signed',
    content,
    contentType,
    signedData: { certificates, digestAlgorithms, signerInfos, contentType },
  }
}
