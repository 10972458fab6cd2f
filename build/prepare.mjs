/** Makes dist/ where it is missing or older than the sources: the set-up, then the bundle with Node 24. */

import { pathToFileURL } from 'node:url'
import { setup } from './setup.mjs'
import { fail, node, root, run } from './tools.mjs'

export async function prepare(options) {
  await setup(options)
  // After the set-up: bundling needs the dependencies.
  const { isStale } = await import('./bundle.mjs')
  if (!isStale()) return
  const { code } = await run(node(), [`${root}build/bundle.mjs`, 'if-stale'])
  if (code !== 0) fail('Siegel could not be bundled; the lines above say why.')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await prepare({ electron: 'leave' })
