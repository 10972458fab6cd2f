/**
 * The integrity of a PKCS#12 file: HMAC under PKCS#12's own derivation (RFC 7292 §5.1), or PBMAC1 (RFC 9579). It is also
 * what tells a wrong password from a damaged file. Reading throws MalformedDer.
 */

import { type Element, universal } from '../../asn1/der.ts'
import { DerReader, MalformedDer } from '../../asn1/derReader.ts'
import { oids } from '../../asn1/oids.ts'
import { wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { equalSecrets } from '../../crypto/constantTime.ts'
import { type HmacDigest, hmacOf } from '../../crypto/digest.ts'
import { digestByOid } from '../../crypto/digestOid.ts'
import { pbkdf2Key } from '../../crypto/passwordKey.ts'
import type { FilePassword } from '../filePassword.ts'
import type { PasswordEncryptionFailure } from '../keyFileFailure.ts'
import type { IterationAllowance } from '../passwordBudget.ts'
import { hmacDigestOf, readPbkdf2 } from '../passwordEncryption.ts'
import { kdfPurpose, pkcs12Key } from './kdf.ts'

/**
 * RFC 9579 §5: a PBMAC1 key of less than 20 bytes is refused, since it would make the MAC guessable; more than a block of
 * the largest HMAC is of no use.
 */
const pbmac1KeyLengths = { shortest: 20, longest: 128 }

type MacFailure = Exclude<PasswordEncryptionFailure, { code: 'not-decrypted' }> | { readonly code: 'damaged-file' }

export interface MacCheck {
  /** Which bytes of the password the key is derived from. */
  readonly takes: keyof FilePassword
  /** Derives the MAC key for a password and says whether the MAC fits. */
  fits(password: FilePassword): Promise<Result<boolean, MacFailure>>
}

/** Reads MacData; the check it answers with may be asked for several spellings of the password. */
export function readMac(macData: Element, authSafe: Uint8Array, allowance: IterationAllowance): MacCheck {
  const fields = DerReader.inside(macData)
  const digestInfo = fields.sequence('mac')
  const algorithm = digestInfo.sequence('digestAlgorithm')
  const digestOid = algorithm.oid('digestAlgorithm')
  const stated = digestInfo.octetString('digest')
  digestInfo.end('mac')
  const salt = fields.octetString('macSalt')
  const iterations = fields.atEnd ? 1 : fields.integer('iterations')
  if (digestOid === oids.pbmac1) {
    const parameters = algorithm.expect(universal.sequence, 'pbmac1')
    return { takes: 'utf8', fits: (password) => checkPbmac1(parameters, stated, authSafe, password, allowance) }
  }
  return { takes: 'bmp', fits: checkOwn }

  async function checkOwn(password: FilePassword): Promise<Result<boolean, MacFailure>> {
    const digest = digestByOid(digestOid)
    if (!digest) return failure({ code: 'unsupported-algorithm', algorithm: digestOid })
    if (salt.length > allowance.budget.saltBytes) return failure({ code: 'over-budget', limit: 'salt' })
    if (!allowance.take(iterations, allowance.budget.pkcs12Iterations)) {
      return failure({ code: 'over-budget', limit: 'iterations' })
    }
    const length = hmacOf(digest, new Uint8Array(), new Uint8Array()).length
    const { key } = await pkcs12Key(password.bmp, { purpose: kdfPurpose.mac, salt, iterations, digest, length })
    const fits = equalSecrets(hmacOf(digest, key, authSafe), stated)
    wipe(key)
    return success(fits)
  }
}

async function checkPbmac1(
  element: Element,
  stated: Uint8Array,
  authSafe: Uint8Array,
  password: FilePassword,
  allowance: IterationAllowance,
): Promise<Result<boolean, MacFailure>> {
  const parameters = pbmac1Parameters(element, allowance)
  if (!parameters.ok) return parameters
  const { salt, iterations, prf, length, digest } = parameters.value
  const key = await pbkdf2Key(password.utf8, { salt, iterations, digest: prf, length })
  const fits = equalSecrets(hmacOf(digest, key, authSafe), stated)
  wipe(key)
  return success(fits)
}

interface Pbmac1Parameters {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly prf: HmacDigest
  readonly digest: HmacDigest
  readonly length: number
}

function pbmac1Parameters(element: Element, allowance: IterationAllowance): Result<Pbmac1Parameters, MacFailure> {
  try {
    const fields = DerReader.inside(element)
    const derivation = fields.sequence('keyDerivationFunc')
    const derivationOid = derivation.oid('keyDerivationFunc')
    if (derivationOid !== oids.pbkdf2) return failure({ code: 'unsupported-algorithm', algorithm: derivationOid })
    const stated = readPbkdf2(derivation.sequence('pbkdf2'), allowance)
    if (!stated.ok) {
      const { error } = stated
      return error.code === 'not-decrypted' ? failure({ code: 'damaged-file' }) : failure(error)
    }
    const macOid = fields.sequence('messageAuthScheme').oid('messageAuthScheme')
    const digest = hmacDigestOf(macOid)
    if (!digest) return failure({ code: 'unsupported-algorithm', algorithm: macOid })
    const { salt, iterations, digest: prf, keyLength } = stated.value
    // RFC 9579 §4: the length must be stated.
    if (keyLength === undefined || keyLength < pbmac1KeyLengths.shortest || keyLength > pbmac1KeyLengths.longest) {
      return failure({ code: 'damaged-file' })
    }
    return success({ salt, iterations, prf, digest, length: keyLength })
  } catch (error) {
    if (error instanceof MalformedDer) return failure({ code: 'damaged-file' })
    throw error
  }
}
