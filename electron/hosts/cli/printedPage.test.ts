import { describe, expect, it } from 'vitest'
import { printedPage } from './printedPage.ts'

const page = (file: string) =>
  new TextDecoder().decode(
    printedPage(file, 'en', 'The root of <b>Eve</b>', [
      { text: 'a & b' },
      { code: ['AAAA', 'BBBB', 'CCCC', 'DDDD', 'EEEE'] },
      { steps: ['first', 'second'] },
    ]),
  )

describe('a page for paper', () => {
  it('is HTML by its name, where a name stays text', () => {
    expect(page('root.HTML')).toContain('<title>The root of &lt;b&gt;Eve&lt;/b&gt;</title>')
    expect(page('root.htm')).toContain('<p>a &amp; b</p>')
    expect(page('root.html')).toContain('<li>second</li>')
    expect(page('root.html')).not.toMatch(/src=|href=|<script/)
  })

  it('is plain text otherwise, four groups a line', () => {
    expect(page('root.txt')).toBe(
      'The root of <b>Eve</b>\n\na & b\n\n    AAAA  BBBB  CCCC  DDDD\n    EEEE\n\n1. first\n2. second\n',
    )
  })
})
