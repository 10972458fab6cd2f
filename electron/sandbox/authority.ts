/**
 * The sandbox's CA: a root, an issuing CA below it, and the keys that sign its mails (DKIM). Made once per folder and kept
 * there, readable by the owner only. Nobody outside of sandbox profiles trusts the root.
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mailKeyUsage } from '../acquisition/csr.ts'
import { derNull } from '../asn1/der.ts'
import { oids } from '../asn1/oids.ts'
import { readPem, writePem } from '../asn1/pem.ts'
import { base64Text } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { keyAlgorithmOfInfo } from '../certificates/algorithms.ts'
import { type Certificate, parseCertificate } from '../certificates/certificate.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { checkSignature } from '../certificates/pathSignature.ts'
import { generateKey, openPrivateKey, type PrivateKeyHandle } from '../crypto/privateKey.ts'
import { openIssuedBook } from './issuedBook.ts'
import { answerOcsp, type OcspDesk, statusIn } from './ocspDesk.ts'
import { openRevocationBook, type RevocationBook } from './revocationBook.ts'
import type { IssuerName, RevocationUrls } from './revocationServer.ts'
import { writePrivateFile } from './state.ts'

export interface KeyPair {
  readonly key: PrivateKeyHandle
  readonly certificate: Certificate
}

export interface Authority {
  readonly root: Certificate
  readonly issuing: Certificate
  readonly revocations: RevocationBook
  /** DER of the answer to an OCSP request about what that issuer issued. */
  answerOcsp(of: IssuerName, request: Uint8Array): Promise<Uint8Array>
  /** Whether the issuing CA signed it. */
  issued(certificate: Certificate): boolean
  /** A mail certificate for one address, DER. */
  issueMail(subject: {
    readonly name: string
    readonly address: string
    readonly publicKeyInfo: Uint8Array
  }): Promise<Uint8Array>
  /** Key and chain for TLS on this machine, PEM. */
  issueTls(): Promise<{ readonly key: string; readonly cert: string }>
  /** A key pair of one of the sandbox's own people, kept like the CA's. */
  ownPair(file: string, name: string, address: string): Promise<KeyPair>
  readonly dkimKey: PrivateKeyHandle
}

const day = 86_400_000
/** Long, because whoever plays with the sandbox for a year should not find it expired. */
const caDays = 3_650
/** Below the 825 days that the S/MIME Baseline Requirements §6.3.2 allow. */
const mailDays = 730
/** Certificates for TLS and OCSP are issued at each start. */
const tlsDays = 90
/** Clocks of other machines and a restart after a clock change: valid from an hour ago. */
const backdating = 3_600_000

/** @param urls where its certificates say that their revocation lists and responders are. */
export async function openAuthority(
  folder: string,
  clock: Clock,
  random: Random,
  urls: RevocationUrls,
): Promise<Authority> {
  /** 16 random bytes, positive and without a leading zero (S/MIME BR §7.1 wants 64 bits at least). */
  const serial = () => {
    const bytes = random(16)
    bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
    return bytes
  }
  const validity = (days: number) => {
    const now = clock().getTime()
    return { notBefore: new Date(now - backdating), notAfter: new Date(now + days * day) }
  }

  const rootKey = await keptKey(join(folder, 'root-key.pem'), 'ec-p256')
  const root = await keptCertificate(join(folder, 'root.pem'), () =>
    issueCertificate({
      subject: { organization: 'Siegel', commonName: 'Siegel Sandbox Root' },
      publicKeyInfo: rootKey.publicKeyInfo,
      issuer: { name: 'self', key: rootKey },
      serial: serial(),
      ...validity(caDays),
      ca: {},
      keyUsage: ['keyCertSign', 'cRLSign'],
    }),
  )
  const issuingKey = await keptKey(join(folder, 'issuing-key.pem'), 'ec-p256')
  const issuing = await keptCertificate(join(folder, 'issuing.pem'), () =>
    issueCertificate({
      subject: { organization: 'Siegel', commonName: 'Siegel Sandbox Mail CA' },
      publicKeyInfo: issuingKey.publicKeyInfo,
      issuer: { name: root, key: rootKey },
      serial: serial(),
      ...validity(caDays - 1),
      ca: { pathLength: 0 },
      keyUsage: ['keyCertSign', 'cRLSign'],
      extendedKeyUsage: [oids.emailProtection],
      crlUrl: urls.root.list,
      ocspUrl: urls.root.ocsp,
    }),
  )

  const issuers = { issuing: { certificate: issuing, key: issuingKey }, root: { certificate: root, key: rootKey } }
  const revocations = await openRevocationBook(folder, issuers, clock)
  const issued = await openIssuedBook(folder)
  const responderOf = async (issuer: KeyPair): Promise<KeyPair> => {
    const { pkcs8, publicKeyInfo } = await generateKey('ec-p256')
    const der = await issueCertificate({
      subject: { organization: 'Siegel', commonName: 'Siegel Sandbox OCSP' },
      publicKeyInfo,
      issuer: { name: issuer.certificate, key: issuer.key },
      serial: serial(),
      ...validity(tlsDays),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [oids.ocspSigning],
      // RFC 6960 §4.2.2.2.1: nobody asks about the one that answers.
      extensions: [{ oid: oids.ocspNoCheck, critical: false, value: derNull() }],
    })
    return { key: expectSuccess(openPrivateKey(pkcs8)), certificate: expectSuccess(parseCertificate(der)) }
  }
  const desks: Readonly<Record<IssuerName, OcspDesk>> = {
    issuing: {
      issuer: issuing,
      responder: await responderOf(issuers.issuing),
      statusOf: statusIn(revocations, issued),
    },
    root: {
      issuer: root,
      responder: await responderOf(issuers.root),
      statusOf: (asked) => (asked === issuing.serialNumber ? 'good' : 'unknown'),
    },
  }

  const authority: Authority = {
    root,
    issuing,
    revocations,
    answerOcsp: (of, request) => answerOcsp(desks[of], request, clock),
    issued: (certificate) =>
      checkSignature(certificate, issuing, { left: 1, outcomes: new Map() }, undefined) === 'verified',
    dkimKey: await keptKey(join(folder, 'dkim-key.pem'), 'rsa-2048'),
    async issueMail({ name, address, publicKeyInfo }) {
      const der = await issueCertificate({
        subject: name === '' ? {} : { commonName: name },
        emails: [address],
        publicKeyInfo,
        issuer: { name: issuing, key: issuingKey },
        serial: serial(),
        ...validity(mailDays),
        keyUsage: mailKeyUsage(keyAlgorithmOfInfo(publicKeyInfo)),
        extendedKeyUsage: [oids.emailProtection],
        crlUrl: urls.issuing.list,
        ocspUrl: urls.issuing.ocsp,
      })
      await issued.add(expectSuccess(parseCertificate(der)).serialNumber)
      return der
    },
    async issueTls() {
      const { pkcs8, publicKeyInfo } = await generateKey('ec-p256')
      const leaf = await issueCertificate({
        subject: { commonName: 'localhost' },
        dnsNames: ['localhost'],
        ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
        publicKeyInfo,
        issuer: { name: root, key: rootKey },
        serial: serial(),
        ...validity(tlsDays),
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: [oids.serverAuth],
      })
      return { key: writePem('PRIVATE KEY', pkcs8), cert: writePem('CERTIFICATE', leaf) }
    },
    async ownPair(file, name, address) {
      const key = await keptKey(join(folder, `${file}-key.pem`), 'ec-p256')
      const certificate = await keptCertificate(join(folder, `${file}.pem`), () =>
        authority.issueMail({ name, address, publicKeyInfo: key.publicKeyInfo }),
      )
      // Made before such a book was kept.
      await issued.add(certificate.serialNumber)
      return { key, certificate }
    },
  }
  return authority
}

/** Leaf and issuing CA as application/pem-certificate-chain (RFC 8555 §9.1). */
export function pemChain(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => writePem('CERTIFICATE', der)).join('')
}

/** The key in the file, or a new one. A broken file is an exception: whoever damaged it should know. */
async function keptKey(file: string, type: 'ec-p256' | 'rsa-2048'): Promise<PrivateKeyHandle> {
  const kept = await textOf(file)
  if (kept !== undefined) {
    const [block] = readPem(kept)
    return expectSuccess(openPrivateKey(block?.bytes ?? new Uint8Array()))
  }
  const { pkcs8 } = await generateKey(type)
  await writePrivateFile(file, writePem('PRIVATE KEY', pkcs8))
  return expectSuccess(openPrivateKey(pkcs8))
}

async function keptCertificate(file: string, issue: () => Promise<Uint8Array>): Promise<Certificate> {
  const kept = await textOf(file)
  if (kept !== undefined) return expectSuccess(parseCertificate(readPem(kept)[0]?.bytes ?? new Uint8Array()))
  const der = await issue()
  await writePrivateFile(file, writePem('CERTIFICATE', der))
  return expectSuccess(parseCertificate(der))
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The TXT record of a DKIM key (RFC 6376 §3.6.1). */
export function dkimRecord(key: PrivateKeyHandle): string {
  return `v=DKIM1; k=rsa; p=${base64Text(key.publicKeyInfo)}`
}
