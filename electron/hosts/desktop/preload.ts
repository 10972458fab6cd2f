/**
 * Runs in the page's process, in a world of its own, before the page: makes the channel and gives one end to the main
 * process, the other to the page. It exposes nothing else.
 */

import { ipcRenderer } from 'electron'

// By then the page's script has run and listens.
window.addEventListener('DOMContentLoaded', () => {
  const channel = new MessageChannel()
  ipcRenderer.postMessage('siegel:port', undefined, [channel.port1])
  window.postMessage('siegel:port', window.location.origin, [channel.port2])
})
