/**
 * Windows: the "Trusted Root Certification Authorities" of the machine, of group policy and of the person, read from the
 * registry with reg.exe. There each certificate lies as a serialized store element with its properties, which say more than the
 * certificate: for which purposes the store trusts it, and from when on no more. PowerShell and certutil show only a part
 * of that, take seconds to start, and speak the language of the machine.
 */

import { DerReader, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { latin1Text } from '../../base/bytes.ts'
import { type Result, success } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import {
  type Machine,
  type MachineFailure,
  type OperatingSystemStore,
  orEmpty,
  rootsForMail,
  storeBudget,
  unreadable,
} from './operatingSystemStore.ts'

/** The machine's own, those that Windows fetched from Microsoft's list, group policy's, Active Directory's, the person's. */
const rootKeys = [
  'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\ROOT\\Certificates',
  'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\AuthRoot\\Certificates',
  'HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\Root\\Certificates',
  'HKLM\\SOFTWARE\\Microsoft\\EnterpriseCertificates\\Root\\Certificates',
  'HKCU\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates',
]

/** Untrusted certificates, which count in no store. */
const disallowedKeys = [
  'HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Disallowed\\Certificates',
  'HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\Disallowed\\Certificates',
  'HKCU\\SOFTWARE\\Microsoft\\SystemCertificates\\Disallowed\\Certificates',
]

export function windowsStore(machine: Machine): OperatingSystemStore {
  return {
    async read() {
      const roots = await elementsUnder(machine, rootKeys)
      if (!roots.ok) return unreadable(roots.error)
      const denied = await elementsUnder(machine, disallowedKeys)
      // A list of denials that was too slow or too large must not count as an empty one.
      if (!denied.ok) return unreadable(denied.error)
      const deniedPrints = new Set(denied.value.map(({ certificate }) => certificate.sha256))
      const trusted = roots.value.filter((element) => trustsForMail(element)).map(({ certificate }) => certificate)
      return success(rootsForMail(trusted.filter(({ sha256 }) => !deniedPrints.has(sha256))))
    },
  }
}

/** The elements below some keys. A key that doesn't exist has none; reg.exe itself must be there. */
async function elementsUnder(
  machine: Machine,
  keys: readonly string[],
): Promise<Result<StoreElement[], MachineFailure>> {
  // By its whole path: Windows would look for a bare name in the current folder first.
  const program = `${machine.environment['SystemRoot'] ?? 'C:\\Windows'}\\System32\\reg.exe`
  const elements: StoreElement[] = []
  for (const key of keys) {
    const answer = await machine.run(program, ['query', key, '/s', '/v', 'Blob'], storeBudget)
    if (!answer.ok && answer.error.code === 'missing') return answer
    const output = orEmpty(answer)
    if (!output.ok) return output
    elements.push(...storeElementsIn(latin1Text(output.value)))
  }
  return success(elements)
}

export interface StoreElement {
  readonly certificate: Certificate
  /** Bytes of each property by its number (CERT_…_PROP_ID of wincrypt.h). */
  readonly properties: ReadonlyMap<number, Uint8Array>
}

/** What `reg query … /s /v Blob` writes: for each key its name, and a line with name, type and value as hexadecimal. */
export function storeElementsIn(text: string): StoreElement[] {
  return [...text.matchAll(/^\s+Blob\s+REG_BINARY\s+([0-9A-F]+)\s*$/gim)].flatMap(([, hex = '']) => {
    const element = storeElementOf(Buffer.from(hex, 'hex'))
    return element ? [element] : []
  })
}

const certificateProperty = 32
const enhancedKeyUsageProperty = 9
const notBeforeProperty = 126
const disallowedProperty = 104
const disallowedUsageProperty = 122

/** A serialized element: properties of number, a reserved field, length (32 bits each, little-endian) and value. */
function storeElementOf(bytes: Buffer): StoreElement | undefined {
  const properties = new Map<number, Uint8Array>()
  for (let offset = 0; offset + 12 <= bytes.length; ) {
    const length = bytes.readUInt32LE(offset + 8)
    const end = offset + 12 + length
    if (end > bytes.length) return undefined
    properties.set(bytes.readUInt32LE(offset), bytes.subarray(offset + 12, end))
    offset = end
  }
  const parsed = parseCertificate(properties.get(certificateProperty) ?? new Uint8Array())
  return parsed.ok ? { certificate: parsed.value, properties } : undefined
}

/**
 * Whether the store trusts it for mail. A root that Microsoft distrusts, altogether or for what is issued after a date, is
 * left out: Siegel's own list knows such dates from Mozilla only. No list of purposes means all of them.
 */
function trustsForMail({ properties }: StoreElement): boolean {
  if (properties.has(disallowedProperty) || properties.has(notBeforeProperty)) return false
  const usages = properties.get(enhancedKeyUsageProperty)
  if (usages && !usagesIn(usages).includes(oids.emailProtection)) return false
  const disallowed = properties.get(disallowedUsageProperty)
  return !disallowed || !usagesIn(disallowed).includes(oids.emailProtection)
}

/** A DER list of purposes; one that can't be read has none. */
function usagesIn(der: Uint8Array): string[] {
  try {
    const reader = DerReader.inside(soleElement(der, 'usages'))
    const usages: string[] = []
    while (!reader.atEnd) usages.push(reader.oid('usages'))
    return usages
  } catch (error) {
    if (error instanceof MalformedDer) return []
    throw error
  }
}
