/**
 * What a file holds that a person imports: PKCS#12, PEM and DER with keys and certificates, or a ZIP archive of these. Keys
 * and certificates that belong together are joined; the rest is the chain.
 */

import type { Failure } from '../../../shared/contract/errors.ts'
import { archiveBudget, isArchive, readArchive } from '../../acquisition/archive.ts'
import { universal } from '../../asn1/der.ts'
import { armouredText, bareBase64, readPem, writePem } from '../../asn1/pem.ts'
import { utf8Bytes, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { type Certificate, parseCertificate, readCertificates } from '../../certificates/certificate.ts'
import { validatePath } from '../../certificates/path.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { publicKeyInfoOf } from '../../crypto/privateKey.ts'
import { isWholeKey } from '../../crypto/wholeKey.ts'
import { samePublicKey } from '../../keystore/certificateKey.ts'
import { looksLikePkcs12 } from '../../keystore/pkcs12/pfx.ts'
import { readPkcs12 } from '../../keystore/pkcs12/read.ts'
import { readPrivateKeyFile } from '../../keystore/privateKeyFile.ts'

export interface FilePair {
  readonly certificate: Certificate
  readonly pkcs8: Uint8Array
  /** Issuers in the file, from the certificate's own upwards. */
  readonly chain: readonly Certificate[]
}

export interface IdentityFile {
  readonly pairs: readonly FilePair[]
  /** Certificates whose key isn't in the file. */
  readonly others: readonly Certificate[]
  readonly keysWithoutCertificate: number
  /** The chain of any certificate, as far as the file has it. */
  chainOf(certificate: Certificate): Certificate[]
  /** Wipes the keys. */
  close(): void
}

type FileFailure = Extract<
  Failure,
  {
    code:
      | 'password-needed'
      | 'wrong-password'
      | 'damaged-file'
      | 'not-a-key-file'
      | 'unsupported-algorithm'
      | 'experimental-algorithm'
      | 'over-budget'
      | 'too-large'
      | 'key-without-certificate'
      | 'broken-key'
      | 'certificate-without-key'
      | 'damaged-archive'
      | 'encrypted-archive'
      | 'archive-in-archive'
  }
>

interface Pieces {
  readonly keys: readonly Uint8Array[]
  readonly certificates: readonly Certificate[]
}

/** Signing and encryption, in two forms each; every one costs as many password rounds as it wants. */
const archivedKeyFileLimit = 5

/** Reads and pairs. Keys of experimental algorithms want `postQuantum`. The caller closes the value; on failure everything is wiped already. */
export async function readIdentityFile(
  bytes: Uint8Array,
  password: string | undefined,
  at: Date,
  postQuantum?: PostQuantum,
): Promise<Result<IdentityFile, FileFailure>> {
  const pieces = isArchive(bytes) ? await fromArchive(bytes, password) : await fromFile(bytes, password)
  return pieces.ok ? paired(pieces.value, at, postQuantum) : pieces
}

function fromFile(file: Uint8Array, password: string | undefined): Promise<Result<Pieces, FileFailure>> {
  const bytes = bareBase64(file) ?? file
  return looksLikePkcs12(bytes) ? fromPkcs12(bytes, password) : fromKeyFile(bytes, password)
}

/** Some authorities pack the PKCS#12 that they made with instructions; key and certificate may also lie in two files. */
async function fromArchive(bytes: Uint8Array, password: string | undefined): Promise<Result<Pieces, FileFailure>> {
  const files = await readArchive(bytes, archiveBudget())
  if (!files.ok) return files
  const keys: Uint8Array[] = []
  const certificates: Certificate[] = []
  let keyFiles = 0
  for (const file of files.value) {
    const pieces: Result<Pieces, FileFailure> =
      keyFiles < archivedKeyFileLimit ? await fromFile(file, password) : failure({ code: 'over-budget', limit: 'keys' })
    if (pieces.ok) {
      keys.push(...pieces.value.keys)
      certificates.push(...pieces.value.certificates)
      // One without keys costs as many password rounds.
      if (pieces.value.keys.length > 0 || looksLikePkcs12(file)) keyFiles++
    } else if (pieces.error.code !== 'not-a-key-file') {
      for (const key of keys) wipe(key)
      return pieces
    }
  }
  if (keys.length === 0 && certificates.length === 0) return failure({ code: 'not-a-key-file' })
  const each = new Map(certificates.map((certificate) => [certificate.sha256, certificate]))
  return success({ keys, certificates: [...each.values()] })
}

async function fromPkcs12(bytes: Uint8Array, password: string | undefined): Promise<Result<Pieces, FileFailure>> {
  const read = await readPkcs12(bytes, password)
  if (!read.ok) return read
  const keys = read.value.keys.map(({ pkcs8 }) => pkcs8)
  const certificates: Certificate[] = []
  for (const { der } of read.value.certificates) {
    const certificate = parseCertificate(der)
    if (!certificate.ok) {
      for (const key of keys) wipe(key)
      return failure({ code: 'damaged-file' })
    }
    certificates.push(certificate.value)
  }
  return success({ keys, certificates })
}

async function fromKeyFile(bytes: Uint8Array, password: string | undefined): Promise<Result<Pieces, FileFailure>> {
  const keys = await readPrivateKeyFile(bytes, password)
  // Certificates alone are no failure yet: their key may be in the keystore.
  if (!keys.ok && keys.error.code !== 'no-key') return failure(keys.error)
  const certificates = certificatesBeside(bytes, keys.ok)
  if (!certificates.ok) {
    if (keys.ok) for (const key of keys.value) wipe(key)
    return certificates
  }
  return success({ keys: keys.ok ? keys.value : [], certificates: certificates.value })
}

const certificateBegin = /-----BEGIN (CERT|X509|TRUSTED)/

/** The certificates of a file that may hold keys as well. */
function certificatesBeside(bytes: Uint8Array, hasKeys: boolean): Result<Certificate[], FileFailure> {
  const text = armouredText(bytes)
  const blocks = readPem(text).filter(({ label }) => !/PRIVATE KEY$|PARAMETERS$/.test(label))
  // With an end missing, or other letters than base64's, a block isn't one.
  if (hasKeys && blocks.length === 0)
    return certificateBegin.test(text) ? failure({ code: 'damaged-file' }) : success([])
  const rest = hasKeys ? utf8Bytes(blocks.map(({ label, bytes: der }) => writePem(label, der)).join('')) : bytes
  const read = readCertificates(rest)
  if (read.ok) return read
  const { error } = read
  if (error.code === 'too-large' || error.code === 'over-budget') return failure(error)
  if (error.code === 'no-certificate-inside' && hasKeys) return success([])
  return failure({ code: looksLikeOurs(bytes, text) ? 'damaged-file' : 'not-a-key-file' })
}

/** A structure in ASN.1 or the beginning of a block that certificates and keys have: what can't be read of it is damaged. */
function looksLikeOurs(bytes: Uint8Array, text: string): boolean {
  return (
    bytes[0] === universal.sequence ||
    /-----BEGIN (CERT|X509|TRUSTED|PKCS|CMS|(?!OPENSSH|SSH2)[A-Z0-9 ]*PRIVATE KEY-)/.test(text)
  )
}

async function paired(
  { keys, certificates }: Pieces,
  at: Date,
  postQuantum: PostQuantum | undefined,
): Promise<Result<IdentityFile, FileFailure>> {
  const pairs: FilePair[] = []
  const joined = new Set<Certificate>()
  let withoutCertificate = 0
  let unusable: FileFailure | undefined
  const close = (): void => {
    for (const key of keys) wipe(key)
  }
  const chainOf = (certificate: Certificate): Certificate[] =>
    validatePath({
      leaf: certificate,
      intermediates: certificates,
      anchors: [],
      at,
      purpose: 'any',
      postQuantum,
    }).path.slice(1)

  for (const pkcs8 of keys) {
    const info = publicKeyInfoOf(pkcs8, postQuantum)
    if (!info.ok) {
      unusable ??= info.error.code === 'malformed-key' ? { code: 'damaged-file' } : info.error
      continue
    }
    const own = certificates.filter(({ publicKeyInfo }) => samePublicKey(info.value, publicKeyInfo))
    if (own.length === 0) withoutCertificate++
    else if (!(await isWholeKey(pkcs8, postQuantum))) {
      unusable ??= { code: 'broken-key' }
      continue
    }
    for (const certificate of own) {
      if (joined.has(certificate)) continue
      joined.add(certificate)
      pairs.push({ certificate, pkcs8, chain: chainOf(certificate) })
    }
  }
  // One key that can't be used doesn't keep the others out, but a file of nothing else says why.
  if (pairs.length === 0 && unusable) {
    close()
    return failure(unusable)
  }
  const others = certificates.filter((certificate) => !joined.has(certificate))
  return success({ pairs, others, keysWithoutCertificate: withoutCertificate, chainOf, close })
}
