/** Enrolments on disk: after every step the row says what was done, so that a killed process goes on from there. */

import { z } from 'zod'
import type { EnrolmentStep, KeyType } from '../../shared/contract/enrolment.ts'
import type { Database } from '../storage/database.ts'

/** What the CA and the mails said so far. Nothing in it is secret: the token's two parts are useless without the account. */
const progressSchema = z.object({
  /** Set before the CA hears of the order: a killed process looks for it in the account's list before it orders again. */
  ordering: z.boolean().optional(),
  orderUrl: z.string().optional(),
  authorizationUrl: z.string().optional(),
  finalizeUrl: z.string().optional(),
  challengeUrl: z.string().optional(),
  /** The second half of the token, from the CA over HTTPS (RFC 8823 §3). */
  tokenPart2: z.string().optional(),
  /** Who the challenge mail comes from, as the CA says. */
  challengeFrom: z.string().optional(),
  /** The challenge was answered before its mail came: some CAs write only then. */
  answered: z.boolean().optional(),
  /** Where each folder of the mailbox ended before the order: only mails after it can be its challenge. */
  mailPosition: z.string().optional(),
  /** The authenticated mail's answer, made but perhaps not sent yet. */
  reply: z
    .object({
      tokenPart1: z.string(),
      from: z.string(),
      to: z.array(z.string()),
      message: z.string(),
      sent: z.boolean(),
    })
    .optional(),
  /** When the CA was last moved to write: by the order, or by the answer to its challenge. */
  askedAt: z.string().optional(),
  /** How often an answer of this order gave way to another one. */
  answers: z.number().optional(),
  /** The process that is at work on it (base/runningProcess.ts), while it is running. */
  runBy: z.string().optional(),
  /** First halves of tokens that came in genuine mails beside the one that was answered. */
  rivalTokens: z.array(z.string()).max(100).optional(),
  /** First halves of tokens that were answered for earlier orders. */
  spentTokens: z.array(z.string()).max(100).optional(),
  /** Those that came while an earlier order was open, and that it didn't answer. */
  foreignTokens: z.array(z.string()).max(100).optional(),
})
export type EnrolmentProgress = Readonly<z.infer<typeof progressSchema>>

export interface StoredEnrolment {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly ca: 'sandbox' | 'acme'
  readonly caName: string
  /** Undefined for the sandbox, which says at each start where it is. */
  readonly directoryUrl?: string
  readonly keyType: KeyType
  readonly step: EnrolmentStep
  readonly state: 'running' | 'paused' | 'done' | 'failed' | 'cancelled'
  readonly failure?: { readonly code: string; readonly data: Readonly<Record<string, unknown>> }
  readonly createdAt: string
  readonly updatedAt: string
  readonly keyId?: string
  /** The account at the CA (acmeAccounts.ts). */
  readonly accountId?: string
  /** The person fetches and sends the mails themselves. */
  readonly byHand: boolean
  /** The identity that the new one follows: it is retired when the new one is there. */
  readonly renews?: string
  /** What the CA calls the certificate that is renewed (RFC 9773 §4.1). */
  readonly replaces?: string
  readonly progress: EnrolmentProgress
  /** It came from a backup, and the person hasn't agreed to its server yet. */
  readonly fromBackup?: boolean
  readonly identityId?: string
}

export interface EnrolmentStore {
  /** The newest first. */
  list(): StoredEnrolment[]
  get(id: string): StoredEnrolment | undefined
  /** Inserts or replaces the row; durable when it returns. */
  save(enrolment: StoredEnrolment): void
}

interface Row {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly ca: 'sandbox' | 'acme'
  readonly ca_name: string
  readonly directory_url: string | null
  readonly key_type: KeyType
  readonly step: EnrolmentStep
  readonly state: StoredEnrolment['state']
  readonly failure: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly key_id: string | null
  readonly account_id: string | null
  readonly by_hand: number
  readonly renews: string | null
  readonly replaces: string | null
  readonly progress: string
  readonly from_backup: number
  readonly identity_id: string | null
}

export function createEnrolmentStore(database: Database): EnrolmentStore {
  return {
    list: () => database.all<Row>('SELECT * FROM enrolments ORDER BY created_at DESC, id').map(enrolmentOf),
    get(id) {
      const row = database.get<Row>('SELECT * FROM enrolments WHERE id = ?', [id])
      return row && enrolmentOf(row)
    },
    save(enrolment) {
      database.run(
        `INSERT OR REPLACE INTO enrolments (id, name, address, ca, ca_name, directory_url, key_type, step, state, failure,
           created_at, updated_at, key_id, account_id, by_hand, renews, replaces, progress, identity_id, from_backup)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          enrolment.id,
          enrolment.name,
          enrolment.address,
          enrolment.ca,
          enrolment.caName,
          enrolment.directoryUrl ?? null,
          enrolment.keyType,
          enrolment.step,
          enrolment.state,
          enrolment.failure ? JSON.stringify(enrolment.failure) : null,
          enrolment.createdAt,
          enrolment.updatedAt,
          enrolment.keyId ?? null,
          enrolment.accountId ?? null,
          enrolment.byHand ? 1 : 0,
          enrolment.renews ?? null,
          enrolment.replaces ?? null,
          JSON.stringify(enrolment.progress),
          enrolment.identityId ?? null,
          enrolment.fromBackup ? 1 : 0,
        ],
      )
    },
  }
}

const failureSchema = z.object({ code: z.string(), data: z.record(z.string(), z.unknown()) })

function enrolmentOf(row: Row): StoredEnrolment {
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    ca: row.ca,
    caName: row.ca_name,
    ...(row.directory_url === null ? {} : { directoryUrl: row.directory_url }),
    keyType: row.key_type,
    step: row.step,
    state: row.state,
    ...(row.failure === null ? {} : { failure: failureSchema.parse(JSON.parse(row.failure)) }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.key_id === null ? {} : { keyId: row.key_id }),
    ...(row.account_id === null ? {} : { accountId: row.account_id }),
    byHand: row.by_hand === 1,
    ...(row.renews === null ? {} : { renews: row.renews }),
    ...(row.replaces === null ? {} : { replaces: row.replaces }),
    progress: progressSchema.parse(JSON.parse(row.progress)),
    ...(row.from_backup === 1 ? { fromBackup: true } : {}),
    ...(row.identity_id === null ? {} : { identityId: row.identity_id }),
  }
}
