/**
 * The renderer's files as both hosts serve them: nothing outside of their folder, only the kinds of file that a bundle
 * has, and the headers that confine the page.
 */

import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** The renderer marks with this where the nonce for its style elements goes. */
const noncePlaceholder = '__CSP_NONCE__'

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

export interface PageFile {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface PageFiles {
  /**
   * The file for a URL's path as it was sent (percent-encoded), or undefined. `/` is the page itself; its places are named in
   * the fragment, which no host sees.
   */
  read(pathname: string): Promise<PageFile | undefined>
}

export interface PageFilesOptions {
  /** The bundled renderer's folder. */
  readonly folder: string
  /** What the page may connect to, in the words of `connect-src`. */
  readonly connect: string
  /** A fresh nonce for each load of the page. */
  readonly nonce: () => string
}

export function createPageFiles({ folder, connect, nonce }: PageFilesOptions): PageFiles {
  const ahead = readAhead(folder)
  return {
    async read(pathname) {
      const name = fileNameOf(pathname)
      if (name === undefined) return undefined
      const type = mediaTypes[extname(name)]
      const file = type && (await insideOf(folder, name))
      if (!type || !file) return undefined
      if (name !== 'index.html') {
        // The bundle's file names carry a digest of their content.
        const caching = name.startsWith('assets/') ? 'private, max-age=31536000, immutable' : 'no-store'
        return {
          body: (await ahead).get(name) ?? (await readFile(file)),
          headers: { ...fixedHeaders, 'content-type': type, 'cache-control': caching },
        }
      }
      const value = nonce()
      const html = (await readFile(file, 'utf8')).replaceAll(noncePlaceholder, value)
      return {
        body: Buffer.from(html),
        headers: {
          ...fixedHeaders,
          'content-type': type,
          'cache-control': 'no-store',
          'content-security-policy': contentSecurityPolicy(connect, value),
        },
      }
    },
  }
}

/**
 * What the page asks for first, read while its process starts: the files that index.html names. A missing folder shows itself
 * when something is asked for.
 */
async function readAhead(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const html = await readFile(join(folder, 'index.html'), 'utf8').catch(() => '')
  const names = [...html.matchAll(/"\.\/(assets\/[A-Za-z0-9_.-]+\.(?:js|css))"/g)].map(([, name = '']) => name)
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name)).catch(() => undefined)] as const),
  )
  return new Map(files.flatMap(([name, bytes]) => (bytes ? [[name, bytes] as const] : [])))
}

/** The path below the renderer's folder that a URL names; undefined for one that tries to leave it. */
function fileNameOf(pathname: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  // After decoding, so that %2e%2e and %5c are seen. A second decoding never happens, so %252e stays a name.
  if (!decoded.startsWith('/') || /[\\\0:]/.test(decoded)) return undefined
  const segments = decoded.slice(1).split('/')
  if (segments.some((segment) => segment === '.' || segment === '..')) return undefined
  return decoded === '/' ? 'index.html' : segments.join('/')
}

/** The real file, where it is one and no symbolic link leads out of the folder. */
async function insideOf(folder: string, name: string): Promise<string | undefined> {
  try {
    const [top, file] = await Promise.all([realpath(folder), realpath(join(folder, name))])
    return file.startsWith(top + sep) ? file : undefined
  } catch {
    // Not there.
    return undefined
  }
}

const fixedHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=()',
}

/**
 * No inline script, no eval, nothing from elsewhere. Style elements carry the nonce. Pictures inside a mail come as data: or
 * blob:, never from the network, so that opening a mail tells nobody.
 */
function contentSecurityPolicy(connect: string, nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connect}`,
    "frame-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
