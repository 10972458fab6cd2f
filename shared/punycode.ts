/** Reads what stands behind "xn--" in a domain's label (RFC 3492 §6.2). Only that: whether the label may be shown, others decide. */

const base = 36
const leastThreshold = 1
const mostThreshold = 26
const skew = 38
const damp = 700
const firstBias = 72
const firstCode = 128

/** DNS's own bound for a label; each of its characters is one turn of the loop at most. */
const longestLabel = 63

/** Undefined where it is no Punycode. */
export function readPunycode(encoded: string): string | undefined {
  if (encoded.length > longestLabel || !/^[a-z0-9-]+$/i.test(encoded)) return undefined
  const delimiter = encoded.lastIndexOf('-')
  // Nothing writes a delimiter with nothing before it (§6.3): two spellings would mean the same.
  if (delimiter === 0) return undefined
  const output = [...encoded.slice(0, Math.max(delimiter, 0))].map((letter) => letter.charCodeAt(0))
  let at = delimiter < 0 ? 0 : delimiter + 1
  let code = firstCode
  let index = 0
  let bias = firstBias
  while (at < encoded.length) {
    const before = index
    let weight = 1
    for (let step = base; ; step += base) {
      const digit = digitOf(encoded.charCodeAt(at))
      at += 1
      if (digit === undefined) return undefined
      index += digit * weight
      // Far beyond every code point: it would go on to where numbers lose their last digits.
      if (index > 0x7fffffff) return undefined
      const threshold = Math.min(Math.max(step - bias, leastThreshold), mostThreshold)
      if (digit < threshold) break
      weight *= base - threshold
    }
    const length = output.length + 1
    bias = adapted(index - before, length, before === 0)
    code += Math.floor(index / length)
    index %= length
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
    output.splice(index, 0, code)
    index += 1
  }
  return String.fromCodePoint(...output)
}

/** NaN, past the end, is no digit. */
function digitOf(character: number): number | undefined {
  if (character >= 0x30 && character <= 0x39) return character - 0x30 + 26
  const letter = character | 0x20
  return letter >= 0x61 && letter <= 0x7a ? letter - 0x61 : undefined
}

/** §6.1 */
function adapted(delta: number, length: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? damp : 2))
  rest += Math.floor(rest / length)
  let step = 0
  while (rest > ((base - leastThreshold) * mostThreshold) / 2) {
    rest = Math.floor(rest / (base - leastThreshold))
    step += base
  }
  return step + Math.floor(((base - leastThreshold + 1) * rest) / (rest + skew))
}
