/** Where the profile lies when nobody says otherwise. */

import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder of the profile: SIEGEL_HOME, else the platform's usual place. */
export function defaultHome(
  platform: NodeJS.Platform = process.platform,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  userFolder = homedir(),
): string {
  const chosen = environment['SIEGEL_HOME']
  if (chosen) return chosen
  if (platform === 'win32') return join(environment['APPDATA'] ?? join(userFolder, 'AppData', 'Roaming'), 'Siegel')
  if (platform === 'darwin') return join(userFolder, 'Library', 'Application Support', 'Siegel')
  return join(environment['XDG_CONFIG_HOME'] || join(userFolder, '.config'), 'siegel')
}
