/** Opens the system's browser at an address; where that can't be, the printed address is there to be copied. */

import { spawn } from 'node:child_process'

export function openInBrowser(address: string): void {
  const [command, ...parameters] = commandFor(process.platform)
  if (command === undefined) return
  const child = spawn(command, [...parameters, address], { stdio: 'ignore', detached: true })
  child.on('error', () => child.unref())
  child.unref()
}

function commandFor(platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? ['xdg-open'] : []
}
