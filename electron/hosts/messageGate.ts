/**
 * The first look at a message from the page, before any library reads it: its size, and the outline of a procedure call
 * (oRPC's peer protocol: `i` an identifier, `t` a kind, `p` a payload). What doesn't look like that is not from our page, and
 * the connection ends.
 */

/** The largest call of the contract: 11 MB of base64, or five million characters of text in up to six bytes each. */
export const messageByteLimit = 32 * 1_048_576

const identifierLimit = 64
const kinds = { request: 1, eventIterator: 3, abort: 4 } as const

/** The message when it may pass. Files cross in pieces of base64, so nothing but text is expected. */
export function passableMessage(data: unknown): string | undefined {
  if (typeof data !== 'string' || data.length > messageByteLimit) return undefined
  try {
    return isCall(JSON.parse(data)) ? data : undefined
  } catch {
    // Not JSON.
    return undefined
  }
}

function isCall(message: unknown): boolean {
  if (!isRecord(message)) return false
  const { i: id, t: kind = kinds.request, p: payload } = message
  if (typeof id !== 'string' || id.length === 0 || id.length > identifierLimit) return false
  if (kind === kinds.abort) return true
  if (kind === kinds.eventIterator) return isRecord(payload)
  return kind === kinds.request && isRecord(payload) && isRequest(payload)
}

function isRequest({ u: url, h: headers = {}, m: method = 'POST' }: Record<string, unknown>): boolean {
  return (
    typeof url === 'string' &&
    // The path of a procedure; a whole URL has no use here.
    /^\/[\w/-]*$/.test(url) &&
    method === 'POST' &&
    isRecord(headers) &&
    Object.entries(headers).every(([name, value]) => typeof value === 'string' && !isBodyHeader(name))
  )
}

/** These would make the library build a file or a form from the body; no procedure takes one. */
function isBodyHeader(name: string): boolean {
  return /^content-disposition$/i.test(name) || /^content-type$/i.test(name)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
