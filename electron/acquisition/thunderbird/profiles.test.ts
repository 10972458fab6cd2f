import { describe, expect, it } from 'vitest'
import type { ThunderbirdMachine } from './machine.ts'
import { findProfiles, profilesIn } from './profiles.ts'

const ini = `[Install4F96D1932A9F858E]
Default=Profiles/abcd.default-release
Locked=1

[Profile1]
Name=old
IsRelative=1
Path=Profiles/efgh.old
Default=1

[Profile0]
Name=default-release
IsRelative=1
Path=Profiles/abcd.default-release

[Profile2]
Name=elsewhere
IsRelative=0
Path=/media/mail

[General]
StartWithLastProfile=1
Version=2
`

/** A computer whose files are what a test says. */
function machineWith(platform: NodeJS.Platform, files: Readonly<Record<string, string>>): ThunderbirdMachine {
  const nothing = async (): Promise<never> => {
    throw new Error('not asked for here')
  }
  return {
    platform,
    environment: platform === 'win32' ? { APPDATA: 'C:\\Users\\anna\\AppData\\Roaming' } : {},
    home: platform === 'win32' ? 'C:\\Users\\anna' : '/home/anna',
    run: nothing,
    readText: async (path) => files[path],
    isFile: async (path) => path in files,
    inPrivateFolder: nothing,
    isInUse: async () => false,
    copy: nothing,
    replace: nothing,
    remove: nothing,
    putBack: nothing,
    makeFolder: nothing,
    namesIn: nothing,
    readBytes: nothing,
    minutesSince: nothing,
  }
}

describe('profiles.ini', () => {
  it('names the profiles, and the default of the installation wins over the older mark', () => {
    expect(profilesIn(ini, '/home/anna/.thunderbird', 'linux')).toEqual([
      { name: 'old', folder: '/home/anna/.thunderbird/Profiles/efgh.old', isDefault: false },
      { name: 'default-release', folder: '/home/anna/.thunderbird/Profiles/abcd.default-release', isDefault: true },
      { name: 'elsewhere', folder: '/media/mail', isDefault: false },
    ])
    const older = ini.slice(ini.indexOf('[Profile1]'))
    expect(profilesIn(older, '/h', 'linux').map(({ isDefault }) => isDefault)).toEqual([true, false, false])
  })

  it('is read with the path separators of its system', () => {
    const [first] = profilesIn(ini.replaceAll('\n', '\r\n'), 'C:\\T', 'win32')
    expect(first?.folder).toBe('C:\\T\\Profiles\\efgh.old')
  })

  it('without a usable path names nothing', () => {
    for (const text of [
      '',
      '[Profile0]\nName=x\n',
      '[Profile0]\nName=x\nIsRelative=1\nPath=/etc\n',
      'Path=x',
      '[[[\n==',
    ]) {
      expect(profilesIn(text, '/h', 'linux')).toEqual([])
    }
  })
})

describe('profiles are found', () => {
  it('where each system keeps them, from packages of snap and flatpak as well', async () => {
    const one = '[Profile0]\nName=x\nIsRelative=1\nPath=p\n'
    const places: readonly [NodeJS.Platform, string, string][] = [
      ['linux', '/home/anna/.thunderbird/profiles.ini', '/home/anna/.thunderbird/p'],
      [
        'linux',
        '/home/anna/snap/thunderbird/common/.thunderbird/profiles.ini',
        '/home/anna/snap/thunderbird/common/.thunderbird/p',
      ],
      [
        'linux',
        '/home/anna/.var/app/org.mozilla.Thunderbird/.thunderbird/profiles.ini',
        '/home/anna/.var/app/org.mozilla.Thunderbird/.thunderbird/p',
      ],
      ['darwin', '/home/anna/Library/Thunderbird/profiles.ini', '/home/anna/Library/Thunderbird/p'],
      [
        'win32',
        'C:\\Users\\anna\\AppData\\Roaming\\Thunderbird\\profiles.ini',
        'C:\\Users\\anna\\AppData\\Roaming\\Thunderbird\\p',
      ],
    ]
    for (const [platform, file, folder] of places) {
      const found = await findProfiles(machineWith(platform, { [file]: one }))
      expect(found, file).toEqual([{ name: 'x', folder, isDefault: false }])
    }
  })

  it('each once, the default first, and none where there is no Thunderbird', async () => {
    const found = await findProfiles(machineWith('linux', { '/home/anna/.thunderbird/profiles.ini': ini + ini }))
    expect(found.map(({ name }) => name)).toEqual(['default-release', 'old', 'elsewhere'])
    expect(await findProfiles(machineWith('linux', {}))).toEqual([])
  })
})
