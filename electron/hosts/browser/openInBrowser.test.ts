import { expect, it } from 'vitest'
import { openerFor } from './openInBrowser.ts'

const address = 'http://127.0.0.1:33811/#FRGrL4KW2DHE'

it('stands in no command line on macOS, where every user can read them', () => {
  const opener = openerFor(address, 'darwin', {})
  expect(opener?.parameters.join(' ')).not.toContain('FRGr')
  expect(opener?.input).toBe(`open location "${address}"\n`)
})

it('is opened on Linux where there is a screen, and nowhere else', () => {
  expect(openerFor(address, 'linux', { WAYLAND_DISPLAY: 'wayland-0' })?.command).toBe('xdg-open')
  expect(openerFor(address, 'linux', { DISPLAY: '' })).toBeUndefined()
})
