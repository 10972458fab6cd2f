/** The window's own protocol: app://siegel/ serves the bundled renderer and nothing else. */

import { fileURLToPath } from 'node:url'
import { protocol, type Session } from 'electron'
import { systemRandom } from '../../base/random.ts'
import { randomId } from '../../crypto/identifier.ts'
import { createPageFiles } from '../pageFiles.ts'
import { answerPageRequest } from './pageRequest.ts'

const scheme = 'app'

/** Before the application is ready: a standard scheme has an origin, so that the policy's 'self' means something. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }])
}

/** The page asks for its scripts and styles in one go; when nothing more came for this long (milliseconds), it has them. */
const quiet = 15

/** Answers the page's requests. Resolves when the page has what it needs to draw. */
export function servePage(session: Session): Promise<void> {
  const files = createPageFiles({
    folder: fileURLToPath(new URL('../renderer', import.meta.url)),
    // Everything goes over the port; the page itself has nothing to fetch.
    connect: "'none'",
    nonce: () => randomId(systemRandom),
  })
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    session.protocol.handle(scheme, async (request) => {
      const response = await answerPageRequest(request, files)
      clearTimeout(timer)
      if (!request.url.endsWith('/')) timer = setTimeout(resolve, quiet)
      return response
    })
  })
}
