import { describe, expect, it } from 'vitest'
import { generatedPart, tableLines, withGeneratedPart } from './generatedPart.ts'

const text = 'before\n<!-- speed: begin -->\n\nold\n\n<!-- speed: end -->\nafter\n'

describe('a generated part', () => {
  it('is replaced, and nothing around it', () => {
    expect(generatedPart(text, 'speed')).toBe('old')
    const renewed = withGeneratedPart(text, 'speed', 'new')
    expect(generatedPart(renewed, 'speed')).toBe('new')
    expect(renewed).toBe(text.replace('old', 'new'))
  })

  it('needs its marks', () => {
    expect(generatedPart(text, 'size')).toBe('')
    expect(() => withGeneratedPart(text, 'size', 'new')).toThrow('size: begin')
  })
})

it('aligns a table', () => {
  expect(
    tableLines([
      ['a', 'long head'],
      ['longer', 'b'],
    ]),
  ).toEqual(['| a      | long head |', '| ------ | --------- |', '| longer | b         |'])
})
