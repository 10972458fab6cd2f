/** Whether what was typed can be the key that an authority hands out for external account binding (RFC 8555 §7.3.4): base64url. */

/** At least 128 bits; some authorities pad it although the standard doesn't. */
const form = /^[A-Za-z0-9_-]{22,1024}={0,2}$/

export function isHmacKey(typed: string): boolean {
  return form.test(typed.trim())
}
