/**
 * Runs in the page's process, in a world of its own, before the page: makes the channel and gives one end to the main
 * process, the other to the page; and tells the page what became of a file that the person was to save. It exposes nothing else.
 */

import { ipcRenderer } from 'electron'

ipcRenderer.on('siegel:saved', (_event, outcome: unknown) => window.postMessage(outcome, window.location.origin))

// By then the page's script has run and listens.
window.addEventListener('DOMContentLoaded', () => {
  const channel = new MessageChannel()
  ipcRenderer.postMessage('siegel:port', undefined, [channel.port1])
  window.postMessage('siegel:port', window.location.origin, [channel.port2])
})
