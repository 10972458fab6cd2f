/**
 * MD2 (RFC 1319), from which NSS and the first versions of OpenSSL derive keys under a password. Nothing that is kept up has it,
 * and here it vouches for nothing.
 */

import { concatBytes, hexBytes } from '../base/bytes.ts'

const blockBytes = 16
const rounds = 18

/** A permutation out of the digits of pi. */
const substitution = hexBytes(
  '292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca1e9b573cfdd4e01667426f188a17e512' +
    'be4ec4d6da9ede49a0fbf58ebb2fee7aa968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703' +
    'ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1459d705964718720865bcf65e62da802' +
    '1b6025adaeb0b9f61c46616934407e0f5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52' +
    '6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39f2efb70e6658d0e4a67772f8eb754b0a' +
    '314450b48fed1f1adb998d339f118314',
)

/** 16 bytes. */
export function md2(bytes: Uint8Array): Uint8Array {
  const padding = blockBytes - (bytes.length % blockBytes)
  const padded = concatBytes(bytes, new Uint8Array(padding).fill(padding))
  const text = concatBytes(padded, checksumOf(padded))
  const state = new Uint8Array(3 * blockBytes)
  for (let start = 0; start < text.length; start += blockBytes) {
    for (let index = 0; index < blockBytes; index++) {
      const byte = text[start + index] ?? 0
      state[blockBytes + index] = byte
      state[2 * blockBytes + index] = byte ^ (state[index] ?? 0)
    }
    let last = 0
    for (let round = 0; round < rounds; round++) {
      for (let index = 0; index < state.length; index++) {
        last = (state[index] ?? 0) ^ (substitution[last] ?? 0)
        state[index] = last
      }
      last = (last + round) & 0xff
    }
  }
  return state.slice(0, blockBytes)
}

/** RFC 1319 §3.2, with the erratum that OpenSSL and all others follow: each byte is changed, not replaced. */
function checksumOf(padded: Uint8Array): Uint8Array {
  const checksum = new Uint8Array(blockBytes)
  let last = 0
  for (const [position, byte] of padded.entries()) {
    const index = position % blockBytes
    last = (checksum[index] ?? 0) ^ (substitution[byte ^ last] ?? 0)
    checksum[index] = last
  }
  return checksum
}
