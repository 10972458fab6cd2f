import { describe, expect, it } from 'vitest'
import type { RecipientState } from '../../../shared/contract/compose.ts'
import {
  draftOf,
  kindOf,
  type Letter,
  obstacleOf,
  parseMailboxes,
  sentDraft,
  withoutDoubles,
  withoutQuotation,
} from './letter.ts'

const letter: Letter = {
  from: 'anna@example.org',
  to: [{ address: 'jonas@example.net' }],
  cc: [],
  bcc: [],
  subject: '',
  text: '',
  sign: true,
  encrypt: true,
}
const facts = { states: [] as RecipientState[], hasSender: true, canSign: true, filesUnderWay: false, decided: false }

describe('what stands in the way of a letter', () => {
  it('is nothing when everyone can read it', () => {
    const states: RecipientState[] = [{ address: 'jonas@example.net', state: 'sealed' }]
    expect(obstacleOf(letter, { ...facts, states })).toBeUndefined()
  })

  it('names everyone who could not open a sealed letter, and never falls back to a postcard by itself', () => {
    const states: RecipientState[] = [
      { address: 'jonas@example.net', state: 'postcard', reason: 'no-certificate' },
      { address: 'mara@example.net', state: 'broken', reason: 'expired' },
    ]
    const obstacle = obstacleOf(letter, { ...facts, states })
    expect(obstacle).toEqual({ code: 'cannot-read', data: { addresses: 'jonas@example.net, mara@example.net' } })
    expect(obstacleOf({ ...letter, encrypt: false }, { ...facts, states })).toBeUndefined()
  })

  it('is the missing certificate when a seal is wanted', () => {
    expect(obstacleOf(letter, { ...facts, canSign: false })?.code).toBe('cannot-sign')
  })

  it('is a missing recipient before anything else about recipients', () => {
    expect(obstacleOf({ ...letter, to: [] }, facts)?.code).toBe('no-recipients')
  })
})

describe('an answer to what came in an envelope', () => {
  const answer: Letter = {
    ...letter,
    inReplyTo: '<1@x.example>',
    references: '<0@x.example> <1@x.example>',
    answered: { subject: true, names: false, addresses: [], messageIds: ['<0@x.example>'] },
  }

  it('does not leave without one before somebody has decided that', () => {
    expect(obstacleOf(answer, facts)).toBeUndefined()
    expect(obstacleOf({ ...answer, encrypt: false }, facts)?.code).toBe('reveals')
    expect(obstacleOf({ ...answer, encrypt: false }, { ...facts, decided: true })).toBeUndefined()
  })

  it('says what was hidden until it leaves openly, and then not even what it answers where that was hidden', () => {
    const draft = draftOf(answer, [])
    expect(sentDraft(draft, true)).toEqual(draft)
    const open = { ...draft, encrypt: false }
    expect(sentDraft(open, false)).toEqual(open)
    const { answered: _, references: __, ...rest } = open
    expect(sentDraft(open, true)).toEqual(rest)
  })

  it('loses its quotation with whose it is, and nothing else', () => {
    expect(withoutQuotation('Yes:\nfine\n\nJonas wrote:\n> When?\n>\n> > Now?\nBye')).toBe('Yes:\nfine\n\nBye')
    expect(withoutQuotation('a > b')).toBe('a > b')
  })
})

describe('a letter', () => {
  it('is a postcard unless something is done to it', () => {
    expect(kindOf({ sign: false, encrypt: false })).toBe('postcard')
    expect(kindOf({ sign: true, encrypt: false })).toBe('signed')
    expect(kindOf({ sign: false, encrypt: true })).toBe('letter')
    expect(kindOf({ sign: true, encrypt: true })).toBe('sealed')
  })
})

describe('addresses as people type them', () => {
  it('come with or without a name, several at once', () => {
    expect(
      parseMailboxes('Jonas Keller <jonas@example.net>; mara@example.net\n"Berger Anna" <anna@example.org>'),
    ).toEqual([
      { name: 'Jonas Keller', address: 'jonas@example.net' },
      { address: 'mara@example.net' },
      { name: 'Berger Anna', address: 'anna@example.org' },
    ])
  })

  it('can not smuggle a line into a header', () => {
    expect(parseMailboxes('a\u0000b@example.org')).toEqual([{ address: 'a b@example.org' }])
  })

  it('count once, whatever their capitals', () => {
    expect(withoutDoubles([{ address: 'A@example.org' }, { address: 'a@example.org' }])).toHaveLength(1)
  })
})
