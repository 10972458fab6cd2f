import { describe, expect, it } from 'vitest'
import { findSystemStores } from './findSystemStores.ts'
import { testTools } from './testTools.ts'

describe('the stores of a computer', () => {
  const foundOn = async (platform: NodeJS.Platform, files: readonly string[]) => {
    const machine = { ...testTools(() => '', { files }), platform, environment: { XDG_DATA_HOME: '/data' } }
    return (await findSystemStores(machine)).map(({ kind, place }) => `${kind} ${place}`)
  }

  it('of Linux are those whose files are there', async () => {
    const files = ['/home/anna/.pki/nssdb/cert9.db', '/data/pki/nssdb/cert9.db', '/home/anna/.gnupg/pubring.kbx']
    expect(await foundOn('linux', files)).toEqual([
      'nss /home/anna/.pki/nssdb',
      'nss /data/pki/nssdb',
      'gpgsm /home/anna/.gnupg',
    ])
    expect(await foundOn('linux', [])).toEqual([])
  })

  it('of macOS is the login keychain, of Windows the own certificates', async () => {
    const keychain = '/home/anna/Library/Keychains/login.keychain-db'
    expect(await foundOn('darwin', [keychain])).toEqual([`keychain ${keychain}`])
    expect(await foundOn('darwin', [])).toEqual([])
    expect(await foundOn('win32', [])).toEqual(['windows CurrentUser\\My'])
  })

  it('of macOS and Windows have GnuPG’s keyring with them where one is', async () => {
    expect(await foundOn('darwin', ['/home/anna/.gnupg/pubring.kbx'])).toEqual(['gpgsm /home/anna/.gnupg'])
    const roaming = '\\home\\anna\\AppData\\Roaming\\gnupg'
    expect(await foundOn('win32', [`${roaming}\\pubring.kbx`])).toEqual(['windows CurrentUser\\My', `gpgsm ${roaming}`])
  })
})
