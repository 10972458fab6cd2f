import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultHome } from './defaultHome.ts'
import { launchOptions } from './launchOptions.ts'

describe('where the profile lies', () => {
  it('is the usual place of each platform', () => {
    expect(defaultHome('linux', {}, '/home/anna')).toBe('/home/anna/.config/siegel')
    expect(defaultHome('linux', { XDG_CONFIG_HOME: '/conf' }, '/home/anna')).toBe('/conf/siegel')
    expect(defaultHome('darwin', {}, '/Users/anna')).toBe('/Users/anna/Library/Application Support/Siegel')
    expect(defaultHome('win32', { APPDATA: '/Roaming' }, '/Users/anna')).toBe('/Roaming/Siegel')
  })

  it('is what SIEGEL_HOME names, and before that what the command line names', () => {
    expect(defaultHome('linux', { SIEGEL_HOME: '/elsewhere' }, '/home/anna')).toBe('/elsewhere')
    expect(launchOptions(['--home', '/chosen'])).toEqual({ home: '/chosen', open: false })
    expect(launchOptions(['--no-sandbox', '--home=/chosen', '.', '--open'])).toEqual({ home: '/chosen', open: true })
  })

  it('is a path from the root, also when the command line or the environment names one from here', () => {
    expect(launchOptions(['--home', 'profile'])).toEqual({ home: join(process.cwd(), 'profile'), open: false })
  })

  it('is the usual place again when the command line names none', () => {
    expect(launchOptions(['--home=']).home).toBe(defaultHome())
    expect(launchOptions(['--home']).home).toBe(defaultHome())
  })
})
