/**
 * Which URLs a CA may send Siegel to. A directory is an instruction to talk to whatever it names, so a lying one could
 * make this machine knock at its own or its neighbours' doors.
 */

/** Longer ones than this no browser takes. */
const longestUrl = 2_048

/**
 * The URL to use, or undefined when it must not be followed: always https, no credentials inside, and a host on this
 * machine or in a private network only if the directory itself lives on that very origin (the sandbox, a company's CA).
 */
export function allowedLocation(url: string, directoryUrl: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const target = new URL(url)
  if (target.protocol !== 'https:' || target.username || target.password) return undefined
  if (target.origin === new URL(directoryUrl).origin) return target.href
  return isInside(target.hostname) ? undefined : target.href
}

/** Names and address literals that mean this machine or its own network (RFC 6761, RFC 1918, RFC 4193, RFC 3927). */
function isInside(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  if (host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local') || !host.includes('.')) return true
  // WHATWG URLs spell every IPv4 literal as four decimal numbers, and IPv6 in brackets; an IPv6 literal has no dot.
  const parts = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host)
  if (!parts) return false
  const [first, second] = [Number(parts[1]), Number(parts[2])]
  if (first === 0 || first === 10 || first === 127 || first >= 224) return true
  if (first === 100) return second >= 64 && second < 128
  if (first === 169) return second === 254
  if (first === 172) return second >= 16 && second < 32
  return first === 192 && second === 168
}

/** Whether a browser shows it as a page: what a CA wants a person to read, and nothing that does something instead. */
export function isPage(url: string): boolean {
  return url.length <= longestUrl && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}
