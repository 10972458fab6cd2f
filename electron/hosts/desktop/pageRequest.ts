/** One request of the window for one of its own files. Apart from Electron, so that it can be attacked in a test. */

import type { PageFiles } from '../pageFiles.ts'

export const pageOrigin = 'app://siegel'

export async function answerPageRequest(
  request: { readonly url: string; readonly method: string },
  files: PageFiles,
): Promise<Response> {
  // Not through URL: it would resolve `..` before anybody could refuse it.
  const path = /^app:\/\/siegel(\/[^?#]*)/.exec(request.url)?.[1]
  if (path === undefined || request.method !== 'GET') return new Response(undefined, { status: 403 })
  const file = await files.read(path)
  if (!file) return new Response(undefined, { status: 404 })
  return new Response(new Uint8Array(file.body), { headers: file.headers })
}
