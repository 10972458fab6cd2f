/**
 * The certificate extensions of RFC 5280 §4.2 as values. One extension that can't be read does not make the others
 * unreadable: it is listed in `malformed`, so that the view can show the certificate and path validation refuses it.
 */

import { type Element, universal } from '../asn1/der.ts'
import { contentOf, DerReader, MalformedDer, oidOf, smallIntegerOf, soleElement } from '../asn1/derReader.ts'
import { oids } from '../asn1/oids.ts'
import { hexText, latin1Text } from '../base/bytes.ts'
import { bitStringOf, booleanOf, sequenceIn } from './fields.ts'
import { type GeneralName, generalNameOf, generalNamesOf, mailAddressesOf } from './generalName.ts'

/** The extensions that are read here. */
export const extensionOids = {
  subjectKeyIdentifier: oids.subjectKeyIdentifier,
  keyUsage: oids.keyUsage,
  subjectAltName: oids.subjectAltName,
  issuerAltName: oids.issuerAltName,
  basicConstraints: oids.basicConstraints,
  nameConstraints: oids.nameConstraints,
  crlDistributionPoints: oids.crlDistributionPoints,
  certificatePolicies: oids.certificatePolicies,
  policyMappings: oids.policyMappings,
  authorityKeyIdentifier: oids.authorityKeyIdentifier,
  policyConstraints: oids.policyConstraints,
  extendedKeyUsage: oids.extendedKeyUsage,
  freshestCrl: oids.freshestCrl,
  inhibitAnyPolicy: oids.inhibitAnyPolicy,
  authorityInfoAccess: oids.authorityInfoAccess,
} as const

export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'

/** In the order of the bits, RFC 5280 §4.2.1.3. */
export const keyUsages: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
]

export interface RawExtension {
  readonly oid: string
  readonly critical: boolean
  /** Content of extnValue's OCTET STRING: the DER of the extension's own type. */
  readonly value: Uint8Array
}

export interface PolicyInformation {
  readonly oid: string
  readonly cpsUris: readonly string[]
}

export interface AuthorityKeyIdentifier {
  /** Hexadecimal. */
  readonly keyIdentifier?: string
  readonly issuer?: readonly GeneralName[]
  readonly serialNumber?: string
}

export interface DistributionPoint {
  readonly names: readonly GeneralName[]
  readonly relativeToIssuer: boolean
  /** Content of the RelativeDistinguishedName's SET: what is added to the issuer's name. */
  readonly relativeName?: Uint8Array
  /** Bits of ReasonFlags as bytes, absent when all reasons are covered. */
  readonly reasons?: Uint8Array
  readonly crlIssuer: readonly GeneralName[]
}

export interface GeneralSubtree {
  readonly base: GeneralName
}

export interface Extensions {
  readonly all: readonly RawExtension[]
  /** OIDs of extensions that are not as their definition says, or stand there twice. */
  readonly malformed: readonly string[]
  readonly keyUsage?: readonly KeyUsage[]
  /** Dotted OIDs of the purposes. */
  readonly extendedKeyUsage?: readonly string[]
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number }
  readonly subjectAltName?: { readonly emails: readonly string[]; readonly names: readonly GeneralName[] }
  readonly issuerAltName?: readonly GeneralName[]
  /** Hexadecimal. */
  readonly subjectKeyIdentifier?: string
  readonly authorityKeyIdentifier?: AuthorityKeyIdentifier
  readonly policies?: readonly PolicyInformation[]
  readonly policyMappings?: readonly { readonly issuer: string; readonly subject: string }[]
  readonly policyConstraints?: { readonly requireExplicitPolicy?: number; readonly inhibitPolicyMapping?: number }
  readonly inhibitAnyPolicy?: number
  readonly nameConstraints?: {
    readonly permitted: readonly GeneralSubtree[]
    readonly excluded: readonly GeneralSubtree[]
  }
  readonly crlDistributionPoints?: readonly DistributionPoint[]
  readonly freshestCrl?: readonly DistributionPoint[]
  readonly authorityInfoAccess?: readonly { readonly method: string; readonly location: GeneralName }[]
}

// A certificate has about ten extensions; the largest lists inside one (policies, purposes) have a few dozen entries.
const extensionLimit = 100
const listLimit = 1_000

function listOf<Value>(reader: DerReader, what: string, read: (field: Element) => Value): Value[] {
  const values: Value[] = []
  while (!reader.atEnd) {
    if (values.length >= listLimit) throw new MalformedDer(what)
    values.push(read(reader.any(what)))
  }
  return values
}

function sequenceField(field: Element, what: string): DerReader {
  if (field.tag !== universal.sequence) throw new MalformedDer(what)
  return DerReader.inside(field)
}

/** RFC 5280 §4.2.1.3. */
function keyUsageOf(value: Uint8Array): KeyUsage[] {
  const field = soleElement(value, 'keyUsage')
  if (field.tag !== universal.bitString) throw new MalformedDer('keyUsage')
  const bytes = bitStringOf(field, 'keyUsage')
  return keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
}

/** RFC 5280 §4.2.1.12. */
function extendedKeyUsageOf(value: Uint8Array): string[] {
  const what = 'extendedKeyUsage'
  const purposes = listOf(sequenceIn(value, what), what, (field) => {
    if (field.tag !== universal.oid) throw new MalformedDer(what)
    return oidOf(field, what)
  })
  if (purposes.length === 0) throw new MalformedDer(what)
  return purposes
}

/** RFC 5280 §4.2.1.9. */
function basicConstraintsOf(value: Uint8Array): { ca: boolean; pathLength?: number } {
  const what = 'basicConstraints'
  const reader = sequenceIn(value, what)
  const ca = reader.optional(universal.boolean, what)
  const length = reader.optional(universal.integer, what)
  reader.end(what)
  return {
    ca: ca !== undefined && booleanOf(ca, what),
    ...(length ? { pathLength: smallIntegerOf(length, what) } : {}),
  }
}

/** RFC 5280 §4.2.1.6. */
function subjectAltNameOf(value: Uint8Array): { emails: string[]; names: GeneralName[] } {
  const names = alternativeNamesOf(value, 'subjectAltName')
  return { emails: mailAddressesOf(names), names }
}

function alternativeNamesOf(value: Uint8Array, what: string): GeneralName[] {
  const field = soleElement(value, what)
  if (field.tag !== universal.sequence) throw new MalformedDer(what)
  return generalNamesOf(contentOf(field), what)
}

function keyIdentifierOf(value: Uint8Array): string {
  const field = soleElement(value, 'subjectKeyIdentifier')
  if (field.tag !== universal.octetString) throw new MalformedDer('subjectKeyIdentifier')
  return hexText(contentOf(field))
}

/** RFC 5280 §4.2.1.1. */
function authorityKeyIdentifierOf(value: Uint8Array): AuthorityKeyIdentifier {
  const what = 'authorityKeyIdentifier'
  const reader = sequenceIn(value, what)
  const keyIdentifier = reader.optional(0x80, what)
  const issuer = reader.optional(0xa1, what)
  const serialNumber = reader.optional(0x82, what)
  reader.end(what)
  return {
    ...(keyIdentifier ? { keyIdentifier: hexText(contentOf(keyIdentifier)) } : {}),
    ...(issuer ? { issuer: generalNamesOf(contentOf(issuer), what) } : {}),
    ...(serialNumber ? { serialNumber: hexText(contentOf(serialNumber)) } : {}),
  }
}

/** RFC 5280 §4.2.1.4; of the qualifiers only CPS addresses are kept. */
function policiesOf(value: Uint8Array): PolicyInformation[] {
  const what = 'certificatePolicies'
  return listOf(sequenceIn(value, what), what, (field) => {
    const reader = sequenceField(field, what)
    const oid = reader.oid(what)
    const qualifiers = reader.optional(universal.sequence, what)
    reader.end(what)
    const cpsUris: string[] = []
    if (qualifiers) {
      for (const qualifier of listOf(DerReader.inside(qualifiers), what, (item) => sequenceField(item, what))) {
        if (qualifier.oid(what) !== oids.cpsQualifier) continue
        const uri = qualifier.any(what)
        if (uri.tag === universal.ia5String) cpsUris.push(latin1Text(contentOf(uri)))
      }
    }
    return { oid, cpsUris }
  })
}

/** RFC 5280 §4.2.1.5. */
function policyMappingsOf(value: Uint8Array): { issuer: string; subject: string }[] {
  const what = 'policyMappings'
  return listOf(sequenceIn(value, what), what, (field) => {
    const reader = sequenceField(field, what)
    const mapping = { issuer: reader.oid(what), subject: reader.oid(what) }
    reader.end(what)
    return mapping
  })
}

/** RFC 5280 §4.2.1.11. */
function policyConstraintsOf(value: Uint8Array): { requireExplicitPolicy?: number; inhibitPolicyMapping?: number } {
  const what = 'policyConstraints'
  const reader = sequenceIn(value, what)
  const explicit = reader.optional(0x80, what)
  const mapping = reader.optional(0x81, what)
  reader.end(what)
  return {
    ...(explicit ? { requireExplicitPolicy: smallIntegerOf(explicit, what) } : {}),
    ...(mapping ? { inhibitPolicyMapping: smallIntegerOf(mapping, what) } : {}),
  }
}

function inhibitAnyPolicyOf(value: Uint8Array): number {
  const field = soleElement(value, 'inhibitAnyPolicy')
  if (field.tag !== universal.integer) throw new MalformedDer('inhibitAnyPolicy')
  return smallIntegerOf(field, 'inhibitAnyPolicy')
}

/** RFC 5280 §4.2.1.10. `minimum` and `maximum` have no use in it: anything but the default is refused. */
function nameConstraintsOf(value: Uint8Array): { permitted: GeneralSubtree[]; excluded: GeneralSubtree[] } {
  const what = 'nameConstraints'
  const reader = sequenceIn(value, what)
  const subtrees = (field: Element | undefined): GeneralSubtree[] => {
    if (!field) return []
    return listOf(DerReader.inside(field), what, (item) => {
      const subtree = sequenceField(item, what)
      const base = generalNameOf(subtree.any(what), what)
      const minimum = subtree.optional(0x80, what)
      if (minimum && smallIntegerOf(minimum, what) !== 0) throw new MalformedDer(what)
      subtree.end(what)
      return { base }
    })
  }
  const permitted = subtrees(reader.optional(0xa0, what))
  const excluded = subtrees(reader.optional(0xa1, what))
  reader.end(what)
  return { permitted, excluded }
}

/** RFC 5280 §4.2.1.13. */
function distributionPointsOf(value: Uint8Array, what: string): DistributionPoint[] {
  return listOf(sequenceIn(value, what), what, (field) => {
    const reader = sequenceField(field, what)
    const point = reader.optional(0xa0, what)
    const reasons = reader.optional(0x81, what)
    const crlIssuer = reader.optional(0xa2, what)
    reader.end(what)
    const name = point ? soleElement(contentOf(point), what) : undefined
    return {
      names: name?.tag === 0xa0 ? generalNamesOf(contentOf(name), what) : [],
      relativeToIssuer: name?.tag === 0xa1,
      ...(name?.tag === 0xa1 ? { relativeName: contentOf(name) } : {}),
      ...(reasons ? { reasons: bitStringOf(reasons, what) } : {}),
      crlIssuer: crlIssuer ? generalNamesOf(contentOf(crlIssuer), what) : [],
    }
  })
}

/** RFC 5280 §4.2.2.1. */
function authorityInfoAccessOf(value: Uint8Array): { method: string; location: GeneralName }[] {
  const what = 'authorityInfoAccess'
  return listOf(sequenceIn(value, what), what, (field) => {
    const reader = sequenceField(field, what)
    const description = { method: reader.oid(what), location: generalNameOf(reader.any(what), what) }
    reader.end(what)
    return description
  })
}

type Decoded = { -readonly [Key in Exclude<keyof Extensions, 'all' | 'malformed'>]?: Extensions[Key] }

const decoders: Readonly<Record<string, (value: Uint8Array) => Decoded>> = {
  [extensionOids.subjectKeyIdentifier]: (value) => ({ subjectKeyIdentifier: keyIdentifierOf(value) }),
  [extensionOids.keyUsage]: (value) => ({ keyUsage: keyUsageOf(value) }),
  [extensionOids.subjectAltName]: (value) => ({ subjectAltName: subjectAltNameOf(value) }),
  [extensionOids.issuerAltName]: (value) => ({ issuerAltName: alternativeNamesOf(value, 'issuerAltName') }),
  [extensionOids.basicConstraints]: (value) => ({ basicConstraints: basicConstraintsOf(value) }),
  [extensionOids.nameConstraints]: (value) => ({ nameConstraints: nameConstraintsOf(value) }),
  [extensionOids.crlDistributionPoints]: (value) => ({
    crlDistributionPoints: distributionPointsOf(value, 'crlDistributionPoints'),
  }),
  [extensionOids.freshestCrl]: (value) => ({ freshestCrl: distributionPointsOf(value, 'freshestCrl') }),
  [extensionOids.certificatePolicies]: (value) => ({ policies: policiesOf(value) }),
  [extensionOids.policyMappings]: (value) => ({ policyMappings: policyMappingsOf(value) }),
  [extensionOids.policyConstraints]: (value) => ({ policyConstraints: policyConstraintsOf(value) }),
  [extensionOids.inhibitAnyPolicy]: (value) => ({ inhibitAnyPolicy: inhibitAnyPolicyOf(value) }),
  [extensionOids.authorityKeyIdentifier]: (value) => ({ authorityKeyIdentifier: authorityKeyIdentifierOf(value) }),
  [extensionOids.extendedKeyUsage]: (value) => ({ extendedKeyUsage: extendedKeyUsageOf(value) }),
  [extensionOids.authorityInfoAccess]: (value) => ({ authorityInfoAccess: authorityInfoAccessOf(value) }),
}

/** Reads the content of the Extensions SEQUENCE; throws MalformedDer only where the list itself is broken. */
export function extensionsOf(sequence: DerReader): Extensions {
  const all: RawExtension[] = []
  const malformed = new Set<string>()
  const seen = new Set<string>()
  const decoded: Decoded = {}
  while (!sequence.atEnd) {
    if (all.length >= extensionLimit) throw new MalformedDer('extensions')
    const reader = sequence.sequence('extensions')
    const oid = reader.oid('extensions')
    const critical = reader.optional(universal.boolean, 'extensions')
    const value = contentOf(reader.expect(universal.octetString, 'extensions'))
    reader.end('extensions')
    all.push({ oid, critical: critical !== undefined && booleanOf(critical, 'extensions'), value })
    // RFC 5280 §4.2: one instance only; of two, readers differ in which one they obey.
    if (seen.has(oid)) malformed.add(oid)
    else Object.assign(decoded, decode(oid, value, malformed))
    seen.add(oid)
  }
  return { all, malformed: [...malformed], ...decoded }
}

function decode(oid: string, value: Uint8Array, malformed: Set<string>): Decoded {
  try {
    return decoders[oid]?.(value) ?? {}
  } catch (error) {
    if (!(error instanceof MalformedDer)) throw error
    malformed.add(oid)
    return {}
  }
}

/** Extensions that path validation understands; any other one that is critical makes a certificate unusable. */
export function isKnownExtension(oid: string): boolean {
  return oid in decoders
}
