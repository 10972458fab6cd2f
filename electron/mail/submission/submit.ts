/** Handing one message to the user's submission server, as a stream, and saying what the server made of it. */

import { Readable } from 'node:stream'
import { domainToASCII } from 'node:url'
import type { ServerSettings, TlsFacts } from '../../../shared/contract/accounts.ts'
import type { SubmissionOutcome } from '../../../shared/contract/compose.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { needsSmtpUtf8 } from '../../mime/address.ts'
import type { SubmissionFailure } from './failures.ts'
import { type SignInInput, type SubmissionLimits, type SubmissionSession, signIn, usualLimits } from './session.ts'

export interface SubmissionInput {
  readonly account: { readonly submission: ServerSettings }
  readonly password: string
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  /** A complete message with CRLF line ends; dots are stuffed here. */
  readonly message: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Bytes of the message, announced to the server and compared with its limit. */
  readonly size: number
  /** Whether the message holds bytes above 127 (RFC 6152). */
  readonly eightBit?: boolean
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly limits?: SubmissionLimits | undefined
  readonly onProgress?: ((sent: number, total: number) => void) | undefined
}

/** Small enough that a slow line shows progress within the limit for it: 64 KiB in two minutes is 4 kbit/s. */
const pieceBytes = 65_536

/** A message that could not be read to its end; the connection is dropped, so the server has nothing of it. */
export interface UnreadableMessage {
  readonly code: 'message-unreadable'
  readonly cause: unknown
}

/**
 * Hands a message in. Rejected recipients beside accepted ones are part of the outcome, not a failure: the server has taken
 * the message.
 */
export async function submit(
  input: SubmissionInput,
): Promise<Result<SubmissionOutcome, SubmissionFailure | UnreadableMessage>> {
  const signedIn = await signIn(signInInput(input))
  if (!signedIn.ok) return signedIn
  const session = signedIn.value
  const refused = refusedBeforehand(input, session)
  if (refused) {
    session.leave()
    return failure(refused)
  }
  const sent = await hand(input, session)
  if (sent.ok) session.leave()
  else session.drop()
  return sent
}

/** Signs in and leaves: proves that the account works, and sends nothing. */
export async function proveSubmission(
  input: Pick<SubmissionInput, 'account' | 'password' | 'ca' | 'signal' | 'limits'>,
): Promise<Result<TlsFacts, SubmissionFailure>> {
  const signedIn = await signIn(signInInput(input))
  if (!signedIn.ok) return signedIn
  signedIn.value.leave()
  return success(signedIn.value.tls)
}

function signInInput(input: Pick<SubmissionInput, 'account' | 'password' | 'ca' | 'signal' | 'limits'>): SignInInput {
  const { account, password, ca, signal, limits } = input
  return { server: account.submission, password, ca, signal, limits }
}

/** What the server's own words already rule out, so that nothing of the mail need be said. */
function refusedBeforehand(input: SubmissionInput, session: SubmissionSession): SubmissionFailure | undefined {
  const { largest, smtpUtf8, eightBitMime } = session.extensions
  if (largest !== undefined && input.size > largest) {
    return { code: 'message-too-large', size: input.size, limit: largest }
  }
  // RFC 6152 §3: bytes above 127 may only go to a server that says it takes them.
  if (input.eightBit && !eightBitMime) return { code: 'message-refused', response: '8BITMIME' }
  if (smtpUtf8) return undefined
  // RFC 6531 §3.1: without SMTPUTF8 such an address can't be said, and there is no other spelling of it.
  if (needsSmtpUtf8(input.envelope.from)) return { code: 'sender-refused', response: 'SMTPUTF8' }
  const unspeakable = input.envelope.to.filter(needsSmtpUtf8)
  if (unspeakable.length === 0) return undefined
  return { code: 'recipients-refused', recipients: unspeakable.join(', '), response: 'SMTPUTF8' }
}

async function hand(
  input: SubmissionInput,
  session: SubmissionSession,
): Promise<Result<SubmissionOutcome, SubmissionFailure | UnreadableMessage>> {
  const limits = input.limits ?? usualLimits
  let unreadable: UnreadableMessage | undefined
  const sent = await session.step<SubmissionOutcome>(limits.envelope, ({ succeed, fail, extend }) => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      let passed = 0
      try {
        for await (const chunk of input.message) {
          for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
            const piece = chunk.subarray(offset, offset + pieceBytes)
            yield piece
            passed += piece.length
            extend(limits.progress)
            input.onProgress?.(Math.min(passed, input.size), input.size)
          }
        }
      } catch (cause) {
        unreadable = { code: 'message-unreadable', cause }
        throw cause
      }
      session.transcript.note(`${passed} B`)
      extend(limits.final)
    }
    const envelope = {
      from: envelopeAddress(input.envelope.from),
      to: input.envelope.to.map(envelopeAddress),
      size: input.size,
      ...(input.eightBit ? { use8BitMime: true } : {}),
    }
    session.connection.send(envelope, Readable.from(pieces(), { objectMode: false }), (error, info) => {
      if (error || !info) return fail(error ?? { code: 'EPROTOCOL' })
      succeed({
        tls: session.tls,
        server: input.account.submission.host,
        accepted: [...info.accepted],
        rejected: info.rejected.map((address, index) => ({
          address,
          response: session.transcript.clean(info.rejectedErrors?.[index]?.response ?? ''),
        })),
        response: session.transcript.clean(info.response),
        transcript: session.transcript.lines(),
      })
    })
  })
  return unreadable ? failure(unreadable) : sent
}

/** The domain in its ASCII form, so that only a local part can need SMTPUTF8. */
function envelopeAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const ascii = domainToASCII(address.slice(at + 1))
  return ascii === '' ? address : `${address.slice(0, at)}@${ascii}`
}
