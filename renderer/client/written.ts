/**
 * Whether a file that the page gave away was written. The desktop asks where it shall go, and its main process tells what became
 * of it. A browser tells its pages nothing: it mostly writes into its folder for downloads without a question, and is believed.
 */

/** `url` names the blob. To be asked right after the click. */
export function isWritten(url: string, page: Window = window): Promise<boolean> {
  if (/^https?:$/.test(page.location.protocol)) return Promise.resolve(true)
  return new Promise((resolve) => {
    const hear = ({ source, data }: MessageEvent) => {
      // A frame (a mail's HTML) could post the same: only the window itself, where the preload lives, is believed.
      if (source !== page || !isOutcome(data) || data.siegelSaved !== url) return
      page.removeEventListener('message', hear)
      resolve(data.written)
    }
    page.addEventListener('message', hear)
  })
}

function isOutcome(data: unknown): data is { readonly siegelSaved: string; readonly written: boolean } {
  return typeof data === 'object' && data !== null && 'siegelSaved' in data && 'written' in data
}
