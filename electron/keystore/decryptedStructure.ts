/** What a right password leaves: everything under one, a key as well as SafeContents, is one SEQUENCE in ASN.1. */

import { encodingOf, universal } from '../asn1/der.ts'
import { DerReader } from '../asn1/derReader.ts'

/** The SEQUENCE that plain bytes consist of; padding of a wrong key fits by chance once in 256 times. */
export function firstSequenceOf(plain: Uint8Array): Uint8Array | undefined {
  if (plain[0] !== universal.sequence) return undefined
  try {
    const reader = new DerReader(plain)
    const element = reader.any('plain')
    return reader.atEnd ? encodingOf(element) : undefined
  } catch {
    // MalformedDer: no structure, so no plain text.
    return undefined
  }
}
