import { describe, expect, it } from 'vitest'
import { isWritten } from './written.ts'

const url = 'blob:app://siegel/one'

/** A page's window, as far as it is asked. */
function page(protocol: string) {
  const target = new EventTarget()
  const own = Object.assign(target, { location: { protocol } }) as unknown as Window
  const say = (data: unknown, source: unknown = own) =>
    target.dispatchEvent(Object.assign(new Event('message'), { data, source }))
  return { own, say }
}

describe('a file that the page gave away', () => {
  it('counts in the desktop as its main process says, and by nobody else’s word', async () => {
    for (const written of [true, false]) {
      const { own, say } = page('app:')
      const answer = isWritten(url, own)
      say({ siegelSaved: url, written: !written }, {})
      say({ siegelSaved: 'blob:app://siegel/two', written: !written })
      say('siegel:port')
      say(null)
      say({ siegelSaved: url, written })
      say({ siegelSaved: url, written: !written })
      expect(await answer).toBe(written)
    }
  })

  it('counts in a browser, which says nothing about it', async () => {
    expect(await isWritten(url, page('http:').own)).toBe(true)
  })
})
