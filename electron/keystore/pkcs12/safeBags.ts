/** The bags inside PKCS#12 contents (RFC 7292 §4.2): what they hold and what they are called. Reading throws MalformedDer. */

import { contentOf, type Element, encodingOf, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer, soleElement } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { hexText } from '../../base/bytes.ts'

export interface BagNames {
  /** Joins a key with its certificate; lower-case hexadecimal. */
  readonly localKeyId?: string
  readonly friendlyName?: string
}

export type Bag = BagNames &
  (
    | { readonly kind: 'key'; readonly pkcs8: Uint8Array }
    /** An EncryptedPrivateKeyInfo. */
    | { readonly kind: 'shrouded-key'; readonly encrypted: Element }
    | { readonly kind: 'certificate'; readonly der: Uint8Array }
  )

/** Files with whole root stores hold some 150 bags. */
export const bagLimit = 1_000
/** SafeContents inside SafeContents: nobody nests them, but the format allows it without end. */
const nestingLimit = 4

export class TooManyBags extends Error {}

/** Reads SafeContents. CRLs, secrets and other certificate types are passed over. */
export function readBags(safeContents: Uint8Array, found: Bag[] = [], depth = nestingLimit): Bag[] {
  const contents = soleElement(safeContents, 'safeContents')
  if (contents.tag !== universal.sequence) throw new MalformedDer('safeContents')
  for (const element of DerReader.inside(contents).rest('safeBag')) {
    const bag = DerReader.inside(element)
    const kind = bag.oid('bagId')
    const value = DerReader.inside(bag.expect(0xa0, 'bagValue'))
    const names = namesOf(bag.optional(universal.set, 'bagAttributes'))
    if (found.length >= bagLimit) throw new TooManyBags()
    if (kind === oids.keyBag) {
      found.push({ kind: 'key', pkcs8: encodingOf(value.expect(universal.sequence, 'keyBag')), ...names })
    } else if (kind === oids.shroudedKeyBag) {
      found.push({ kind: 'shrouded-key', encrypted: value.expect(universal.sequence, 'shroudedKeyBag'), ...names })
    } else if (kind === oids.certBag) {
      const certificate = value.sequence('certBag')
      if (certificate.oid('certId') !== oids.x509Certificate) continue
      const der = DerReader.inside(certificate.expect(0xa0, 'certValue')).octetString('certValue')
      found.push({ kind: 'certificate', der, ...names })
    } else if (kind === oids.safeContentsBag) {
      if (depth === 0) throw new TooManyBags()
      readBags(encodingOf(value.expect(universal.sequence, 'safeContentsBag')), found, depth - 1)
    }
  }
  return found
}

/** Names are for people: ones that can't be read don't keep a key out. */
function namesOf(attributes: Element | undefined): BagNames {
  if (!attributes) return {}
  try {
    return readNames(attributes)
  } catch (error) {
    if (error instanceof MalformedDer) return {}
    throw error
  }
}

function readNames(attributes: Element): BagNames {
  let localKeyId: string | undefined
  let friendlyName: string | undefined
  for (const element of DerReader.inside(attributes).rest('bagAttribute')) {
    const attribute = DerReader.inside(element)
    const type = attribute.oid('attributeType')
    const values = DerReader.inside(attribute.expect(universal.set, 'attributeValues'))
    if (values.atEnd) continue
    const value = values.any('attributeValue')
    if (type === oids.localKeyId && value.tag === universal.octetString) localKeyId = hexText(contentOf(value))
    if (type === oids.friendlyName && value.tag === universal.bmpString) friendlyName = bmpText(contentOf(value))
  }
  return {
    ...(localKeyId === undefined ? {} : { localKeyId }),
    ...(friendlyName === undefined ? {} : { friendlyName }),
  }
}

function bmpText(content: Uint8Array): string {
  const even = Uint8Array.from(content.subarray(0, Math.min(content.length & ~1, 512)))
  return Buffer.from(even).swap16().toString('utf16le')
}
