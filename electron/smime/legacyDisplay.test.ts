import { describe, expect, it } from 'vitest'
import { withoutLegacyHtml, withoutLegacyText } from './legacyDisplay.ts'

const element = '<div class="header-protection-legacy-display"><pre>Subject: s</pre></div>'

describe('a legacy display element', () => {
  it('goes from the start of a plain text, folded fields too', () => {
    expect(withoutLegacyText('Subject: a\r\n b\r\nFrom: c\r\n\r\nHello: world\r\n')).toBe('Hello: world\r\n')
  })

  it.each(['Hello\r\n\r\nSubject: s', 'Subject: s', '', '\r\nSubject: s\r\n\r\n'])('is not in %j', (text) => {
    expect(withoutLegacyText(text)).toBe(text)
  })

  it('goes from the start of an HTML body', () => {
    const page = (lead: string) => `<html><head><title>İ</title></head><body class="x">${lead}<p>text</p></body></html>`
    expect(withoutLegacyHtml(page(element))).toBe(page(''))
    expect(withoutLegacyHtml(`${element}text`)).toBe('text')
  })

  it('is left where it comes after text, or never ends', () => {
    for (const html of [`<body>text${element}`, '<div class="header-protection-legacy-display">text', '<p>x</p>']) {
      expect(withoutLegacyHtml(html)).toBe(html)
    }
  })

  it('takes linear time to look for', () => {
    for (const piece of [' ', '<body', '<div class="', 'A:', ' \r', '\n']) {
      withoutLegacyText(`A: b\r\n${piece.repeat(300_000)}`)
      withoutLegacyHtml(piece.repeat(300_000) + element)
    }
  })
})
