import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corpus } from '../../build/corpora.ts'
import { utf8Text } from '../base/bytes.ts'
import { expectSuccess } from '../base/result.ts'
import type { DecryptionKey } from './cms/read.ts'
import { openMessage } from './open.ts'
import type { OpenedMessage } from './openedMessage.ts'
import { personOf } from './testPeople.ts'

interface Expectation {
  readonly hp?: string
  readonly encrypted: boolean
  readonly legacy_display?: string | null
  readonly protected_subject?: string
  readonly outer_headers?: readonly string[]
  readonly hcp?: string
  readonly confidential_fields?: readonly string[]
}

const folder = corpus('rfc9788')
const peopleFolder = corpus('rfc9216')

const expectations: Record<string, Expectation> =
  folder && peopleFolder ? JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) : {}
const valid = Object.entries(expectations).filter(([file]) => !file.includes('invalid'))

async function open(
  file: string,
  keys: readonly DecryptionKey[] = [personOf(peopleFolder ?? '', 'alice').decryption],
): Promise<OpenedMessage> {
  return expectSuccess(await openMessage(readFileSync(join(folder ?? '', file)), { keys }))
}

function texts(message: OpenedMessage): Promise<string[]> {
  return Promise.all(
    message.parts.filter(({ kind }) => kind !== 'attachment').map(async (part) => utf8Text(await part.bytes())),
  )
}

describe.skipIf(valid.length === 0)('the messages of RFC 9788', () => {
  it('are all here', () => expect(valid.length).toBeGreaterThanOrEqual(13))

  it.each(valid)('%s verifies, decrypts and shows its protected headers', async (file, expected) => {
    const message = await open(file)
    expect(message.signers.map(({ outcome, coversMessage }) => [outcome.state, coversMessage])).toEqual([
      ['verified', true],
    ])
    expect(message.malformedSignature).toBe(false)
    expect(message.encryption).toBe(expected.encrypted ? 'decrypted' : 'none')
    expect(message.parts.every(({ covered }) => covered)).toBe(true)
    expect(message.subject).toBe(expected.protected_subject)
    expect(message.from).toEqual([{ name: 'Alice', address: 'alice@smime.example' }])
    expect(message.to).toEqual([{ name: 'Bob', address: 'bob@smime.example' }])
    expect(message.headers.protection).toBe(expected.hp?.startsWith('RFC8551') ? 'rfc8551' : expected.hp)
    const confidential = message.headers.differences.filter((difference) => difference.confidential)
    expect(confidential.map(({ name }) => name).sort()).toEqual([...(expected.confidential_fields ?? [])].sort())
    expect(message.headers.differences.filter((difference) => !difference.confidential)).toEqual([])
    expect(message.headers.protected.map(({ name }) => name)).toContain('User-Agent')
    const outside = message.outerHeaders.map(({ name, value }) => `${name}: ${value}`)
    const unfolded = (expected.outer_headers ?? []).map((line) => line.replace(/\r?\n\s*/g, ' '))
    expect(outside).toEqual(expect.arrayContaining(unfolded))
    expect(message.hidden).toEqual({
      subject: expected.encrypted,
      names: expected.hcp === 'hcp_shy',
      addresses: [],
      messageIds: [],
    })
    expect(message.notes.filter(({ severity }) => severity !== 'info')).toEqual([])
  })

  it.each(valid.filter(([, { legacy_display }]) => legacy_display))(
    '%s hides its legacy display',
    async (file, expected) => {
      const shown = await texts(await open(file))
      expect(shown.length).toBeGreaterThan(0)
      for (const text of shown) {
        for (const line of (expected.legacy_display ?? '').split('\n').filter((each) => each !== '')) {
          expect(text).not.toContain(line)
        }
        expect(text).toContain('This is the')
      }
    },
  )

  it('keep a subject confidential from whoever has no key', async () => {
    const message = await open('smime-signed-enc-hp-baseline.eml', [])
    expect(message.encryption).toBe('no-key')
    expect(message.subject).toBe('[...]')
    expect(message.layers[0]?.recipients?.length).toBe(2)
    expect(message.parts.map(({ kind, covered }) => [kind, covered])).toEqual([['attachment', false]])
  })

  it('fail when a line end was lost', async () => {
    const message = await open('smime-multipart-hp-invalid.eml')
    expect(message.signers.map(({ outcome }) => outcome.state)).toEqual(['broken'])
    expect(message.layers.map(({ state }) => state)).toEqual(['broken'])
    expect(message.parts.some(({ covered }) => covered)).toBe(false)
    expect(message.headers.protection).toBe('none')
  })
})
