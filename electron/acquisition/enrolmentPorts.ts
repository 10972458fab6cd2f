/** What the machine of an enrolment needs from outside: durable writes, keys, the account, the CA, the mailbox, DNS, time. */

import type { KeyType } from '../../shared/contract/enrolment.ts'
import type { Failure } from '../../shared/contract/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Result } from '../base/result.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { OpenedKey } from '../keystore/identityStore.ts'
import type { AccountKey } from './acme/accountKey.ts'
import type { ExternalAccountBinding } from './acme/accounts.ts'
import type { SignedChallengeReader } from './acme/challenge.ts'
import type { TxtResolver } from './acme/challengeMail.ts'
import type { AcmeClient } from './acme/client.ts'
import type { ChallengeAnswer } from './acme/emailReply.ts'
import type { AcmeError } from './acme/errors.ts'
import type { StoredEnrolment } from './store.ts'

/** A mail in the person's mailbox that could be the challenge. */
export interface ArrivedMail {
  /** Stays the same for the same mail. */
  readonly id: string
  readonly raw: Uint8Array
}

/** An account at a CA, opened for one conversation. */
export interface OpenedAcmeAccount {
  readonly key: AccountKey
  /** The CA has registered it before. */
  readonly registered: boolean
  /** URL of the terms that the person agreed to. */
  readonly terms?: string
  readonly externalAccountBinding?: ExternalAccountBinding
  readonly answersFirst: boolean
}

export interface EnrolmentPorts {
  readonly clock: Clock
  readonly random: Random
  readonly save: (enrolment: StoredEnrolment) => void
  readonly keys: {
    /** Makes a key that is durable before this returns; its public half may then leave. */
    generate(type: KeyType): Promise<Result<{ readonly keyId: string }, Failure>>
    /** A handle that the machine closes. */
    open(keyId: string): Promise<Result<OpenedKey, Failure>>
    /**
     * Turns the key into an identity, and retires the one that it renews; the same certificate again gives the same identity.
     */
    install(installation: {
      readonly keyId: string
      readonly certificate: Certificate
      readonly chain: readonly Certificate[]
      readonly renews?: string
    }): Promise<Result<{ readonly identityId: string }, Failure>>
    /** Whether the chain, the certificate first, reaches a root that is trusted here. */
    isTrusted(chain: readonly Certificate[]): boolean
    /** Certificates known here that have the name of its issuer. */
    knownIssuers(certificate: Certificate): readonly Certificate[]
  }
  readonly account: {
    /** The account to use at the enrolment's CA: one that is there, or a new one, durable before the CA hears of it. */
    assign(enrolment: StoredEnrolment): Promise<Result<{ readonly accountId: string }, Failure>>
    open(accountId: string): Promise<Result<OpenedAcmeAccount, Failure>>
    registered(accountId: string, accountUrl: string): void
    /** What was learnt about when this CA sends its mail. */
    learn(accountId: string, answersFirst: boolean): void
  }
  readonly connect: (key: AccountKey, signal: AbortSignal) => Promise<Result<AcmeClient, AcmeError>>
  readonly mail: {
    /** Where the mailbox ends now; `look` takes it. */
    position(signal: AbortSignal): Promise<Result<string, Failure>>
    /** Mails that arrived after `position`, in any folder, without those that `isKnown`. */
    look(
      position: string,
      isKnown: (id: string) => boolean,
      signal: AbortSignal,
    ): Promise<Result<readonly ArrivedMail[], Failure>>
    send(answer: ChallengeAnswer, signal: AbortSignal): Promise<Result<Record<never, never>, Failure>>
  }
  /** Whether the first half of a token was answered by another enrolment. */
  readonly isSpent: (tokenPart1: string) => boolean
  readonly readSigned: SignedChallengeReader
  readonly resolveTxt: TxtResolver
  /** Ends early when the signal does. */
  readonly sleep: (seconds: number, signal: AbortSignal) => Promise<void>
  /** How often to look for the mail and for the CA's answer. */
  readonly lookEverySeconds: number
}
