/** Reading a mailbox: its folders, the newest mails, one whole mail, what is new, and putting a copy into a folder. */

import type { ListResponse, MailboxLockObject } from 'imapflow'
import type { MailSummary } from '../../../shared/contract/mailbox.ts'
import { failure, type Result, success } from '../../base/result.ts'
import type { TlsFacts } from '../../net/tls.ts'
import type { MailboxFailure } from './failures.ts'
import { largestMessage, type MailboxInput, type MailboxSession, openSession } from './session.ts'
import { summaryOf, summaryQuery } from './summary.ts'
import { watchFolder } from './watch.ts'

export type FolderUse = 'inbox' | 'sent' | 'drafts' | 'trash' | 'junk' | 'archive' | 'other'

export interface Folder {
  readonly path: string
  readonly name: string
  readonly use: FolderUse
}

type TooLarge = { readonly code: 'too-large'; readonly limit: number; readonly size?: number }

export interface Mailbox {
  readonly tls: TlsFacts
  folders(): Promise<Result<Folder[], MailboxFailure>>
  /** The newest first; `before` is the uid to go on from. */
  list(
    folder: string,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<Result<{ readonly mails: MailSummary[]; readonly total: number }, MailboxFailure>>
  /** One message as the server has it. */
  fetch(folder: string, uid: number, maxBytes?: number): Promise<Result<Uint8Array, MailboxFailure | TooLarge>>
  /** The uid that the newest message has, 0 in an empty folder: the point from which `newMails` counts. */
  lastUid(folder: string): Promise<Result<number, MailboxFailure>>
  /** Messages with a higher uid, the oldest first, at most 100 of the newest. */
  newMails(sinceUid: number, folder?: string): Promise<Result<MailSummary[], MailboxFailure>>
  /** Messages that the server got on this day or later, the newest first: at most `limit` of the newest, and how many there are. */
  mailsSince(
    day: Date,
    folder: string,
    limit: number,
  ): Promise<Result<{ readonly mails: MailSummary[]; readonly total: number }, MailboxFailure>>
  /** Puts a message into a folder, marked as read. */
  append(folder: string, message: Uint8Array): Promise<Result<undefined, MailboxFailure | TooLarge>>
  /** Puts a copy into the folder for sent mail; not-found where the mailbox has none and none can be made. */
  fileInSent(message: Uint8Array): Promise<Result<string, MailboxFailure | TooLarge>>
  /** One value per change of the folder, until the signal of the mailbox ends it; a failure is the last value. */
  watch(folder: string): AsyncGenerator<Result<'changed', MailboxFailure>, void>
  close(): Promise<void>
}

/** Mailboxes with thousands of folders exist, a list of them on a screen does not. */
const mostFolders = 2000
const mostNewMails = 100

const uses: Readonly<Record<string, FolderUse>> = {
  '\\inbox': 'inbox',
  '\\sent': 'sent',
  '\\drafts': 'drafts',
  '\\trash': 'trash',
  '\\junk': 'junk',
  '\\archive': 'archive',
  '\\all': 'archive',
}

/** Connects to the mailbox of an account. The connection is the caller's: close it. */
export async function openMailbox(input: MailboxInput): Promise<Result<Mailbox, MailboxFailure>> {
  const opened = await openSession(input)
  return opened.ok ? success(mailboxOn(opened.value, input.signal)) : opened
}

/** Signs in and leaves: proves that the account works. */
export async function proveMailbox(input: MailboxInput): Promise<Result<TlsFacts, MailboxFailure>> {
  const opened = await openSession(input)
  if (!opened.ok) return opened
  await opened.value.close()
  return success(opened.value.tls)
}

function mailboxOn(session: MailboxSession, signal: AbortSignal | undefined): Mailbox {
  const { client, limits, run } = session

  async function within<Value>(
    folder: string,
    limitMs: number,
    action: () => Promise<Value>,
  ): Promise<Result<Value, MailboxFailure>> {
    return run(limitMs, async () => {
      let lock: MailboxLockObject | undefined
      try {
        lock = await client.getMailboxLock(folder, { readOnly: true })
        // A folder that stays selected is as old as the last answer; this one brings what has come since.
        await client.noop()
        return await action()
      } finally {
        lock?.release()
      }
    })
  }

  async function listFolders(): Promise<Result<ListResponse[], MailboxFailure>> {
    return run(limits.command, () => client.list())
  }

  async function folders(): Promise<Result<Folder[], MailboxFailure>> {
    const listed = await listFolders()
    if (!listed.ok) return listed
    return success(
      listed.value
        .filter(({ flags }) => !flags.has('\\Noselect') && !flags.has('\\NonExistent'))
        .slice(0, mostFolders)
        .map(({ path, name, specialUse }) => ({
          path,
          name,
          use: path.toUpperCase() === 'INBOX' ? 'inbox' : (uses[specialUse?.toLowerCase() ?? ''] ?? 'other'),
        })),
    )
  }

  async function summaries(range: string, byUid: boolean): Promise<MailSummary[]> {
    const messages = await client.fetchAll(range, summaryQuery, { uid: byUid })
    return messages.map(summaryOf).sort((left, right) => right.uid - left.uid)
  }

  async function uidsFrom(query: string): Promise<number[]> {
    const found = await client.search({ uid: query }, { uid: true })
    return Array.isArray(found) ? found.filter((uid) => uid > 0).sort((left, right) => left - right) : []
  }

  async function append(folder: string, message: Uint8Array): Promise<Result<undefined, MailboxFailure | TooLarge>> {
    if (message.length > largestMessage) {
      return failure({ code: 'too-large', limit: largestMessage, size: message.length })
    }
    const appended = await run(limits.transfer, () => client.append(folder, message, ['\\Seen']))
    if (!appended.ok) return appended
    return appended.value ? success(undefined) : failure({ code: 'not-found', what: 'folder' })
  }

  return {
    tls: session.tls,
    folders,

    list(folder, { limit, before }) {
      return within(folder, limits.command, async () => {
        const total = client.mailbox ? client.mailbox.exists : 0
        if (total === 0 || (before !== undefined && before <= 1)) return { mails: [], total }
        if (before === undefined) return { mails: await summaries(`${Math.max(1, total - limit + 1)}:*`, false), total }
        const uids = (await uidsFrom(`1:${before - 1}`)).slice(-limit)
        return { mails: uids.length === 0 ? [] : await summaries(uids.join(','), true), total }
      })
    },

    async fetch(folder, uid, maxBytes = largestMessage) {
      const fetched = await within(folder, limits.transfer, async () => {
        const sized = await client.fetchOne(String(uid), { uid: true, size: true }, { uid: true })
        if (!sized || sized.uid !== uid) return undefined
        if ((sized.size ?? 0) > maxBytes) return sized.size
        // The size is the server's word; the bytes are counted as well.
        const whole = await client.fetchOne(
          String(uid),
          { uid: true, source: { start: 0, maxLength: maxBytes + 1 } },
          { uid: true },
        )
        return whole ? whole.source : undefined
      })
      if (!fetched.ok) return fetched
      const { value } = fetched
      if (value === undefined) return failure({ code: 'not-found', what: 'mail' })
      if (typeof value === 'number') return failure({ code: 'too-large', limit: maxBytes, size: value })
      return value.length > maxBytes ? failure({ code: 'too-large', limit: maxBytes }) : success(value)
    },

    lastUid(folder) {
      return within(folder, limits.command, async () => {
        const { mailbox } = client
        if (!mailbox || mailbox.exists === 0) return 0
        const newest = await client.fetchOne('*', { uid: true })
        return newest ? newest.uid : 0
      })
    },

    async newMails(sinceUid, folder = 'INBOX') {
      const listed = await within(folder, limits.command, async () => {
        if (!client.mailbox || client.mailbox.exists === 0) return []
        // RFC 9051 §6.4.8: "n:*" always names the last message, also when its uid is below n.
        const uids = (await uidsFrom(`${sinceUid + 1}:*`)).filter((uid) => uid > sinceUid).slice(-mostNewMails)
        return uids.length === 0 ? [] : summaries(uids.join(','), true)
      })
      return listed.ok ? success(listed.value.reverse()) : listed
    },

    mailsSince(day, folder, limit) {
      return within(folder, limits.command, async () => {
        if (!client.mailbox || client.mailbox.exists === 0) return { mails: [], total: 0 }
        const found = await client.search({ since: day }, { uid: true })
        const uids = (Array.isArray(found) ? found : []).sort((left, right) => right - left)
        const newest = uids.slice(0, limit)
        return { mails: newest.length === 0 ? [] : await summaries(newest.join(','), true), total: uids.length }
      })
    },

    append,

    async fileInSent(message) {
      const listed = await folders()
      if (!listed.ok) return listed
      let path = listed.value.find(({ use }) => use === 'sent')?.path
      if (path === undefined) {
        const made = await run(limits.command, () => client.mailboxCreate('Sent'))
        if (!made.ok) return made
        path = made.value.path
      }
      const appended = await append(path, message)
      return appended.ok ? success(path) : appended
    },

    watch: (folder) => watchFolder(session, folder, signal),
    close: () => session.close(),
  }
}
