/**
 * Proving that a backup is good for what it is kept for. When it is made, a letter is sealed to each certificate that others
 * encrypt to; a rehearsal opens the letters with nothing but the keys out of the file. A key that only signs signs something,
 * and its certificate confirms it.
 */

import type { TriedKey } from '../../../shared/contract/backup.ts'
import { base64Bytes, base64Text, concatBytes, hexText, utf8Text } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { summaryOf } from '../../certificates/view.ts'
import type { PostQuantum } from '../../crypto/postQuantum.ts'
import { defaultScheme, openPrivateKey, type PrivateKeyHandle } from '../../crypto/privateKey.ts'
import { verifySignature } from '../../crypto/publicKey.ts'
import { openMessage } from '../../smime/open.ts'
import { sealLetter } from '../../smime/seal.ts'
import type { Database } from '../../storage/database.ts'
import { canEncrypt, storedCertificate } from '../judge.ts'
import type { BackupContents, KeyProof } from './backupContents.ts'

/** An address that nobody can have (RFC 2606 §2). */
const nobody = { address: 'rehearsal@siegel.invalid' }

/** A letter for whoever has the key of this certificate; undefined where nothing can be encrypted to it. */
export async function proofFor(
  certificate: Certificate,
  { clock, random, postQuantum }: { clock: Clock; random: Random; postQuantum: PostQuantum },
): Promise<KeyProof | undefined> {
  if (!canEncrypt(certificate)) return undefined
  const text = `Siegel ${hexText(random(16))}`
  const sealed = await sealLetter(
    {
      from: nobody,
      to: [nobody],
      cc: [],
      subject: 'Rehearsal',
      date: clock(),
      messageId: `<${hexText(random(16))}@siegel.invalid>`,
      text,
      attachments: [],
    },
    { encrypt: { recipients: [{ certificate }], cipher: 'aes-256-cbc' }, random, postQuantum },
  )
  if (!sealed.ok) return undefined
  const pieces: Uint8Array[] = []
  for await (const piece of sealed.value) pieces.push(piece)
  return { sha256: certificate.sha256, text, letter: base64Text(concatBytes(...pieces)) }
}

/** Tries every identity of a backup, and every CA of the person's own. */
export async function triedKeys(
  { database, proofs }: BackupContents,
  postQuantum: PostQuantum,
  random: Random,
): Promise<TriedKey[]> {
  const letters = new Map(proofs.map((proof) => [proof.sha256, proof]))
  const tried: TriedKey[] = []
  for (const { certificate, pkcs8 } of pairsOf(database)) {
    const key = openPrivateKey(pkcs8, postQuantum)
    const letter = letters.get(certificate.sha256)
    const { name, emails, notAfter } = summaryOf(certificate)
    let outcome: TriedKey['outcome'] = 'unusable'
    if (key.ok) {
      try {
        if (letter) outcome = (await opens(letter, certificate, key.value, postQuantum)) ? 'opened' : 'unusable'
        else outcome = await signs(certificate, key.value, random, postQuantum)
      } finally {
        key.value.close()
      }
    }
    tried.push({
      sha256: certificate.sha256,
      name,
      addresses: [...emails],
      keyAlgorithm: keyAlgorithmText(certificate),
      notAfter,
      outcome,
    })
  }
  return tried
}

function pairsOf(database: Database): { certificate: Certificate; pkcs8: Uint8Array }[] {
  return database
    .all<{ certificate: Uint8Array; sealed: Uint8Array }>(
      `SELECT certificate, sealed, 0 AS kind, identities.created_at AS made_at, identities.id AS id
         FROM identities JOIN private_keys ON private_keys.id = key_id
       UNION ALL
       SELECT certificate, sealed, 1, authorities.created_at, authorities.id
         FROM authorities JOIN private_keys ON private_keys.id = key_id
       ORDER BY kind, made_at DESC, id`,
    )
    .map(({ certificate, sealed }) => ({ certificate: storedCertificate(certificate), pkcs8: sealed }))
}

async function opens(
  { letter, text }: KeyProof,
  certificate: Certificate,
  key: PrivateKeyHandle,
  postQuantum: PostQuantum,
): Promise<boolean> {
  const opened = await openMessage(base64Bytes(letter), { keys: [{ certificate, key }], postQuantum })
  if (!opened.ok) return false
  const [part] = opened.value.parts
  return (
    opened.value.encryption === 'decrypted' && part !== undefined && utf8Text(await part.bytes()).trim() === text.trim()
  )
}

async function signs(
  certificate: Certificate,
  key: PrivateKeyHandle,
  random: Random,
  postQuantum: PostQuantum,
): Promise<TriedKey['outcome']> {
  // Neither a letter nor a signature: that it belongs to its certificate was seen when the backup was read.
  if (key.algorithm.kind === 'x25519' || key.algorithm.kind === 'ml-kem') return 'fits'
  const scheme = defaultScheme(key.algorithm)
  const challenge = random(32)
  const signature = await key.sign(scheme, challenge)
  return verifySignature(certificate.publicKeyInfo, scheme, challenge, signature, postQuantum) ? 'signed' : 'unusable'
}
