import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encryptionVerdict, signatureVerdict } from '../../shared/contract/report.ts'
import { type SignatureVerdict, type VerdictFacts, verdictOf } from './verdict.ts'

const plain: VerdictFacts = { signers: [], malformedSignature: false, hasFrom: true, encryption: 'none' }

function author(state: SignatureVerdict, others: Partial<VerdictFacts['signers'][number]> = {}) {
  return { state, matchesFrom: state !== 'address-mismatch', coversMessage: true, ...others }
}

function judged(facts: Partial<VerdictFacts>): string {
  const { signature, encryption, authenticated, level } = verdictOf({ ...plain, ...facts })
  return [signature, encryption, ...(authenticated === undefined ? [] : [authenticated]), level].join(' ')
}

describe('the verdict on a message with one signer', () => {
  it.each([
    ['good', 'good'],
    ['unknown-issuer', 'caution'],
    ['expired', 'caution'],
    ['not-yet-valid', 'caution'],
    ['revocation-unknown', 'caution'],
    ['weak-algorithm', 'caution'],
    ['wrong-purpose', 'caution'],
    ['address-mismatch', 'bad'],
    ['revoked', 'bad'],
    ['broken', 'bad'],
    ['malformed', 'bad'],
  ] as const)('whose signature is %s has the level %s', (state, level) => {
    expect(judged({ signers: [author(state)] })).toBe(`${state} none ${level}`)
  })

  it('is never good for a part only: somebody put text around it', () => {
    const part = { coversMessage: false }
    expect(judged({ signers: [author('good', part)] })).toBe('none none caution')
    expect(judged({ signers: [author('unknown-issuer', part)] })).toBe('none none caution')
    expect(judged({ signers: [author('broken', part)] })).toBe('broken none bad')
  })

  it('is not good for a ciphertext among other parts: its reader is to open it for somebody', () => {
    const part = { encryption: 'decrypted', authenticated: true, encryptedPart: true } as const
    expect(judged({ ...part, signers: [author('good')] })).toBe('good decrypted true caution')
    expect(judged(part)).toBe('none decrypted true caution')
    expect(judged({ ...part, signers: [author('broken')] })).toBe('broken decrypted true bad')
  })

  it('revoked since it was made, for a harmless reason, is a caution; beside one that is revoked for good it is bad', () => {
    const since = author('revoked', { revokedSince: true })
    expect(judged({ signers: [since] })).toBe('revoked none caution')
    expect(judged({ signers: [since, author('revoked')] })).toBe('revoked none bad')
  })

  it('without a From is a caution: there is nobody to contradict', () => {
    expect(judged({ hasFrom: false, signers: [author('address-mismatch')] })).toBe('address-mismatch none caution')
  })
})

describe('the verdict on a message with several signers', () => {
  it('is that of the best one who can speak for the sender', () => {
    expect(judged({ signers: [author('broken'), author('good')] })).toBe('good none good')
    expect(judged({ signers: [author('expired'), author('unknown-issuer')] })).toBe('expired none caution')
  })

  it("isn't mended by a stranger's good signature", () => {
    const stranger = author('address-mismatch')
    expect(judged({ signers: [stranger, author('broken')] })).toBe('broken none bad')
    expect(judged({ signers: [stranger, author('good')] })).toBe('good none good')
    expect(judged({ signers: [stranger] })).toBe('address-mismatch none bad')
  })

  it("isn't mended by a good signature over a part", () => {
    expect(judged({ signers: [author('unknown-issuer'), author('good', { coversMessage: false })] })).toBe(
      'unknown-issuer none caution',
    )
  })
})

describe('the verdict on a signature that cannot be read', () => {
  it('is malformed, never unsigned', () => {
    expect(judged({ malformedSignature: true })).toBe('malformed none bad')
    expect(judged({ malformedSignature: true, signers: [author('expired')] })).toBe('malformed none bad')
  })

  it('is a caution where it only can be checked nowhere here', () => {
    const uncheckable = author('malformed', { uncheckable: true, matchesFrom: false })
    expect(judged({ signers: [uncheckable] })).toBe('malformed none caution')
    expect(judged({ signers: [uncheckable, author('malformed')] })).toBe('malformed none bad')
    expect(judged({ signers: [uncheckable], malformedSignature: true })).toBe('malformed none bad')
  })

  it('gives way to a good signature around it', () => {
    expect(judged({ malformedSignature: true, signers: [author('good')] })).toBe('good none good')
  })
})

describe('the verdict on encryption', () => {
  it.each([
    [{ encryption: 'none' }, 'none none neutral'],
    [{ encryption: 'no-key' }, 'none no-key neutral'],
    [{ encryption: 'damaged' }, 'none damaged bad'],
    [{ encryption: 'malformed' }, 'none malformed bad'],
    [{ encryption: 'decrypted', authenticated: true }, 'none decrypted true neutral'],
    [{ encryption: 'decrypted', authenticated: false }, 'none decrypted false caution'],
    [{ encryption: 'decrypted', authenticated: false, signers: [author('good')] }, 'good decrypted false good'],
    [{ encryption: 'damaged', signers: [author('good')] }, 'good damaged bad'],
  ] as const)('%j is %s', (facts, expected) => {
    expect(judged(facts)).toBe(expected)
  })
})

describe('whatever the facts', () => {
  const signer = fc.record({
    state: fc.constantFrom(...signatureVerdict.options),
    matchesFrom: fc.boolean(),
    coversMessage: fc.boolean(),
  })
  const facts = fc.record({
    signers: fc.array(signer, { maxLength: 4 }),
    malformedSignature: fc.boolean(),
    hasFrom: fc.boolean(),
    encryption: fc.constantFrom(...encryptionVerdict.options),
    authenticated: fc.boolean(),
  })

  it('the level is good only with a good signature over everything', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { level, signature } = verdictOf(given)
        if (level !== 'good') return
        expect(signature).toBe('good')
        expect(given.signers.some(({ state, coversMessage }) => state === 'good' && coversMessage)).toBe(true)
      }),
    )
  })

  it('nothing signed is called unsigned without a caution', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const { level, signature } = verdictOf(given)
        if (signature === 'none' && (given.signers.length > 0 || given.malformedSignature))
          expect(level).not.toBe('neutral')
      }),
    )
  })
})
