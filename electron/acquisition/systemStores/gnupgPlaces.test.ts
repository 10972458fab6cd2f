import { describe, expect, it } from 'vitest'
import { gnupgFolderOf, gpgsmProgram } from './gnupgPlaces.ts'

const anna = { linux: '/home/anna', darwin: '/Users/anna', win32: 'C:\\Users\\anna' }

function computer(platform: keyof typeof anna, files: readonly string[], environment: Record<string, string> = {}) {
  return { platform, home: anna[platform], environment, isFile: async (path: string) => files.includes(path) }
}

describe("GnuPG's folder", () => {
  it('lies in the person’s own, on Windows with the settings of programs, and where GNUPGHOME says', async () => {
    expect(await gnupgFolderOf(computer('linux', ['/home/anna/.gnupg/pubring.kbx']))).toBe('/home/anna/.gnupg')
    expect(await gnupgFolderOf(computer('darwin', ['/Users/anna/.gnupg/pubring.kbx']))).toBe('/Users/anna/.gnupg')
    const roaming = 'C:\\Users\\anna\\AppData\\Roaming\\gnupg'
    expect(await gnupgFolderOf(computer('win32', [`${roaming}\\pubring.kbx`]))).toBe(roaming)
    const moved = computer('win32', ['D:\\Roaming\\gnupg\\pubring.kbx'], { APPDATA: 'D:\\Roaming' })
    expect(await gnupgFolderOf(moved)).toBe('D:\\Roaming\\gnupg')
    expect(await gnupgFolderOf(computer('darwin', ['/g/pubring.kbx'], { GNUPGHOME: '/g' }))).toBe('/g')
  })

  it('of GnuPG 2.4 has a database', async () => {
    const roaming = 'C:\\Users\\anna\\AppData\\Roaming\\gnupg'
    expect(await gnupgFolderOf(computer('win32', [`${roaming}\\public-keys.d\\pubring.db`]))).toBe(roaming)
    expect(await gnupgFolderOf(computer('linux', ['/home/anna/.gnupg/public-keys.d/pubring.db']))).toBeDefined()
  })

  it('without a keyring is none', async () => {
    expect(await gnupgFolderOf(computer('linux', ['/home/anna/.gnupg/gpg.conf']))).toBeUndefined()
  })
})

describe('gpgsm', () => {
  it.each([
    ['GPG Suite', 'darwin', '/usr/local/MacGPG2/bin/gpgsm', {}],
    ['Homebrew', 'darwin', '/opt/homebrew/bin/gpgsm', {}],
    ['MacPorts', 'darwin', '/opt/local/bin/gpgsm', {}],
    ['a PATH', 'darwin', '/nix/bin/gpgsm', { PATH: '/usr/bin:/nix/bin' }],
    ['Gpg4win before 5', 'win32', 'C:\\Program Files (x86)\\GnuPG\\bin\\gpgsm.exe', {}],
    ['Gpg4win 5', 'win32', 'C:\\Program Files\\GnuPG\\bin\\gpgsm.exe', {}],
    ['Gpg4win on another disk', 'win32', 'D:\\Apps\\GnuPG\\bin\\gpgsm.exe', { 'ProgramFiles(x86)': 'D:\\Apps' }],
    ['a PATH of Windows', 'win32', 'E:\\gnupg\\gpgsm.exe', { PATH: 'C:\\Windows;E:\\gnupg' }],
  ] as const)('of %s is run where it is', async (_, platform, program, environment) => {
    expect(await gpgsmProgram(computer(platform, [program], environment))).toBe(program)
    expect(await gpgsmProgram(computer(platform, [], environment))).toBeUndefined()
  })

  it('in a folder that a PATH names from where Siegel was started is not taken', async () => {
    const beside = computer('win32', ['gpgsm.exe', '.\\gpgsm.exe', 'bin\\gpgsm.exe'], { PATH: '.;bin;' })
    expect(await gpgsmProgram(beside)).toBeUndefined()
  })

  it('of Linux is looked for by the system', async () => {
    expect(await gpgsmProgram(computer('linux', []))).toBe('gpgsm')
  })
})
