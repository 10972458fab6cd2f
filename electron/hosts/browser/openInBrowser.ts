/** Opens the system's browser at an address; where that can't be, the printed address is there to be copied. */

import { spawn } from 'node:child_process'

interface Opener {
  readonly command: string
  readonly parameters: readonly string[]
  readonly input?: string
}

export function openInBrowser(address: string): void {
  const opener = openerFor(address, process.platform, process.env)
  if (!opener) return
  const child = spawn(opener.command, opener.parameters, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  child.on('error', () => child.unref())
  // It may have ended before it read anything.
  child.stdin.on('error', () => undefined).end(opener.input)
  child.unref()
}

/**
 * What opens an address. Other users can read command lines: on Windows they can't, on Linux the address is of no use to them
 * (connectionOwner.ts), on macOS it goes in unseen.
 */
export function openerFor(
  address: string,
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): Opener | undefined {
  if (platform === 'darwin') {
    return { command: 'osascript', parameters: ['-'], input: `open location ${JSON.stringify(address)}\n` }
  }
  if (platform === 'win32') return { command: 'rundll32', parameters: ['url.dll,FileProtocolHandler', address] }
  const hasScreen = Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY'])
  return hasScreen ? { command: 'xdg-open', parameters: [address] } : undefined
}
