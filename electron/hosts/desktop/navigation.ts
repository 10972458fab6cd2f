/** What a page may not do: go elsewhere, open windows, embed pages, use devices, load anything over the network. */

import type { App, Session, WebContents } from 'electron'

/** Of the page's own making or from its own protocol; nothing here reaches the network or the disk. */
const localSchemes = /^(app:\/\/siegel\/|blob:app:\/\/siegel\/|data:|devtools:)/

export function confineEveryPage(app: App): void {
  app.on('web-contents-created', (_event, contents) => confinePage(contents))
}

function confinePage(contents: WebContents): void {
  const deny = (event: { preventDefault(): void }) => event.preventDefault()
  contents.on('will-navigate', deny)
  contents.on('will-redirect', deny)
  contents.on('will-frame-navigate', (event) => {
    // A mail is shown in a frame whose text the page writes itself (srcdoc); links in it lead nowhere.
    if (event.isMainFrame || event.url !== 'about:srcdoc') event.preventDefault()
  })
  contents.on('will-attach-webview', deny)
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

export function confineSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isHarmless(permission)))
  session.setPermissionCheckHandler((_contents, permission) => isHarmless(permission))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !localSchemes.test(details.url) }))
  session.on('will-download', (event, item, contents) => {
    const url = item.getURL()
    // Files leave as blobs that the page made from pieces; an address of elsewhere is never fetched.
    if (!url.startsWith('blob:app://siegel/')) return event.preventDefault()
    // Also where the person closes the question where it shall go, or the disk has no room.
    item.once('done', (_done, state) => {
      if (!contents.isDestroyed()) contents.send('siegel:saved', { siegelSaved: url, written: state === 'completed' })
    })
  })
}

/** Putting a fingerprint on the clipboard takes a click already. Everything else that Chromium can ask for is refused. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write'
}
