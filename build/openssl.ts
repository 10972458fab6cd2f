/** Whether tests can ask the machine's openssl; whatever needs it is skipped elsewhere. */

import { spawnSync } from 'node:child_process'

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

if (!hasOpenssl) console.warn('skipped: what asks openssl, which is not installed')
