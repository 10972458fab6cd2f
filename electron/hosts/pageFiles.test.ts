import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createPageFiles, type PageFiles } from './pageFiles.ts'

let files: PageFiles
let nonces = 0

beforeAll(async () => {
  const top = await mkdtemp(join(tmpdir(), 'siegel-page-'))
  const folder = join(top, 'renderer')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await mkdir(join(top, 'renderer-of-another'))
  await writeFile(join(top, 'secret.js'), 'secret')
  await writeFile(join(top, 'renderer-of-another', 'secret.js'), 'secret')
  await writeFile(join(folder, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">')
  await writeFile(join(folder, 'assets', 'main-abc.js'), 'code')
  await writeFile(join(folder, 'assets', 'main.js.map'), 'map')
  await symlink(join(top, 'secret.js'), join(folder, 'assets', 'link.js'))
  files = createPageFiles({ folder, connect: "'none'", nonce: () => `nonce${++nonces}` })
})

describe('the files of the page', () => {
  it.each(['/', '/index.html'])('are the page itself for %s', async (path) => {
    const page = await files.read(path)
    expect(page?.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page?.headers['cache-control']).toBe('no-store')
  })

  it('are what the bundle made', async () => {
    const script = await files.read('/assets/main-abc.js')
    expect(Buffer.from(script?.body ?? []).toString()).toBe('code')
    expect(script?.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(script?.headers['x-content-type-options']).toBe('nosniff')
  })

  it.each([
    '/contacts',
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/%2e%2e%2fsecret.js',
    '/..%5csecret.js',
    '/assets/..\\..\\secret.js',
    '/%252e%252e/secret.js',
    '/../renderer-of-another/secret.js',
    '//etc/hosts.js',
    '/C:/secret.js',
    '/assets/main-abc.js%00.html',
    '/%ff.js',
    'assets/main-abc.js',
    '/assets/link.js',
    '/assets/main.js.map',
    '/assets/missing.js',
  ])('are not %s', async (path) => {
    expect(await files.read(path)).toBeUndefined()
  })
})

describe('the policy of the page', () => {
  it('has a new nonce for every load, in the header and in the page', async () => {
    const first = await files.read('/')
    const second = await files.read('/')
    const nonceIn = (text: string | undefined) => /nonce\d+/.exec(text ?? '')?.[0]
    expect(nonceIn(first?.headers['content-security-policy'])).toBeDefined()
    expect(nonceIn(Buffer.from(first?.body ?? []).toString())).toBe(nonceIn(first?.headers['content-security-policy']))
    expect(nonceIn(second?.headers['content-security-policy'])).not.toBe(
      nonceIn(first?.headers['content-security-policy']),
    )
  })

  it('allows nothing inline, nothing evaluated and nothing from elsewhere', async () => {
    const policy = (await files.read('/'))?.headers['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  })
})
