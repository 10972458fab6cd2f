/**
 * Where Thunderbird keeps its profiles: `profiles.ini` in the places that each system and each way of packaging has
 * (support.mozilla.org, "Profiles - Where Thunderbird stores your messages and other user data").
 */

import { posix, win32 } from 'node:path'
import type { ThunderbirdMachine } from './machine.ts'

export interface ThunderbirdProfile {
  /** As Thunderbird's own profile manager shows it. */
  readonly name: string
  readonly folder: string
  /** The one that opens when Thunderbird is started. */
  readonly isDefault: boolean
}

/** Some 100 bytes for each profile; more than this is no `profiles.ini`. */
const iniByteLimit = 262_144
/** People have one to three; the sum over all places. */
const profileLimit = 50

/** Every profile that the computer's places name, the default ones first. */
export async function findProfiles(machine: ThunderbirdMachine): Promise<ThunderbirdProfile[]> {
  const found: ThunderbirdProfile[] = []
  for (const place of placesOf(machine)) {
    const ini = await machine.readText(pathsOf(machine.platform).join(place, 'profiles.ini'), iniByteLimit)
    if (ini !== undefined) found.push(...profilesIn(ini, place, machine.platform))
  }
  const once = new Map(found.map((profile) => [profile.folder, profile]))
  return [...once.values()]
    .sort((left, right) => Number(right.isDefault) - Number(left.isDefault))
    .slice(0, profileLimit)
}

function pathsOf(platform: NodeJS.Platform): typeof posix {
  return platform === 'win32' ? win32 : posix
}

/** The folders that may hold `profiles.ini`. */
function placesOf({ platform, environment, home }: ThunderbirdMachine): string[] {
  const { join } = pathsOf(platform)
  switch (platform) {
    case 'win32':
      return [join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Thunderbird')]
    case 'darwin':
      return [join(home, 'Library', 'Thunderbird')]
    default:
      return [
        join(home, '.thunderbird'),
        join(home, 'snap', 'thunderbird', 'common', '.thunderbird'),
        join(home, '.var', 'app', 'org.mozilla.Thunderbird', '.thunderbird'),
        join(home, '.var', 'app', 'org.mozilla.thunderbird', '.thunderbird'),
        // Debian's name for it until 2017.
        join(home, '.icedove'),
      ]
  }
}

/**
 * The profiles of one `profiles.ini`. A `[ProfileN]` section has Name, Path and IsRelative; an `[InstallX]` section names the
 * default of one installation and wins over the older `Default=1`.
 */
export function profilesIn(ini: string, place: string, platform: NodeJS.Platform): ThunderbirdProfile[] {
  const { isAbsolute, join } = pathsOf(platform)
  const sections = sectionsOf(ini)
  const folderOf = (path: string): string => (isAbsolute(path) ? path : join(place, ...path.split('/')))
  const installed = sections.filter(({ title }) => title.startsWith('Install'))
  const defaults = installed.flatMap(({ values }) => {
    const path = values.get('Default')
    return path === undefined || path === '' ? [] : [folderOf(path)]
  })
  return sections.flatMap(({ title, values }) => {
    const path = values.get('Path')
    if (!/^Profile\d+$/.test(title) || path === undefined || path === '') return []
    const isRelative = values.get('IsRelative') !== '0'
    // A relative path may not be written as an absolute one, nor the other way round.
    if (isRelative === isAbsolute(path)) return []
    const folder = folderOf(path)
    const isDefault = defaults.length > 0 ? defaults.includes(folder) : values.get('Default') === '1'
    return [{ name: values.get('Name') ?? path, folder, isDefault }]
  })
}

interface Section {
  readonly title: string
  readonly values: ReadonlyMap<string, string>
}

function sectionsOf(ini: string): Section[] {
  const sections: { title: string; values: Map<string, string> }[] = []
  for (const line of ini.split(/\r?\n/)) {
    const title = /^\[(.+)\]\s*$/.exec(line)?.[1]
    if (title !== undefined) sections.push({ title, values: new Map() })
    const equals = line.indexOf('=')
    if (title === undefined && equals > 0) sections.at(-1)?.values.set(line.slice(0, equals), line.slice(equals + 1))
  }
  return sections
}
