import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { equalSecrets } from './constantTime.ts'

describe('comparing secrets', () => {
  it('tells equal from different, whatever the length', () => {
    expect(equalSecrets(utf8Bytes('secret'), utf8Bytes('secret'))).toBe(true)
    expect(equalSecrets(utf8Bytes('secret'), utf8Bytes('secreT'))).toBe(false)
    expect(equalSecrets(utf8Bytes('secret'), utf8Bytes('secret '))).toBe(false)
    expect(equalSecrets(utf8Bytes(''), utf8Bytes(''))).toBe(true)
  })
})
