/** Where a mail of an authority may lie: the inbox, the folder for junk, and those that a person's own rules sort mail into. */

import type { Folder, FolderUse, Mailbox } from '../../mail/mailbox/mailbox.ts'

/** Each folder costs a question at each look; whoever sorts into more than this finds the mail by hand. */
export const folderLimit = 25

export const inbox = 'INBOX'
/** Sent mail and drafts are the person's own. */
const searched: readonly FolderUse[] = ['inbox', 'junk', 'archive', 'other', 'trash']

/** The inbox first; it is there also where a server doesn't list its folders. At most `folderLimit`. */
export async function searchedFolders(mailbox: Mailbox): Promise<Pick<Folder, 'path' | 'use'>[]> {
  const listed = await mailbox.folders()
  const others = listed.ok
    ? listed.value
        .filter(({ use, path }) => searched.includes(use) && path.toUpperCase() !== inbox)
        .sort((left, right) => searched.indexOf(left.use) - searched.indexOf(right.use))
    : []
  return [{ path: inbox, use: 'inbox' as const }, ...others].slice(0, folderLimit)
}
