/**
 * Looking for a CA's challenge mail. Folders are remembered with the end that they had before the order, so that only what
 * came after it is looked at.
 */

import { z } from 'zod'
import type { Failure } from '../../../shared/contract/errors.ts'
import type { ArrivedMail } from '../../acquisition/enrolmentPorts.ts'
import { hexText } from '../../base/bytes.ts'
import { type Result, success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { FolderUse, Mailbox } from '../../mail/mailbox/mailbox.ts'
import { folderLimit, inbox, searchedFolders } from './searchedFolders.ts'

/** CAs' challenge mails have a few kB, signatures of forwarders included. */
const challengeByteLimit = 262_144
/** The inbox and the junk are looked at each time, the others now and then. */
const looksBetweenOthers = 6

const always: readonly FolderUse[] = ['inbox', 'junk']

interface FolderEnd {
  readonly path: string
  readonly uid: number
  readonly always: boolean
}

const positionSchema = z.array(z.object({ path: z.string(), uid: z.number(), always: z.boolean() })).max(folderLimit)

/** Where each folder ends now, as text for the enrolment's row. */
export async function mailboxPosition(mailbox: Mailbox): Promise<Result<string, Failure>> {
  const last = await mailbox.lastUid(inbox)
  if (!last.ok) return last
  const ends: FolderEnd[] = [{ path: inbox, uid: last.value, always: true }]
  for (const { path, use } of (await searchedFolders(mailbox)).slice(1)) {
    const uid = await mailbox.lastUid(path)
    if (uid.ok) ends.push({ path, uid: uid.value, always: always.includes(use) })
  }
  return success(JSON.stringify(ends))
}

function endsOf(position: string): readonly FolderEnd[] {
  // The first versions kept the inbox's end alone.
  if (/^\d+$/.test(position)) return [{ path: inbox, uid: Number(position), always: true }]
  try {
    const parsed = positionSchema.safeParse(JSON.parse(position))
    if (parsed.success) return parsed.data
  } catch {
    // Not written by this program.
  }
  return [{ path: inbox, uid: 0, always: true }]
}

export type ChallengeSearch = (
  mailbox: Mailbox,
  position: string,
  isKnown: (id: string) => boolean,
) => Promise<Result<readonly ArrivedMail[], Failure>>

/** One search per run: it remembers which messages it has fetched, and when the other folders are due. */
export function challengeSearch(): ChallengeSearch {
  /** Digest of each message that was fetched, by folder and uid: a copy in another folder is the same mail. */
  const fetched = new Map<string, string>()
  let looks = 0

  async function inFolder(
    mailbox: Mailbox,
    { path, uid: since }: FolderEnd,
    isKnown: (id: string) => boolean,
  ): Promise<Result<ArrivedMail[], Failure>> {
    const listed = await mailbox.newMails(since, path)
    if (!listed.ok) return listed
    const arrived: ArrivedMail[] = []
    for (const { uid, subject } of listed.value) {
      const place = `${path}\n${uid}`
      const known = fetched.get(place)
      if ((known !== undefined && isKnown(known)) || !/acme\s*:/i.test(subject)) continue
      const mail = await mailbox.fetch(path, uid, challengeByteLimit)
      // Too large for a challenge, or gone meanwhile: not the mail that is waited for.
      if (!mail.ok && (mail.error.code === 'too-large' || mail.error.code === 'not-found')) continue
      if (!mail.ok) return mail
      const id = hexText(digestOf('sha256', mail.value))
      fetched.set(place, id)
      if (!isKnown(id) && !arrived.some((other) => other.id === id)) arrived.push({ id, raw: mail.value })
    }
    return success(arrived)
  }

  return async (mailbox, position, isKnown) => {
    const withOthers = looks++ % looksBetweenOthers === looksBetweenOthers - 1
    const arrived: ArrivedMail[] = []
    for (const end of endsOf(position)) {
      if (!end.always && !withOthers) continue
      const found = await inFolder(mailbox, end, isKnown)
      if (!found.ok && end.path.toUpperCase() === inbox) return found
      // Another folder may have been removed meanwhile.
      for (const mail of found.ok ? found.value : []) {
        if (!arrived.some(({ id }) => id === mail.id)) arrived.push(mail)
      }
    }
    return success(arrived)
  }
}
