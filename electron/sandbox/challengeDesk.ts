/**
 * The sandbox CA's mails (RFC 8823 §3.1 and §3.2): the challenge that goes out, signed with DKIM, and the answers that come
 * in. An answer counts only if the submission server of the sender's domain signed it, it comes from the address that is
 * to be certified, answers our mail, and holds the right digest.
 */

import { authenticateChallenge, type TxtResolver } from '../acquisition/acme/challengeMail.ts'
import { digestInAnswer, keyAuthorizationDigest, mailDate } from '../acquisition/acme/emailReply.ts'
import { utf8Bytes } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { parseAddressList, sameAddress } from '../mime/address.ts'
import { decodeWords } from '../mime/encodedWords.ts'
import { decodedBody, type Entity, parseEntity } from '../mime/entity.ts'
import { fieldsNamed } from '../mime/header.ts'
import type { AcmeOrders, SandboxOrder } from './acmeOrders.ts'
import { type DkimSigner, dkimSigned } from './dkim.ts'

export interface ChallengeDesk {
  /** Sends the challenge of an order. */
  challenge(order: SandboxOrder): Promise<void>
  /** Takes a mail to the CA. What isn't the right answer to an open challenge changes nothing. */
  receive(raw: Uint8Array): Promise<void>
}

export function createChallengeDesk(options: {
  /** Who the challenges come from. */
  readonly address: string
  readonly dkim: DkimSigner
  readonly resolveTxt: TxtResolver
  readonly clock: Clock
  readonly orders: AcmeOrders
  readonly deliver: (address: string, mail: Uint8Array) => Promise<boolean>
}): ChallengeDesk {
  const { address, dkim, resolveTxt, clock, orders, deliver } = options
  return {
    async challenge(order) {
      const signed = await dkimSigned(challengeMail(order, address, clock()), dkim, clock())
      await deliver(order.address, signed)
    },

    async receive(raw) {
      const entity = parseEntity(raw)
      if (!entity.ok) return
      const [subject] = valuesOf(entity.value, 'Subject')
      // RFC 8823 §3.2 point 1: anything may stand before "ACME:".
      const token = /ACME:(.*)$/is.exec(decodeWords(subject ?? ''))?.[1]?.replace(/\s+/g, '')
      const order = token === undefined ? undefined : orders.withToken(token)
      if (!order || order.replied || !['pending', 'processing'].includes(order.challenge)) return
      const [from] = valuesOf(entity.value, 'From').flatMap(parseAddressList)
      if (!from || !sameAddress(from.address, order.address)) return
      const genuine = await authenticateChallenge(raw, from.address, resolveTxt, clock(), ['from', 'to', 'subject'])
      if (!genuine.ok || genuine.value !== 'genuine') return
      // From here on it is the applicant who errs, and hears about it.
      const wrong = await defectOf(entity.value, order)
      if (wrong === undefined) order.replied = true
      else {
        order.challenge = 'invalid'
        order.error = { type: 'urn:ietf:params:acme:error:incorrectResponse', detail: wrong }
      }
      if (order.challenge === 'processing') order.challenge = 'valid'
    },
  }
}

async function defectOf(answer: Entity, order: SandboxOrder): Promise<string | undefined> {
  if (valuesOf(answer, 'In-Reply-To')[0]?.trim() !== order.messageId)
    return 'The answer does not refer to the challenge.'
  if (answer.headers.some(({ name }) => /^list-/i.test(name))) return 'The answer came through a mailing list.'
  const text = textOf(answer)
  const digest = text && digestInAnswer(await decodedBody(text))
  if (!digest) return 'The answer holds no ACME response.'
  const expected = keyAuthorizationDigest(order.tokenPart1, order.tokenPart2, order.thumbprint)
  return digest === expected ? undefined : 'The digest of the key authorization is wrong.'
}

/** text/plain by itself or in a multipart/alternative (RFC 8823 §3.2 point 7). */
function textOf(entity: Entity): Entity | undefined {
  if (entity.contentType.type === 'text/plain') return entity
  if (entity.contentType.type !== 'multipart/alternative') return undefined
  return entity.children.find((child) => child.contentType.type === 'text/plain')
}

function valuesOf(entity: Entity, name: string): string[] {
  return fieldsNamed(entity.headers, name).map(({ value }) => value)
}

function challengeMail(order: SandboxOrder, from: string, at: Date): Uint8Array {
  const lines = [
    `From: Siegel Sandbox CA <${from}>`,
    `To: <${order.address}>`,
    `Subject: ACME: ${order.tokenPart1}`,
    `Date: ${mailDate(at)}`,
    `Message-ID: ${order.messageId}`,
    'Auto-Submitted: auto-generated; type=acme',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    'Content-Transfer-Encoding: 7bit',
    '',
    'This mail proves that you receive mail at this address. Siegel answers it',
    'by itself; there is nothing for you to do.',
    '',
    'Diese Nachricht prueft, ob Sie unter dieser Adresse Post empfangen. Siegel',
    'beantwortet sie von selbst; Sie muessen nichts tun.',
    '',
  ]
  return utf8Bytes(lines.join('\r\n'))
}
