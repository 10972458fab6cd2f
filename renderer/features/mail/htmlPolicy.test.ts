import { describe, expect, it } from 'vitest'
import {
  closedDocument,
  type MailPicture,
  pictureBudget,
  pictureSource,
  showablePictures,
  withoutStyles,
} from './htmlPolicy.ts'

describe('a picture in a mail', () => {
  it('is shown when its pixels stand in the mail itself', () => {
    expect(pictureSource('data:image/png;base64,AAAA').kind).toBe('inside')
    expect(pictureSource(' DATA:image/JPEG;base64,AAAA').kind).toBe('inside')
  })

  it('is found by the Content-ID of its part, escaped or not', () => {
    expect(pictureSource('cid:logo@example.org')).toEqual({ kind: 'part', contentId: 'logo@example.org' })
    expect(pictureSource('CID:logo%40example.org')).toEqual({ kind: 'part', contentId: 'logo@example.org' })
    expect(pictureSource('cid:100%')).toEqual({ kind: 'part', contentId: '100%' })
  })

  it('is never fetched from anywhere else, and never a drawing that could carry a program', () => {
    const elsewhere = [
      'https://tracker.example/p.gif',
      '//tracker.example/p.gif',
      'file:///etc/passwd',
      'blob:http://127.0.0.1/1',
      'data:image/svg+xml;base64,AAAA',
      'data:text/html;base64,AAAA',
      'data:image/png',
      'javascript:alert(1)',
      '/favicon.ico',
      '',
    ]
    expect(elsewhere.filter((address) => pictureSource(address).kind !== 'elsewhere')).toEqual([])
  })
})

describe('the parts that may be shown as pictures', () => {
  const picture = (next: Partial<MailPicture> = {}): MailPicture => ({
    mediaType: 'image/png',
    size: 1000,
    contentId: 'a@b',
    ...next,
  })

  it('are pictures with a Content-ID, where the mail refers to any', () => {
    expect(showablePictures('<img src="cid:a@b">', [picture()])).toHaveLength(1)
    expect(showablePictures('<p>no picture</p>', [picture()])).toEqual([])
    const { contentId: _none, ...unnamed } = picture()
    const others = [picture({ mediaType: 'image/svg+xml' }), picture({ mediaType: 'text/html' }), unnamed]
    expect(showablePictures('<img src="cid:a@b">', others)).toEqual([])
  })

  it('end where the budget ends', () => {
    expect(showablePictures('cid:', [picture({ size: pictureBudget.each + 1 })])).toEqual([])
    const large = Array.from({ length: 10 }, () => picture({ size: pictureBudget.each }))
    expect(showablePictures('cid:', large)).toHaveLength(pictureBudget.together / pictureBudget.each)
    const many = Array.from({ length: pictureBudget.count + 5 }, () => picture())
    expect(showablePictures('cid:', many)).toHaveLength(pictureBudget.count)
  })
})

describe('the document of a mail', () => {
  it('forbids everything but pixels in the mail and its own style', () => {
    const text = closedDocument('<p>Hello</p>', 'abc123')
    expect(text).toContain("default-src 'none'; img-src data:; style-src 'nonce-abc123'")
    expect(text).toContain('<body><p>Hello</p></body>')
  })

  it('lets no nonce out of its quotes', () => {
    expect(closedDocument('', '"><script>')).not.toContain('<script>')
  })
})

describe('styles', () => {
  it('are gone before anything is parsed', () => {
    expect(withoutStyles('<style>p{background:url(//x)}</style><p style="color:red">a</p>')).toBe(
      '<p data-style="color:red">a</p>',
    )
    expect(withoutStyles('a<STYLE type="x">p{}</style >b<style/>c</style>d')).toBe('abd')
    expect(withoutStyles('<styled>a</styled>')).toBe('<styled>a</styled>')
  })

  it('without an end take the rest, and a mail full of them takes no time', () => {
    expect(withoutStyles('a<style>b')).toBe('a')
    // Were each gone through to the mail's end, these would not come back.
    withoutStyles('<style '.repeat(1_000_000))
    withoutStyles('<style></style'.repeat(500_000))
  })
})
