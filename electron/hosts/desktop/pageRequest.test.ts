import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createPageFiles, type PageFiles } from '../pageFiles.ts'
import { answerPageRequest } from './pageRequest.ts'

let files: PageFiles

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'siegel-app-'))
  await writeFile(join(folder, 'index.html'), '<title>Siegel</title>')
  files = createPageFiles({ folder, connect: "'none'", nonce: () => 'nonce' })
})

const get = (url: string, method = 'GET') => answerPageRequest({ url, method }, files)

describe('a request for app://siegel/', () => {
  it('gets the page with its policy', async () => {
    const response = await get('app://siegel/')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<title>Siegel</title>')
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'none'")
  })

  it.each([
    ['app://siegel/../../etc/passwd.html', 404],
    ['app://siegel/%2e%2e/%2e%2e/package.js', 404],
    ['app://siegel/..%2f..%2fdist%2fdesktop%2fmain.js', 404],
    ['app://elsewhere/index.html', 403],
    ['app://siegel.example/index.html', 403],
    ['app://siegel@elsewhere/index.html', 403],
    ['file:///etc/passwd', 403],
  ])('gets nothing for %s', async (url, status) => {
    expect((await get(url)).status).toBe(status)
  })

  it('may only read', async () => {
    expect((await get('app://siegel/', 'POST')).status).toBe(403)
  })
})
