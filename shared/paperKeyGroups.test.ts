import { expect, it } from 'vitest'
import { paperKeyGroupStates } from './paperKeyGroups.ts'

const key = 'AQPM5 0W35Z R4G0N FNN0H YZJVJ 76ZW3 NGEJR 4R3KK'
const groups = key.split(' ')
const all = (state: string, length = 8) => Array.from({ length }, () => state)

it('says of each group how far it is while it is typed, divided or in one piece', () => {
  expect(paperKeyGroupStates('')).toEqual(all('missing'))
  expect(paperKeyGroupStates('AQPM5 0W3')).toEqual(['fits', 'begun', ...all('missing', 6)])
  for (const typed of [key, key.toLowerCase(), key.replaceAll(' ', '-'), key.replaceAll(' ', ''), ` ${key}\n`]) {
    expect(paperKeyGroupStates(typed)).toEqual(all('fits'))
  }
  expect(paperKeyGroupStates(key.replaceAll('0', 'o'))).toEqual(all('fits'))
})

it('puts one group wrong for one wrong, missing or exchanged character, and no other one', () => {
  for (const wrong of ['0W36Z', '0W35', '0W3Z5', 'U']) {
    expect(paperKeyGroupStates(groups.with(1, wrong).join(' '))).toEqual(all('fits').with(1, 'other'))
  }
})

it('puts a group wrong that stands in the place of another', () => {
  const exchanged = groups.with(2, groups[3] ?? '').with(3, groups[2] ?? '')
  expect(paperKeyGroupStates(exchanged.join(' '))).toEqual(all('fits').with(2, 'other').with(3, 'other'))
})

it('takes any text', () => {
  for (const text of ['ß'.repeat(5_000), '𝔄𝔅 \u0000 A', 'A'.repeat(100_000), key.repeat(50)]) {
    expect(paperKeyGroupStates(text)).toHaveLength(8)
  }
})
