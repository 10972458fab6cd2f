/** Whom an address leads to, as a person reads it: host and port. */

/** The beginning of the text itself where it is no URL. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url.slice(0, 100)
}
