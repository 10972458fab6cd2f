/** What SQLite's and the file system's error codes mean here. Result codes: https://www.sqlite.org/rescode.html */

/**
 * A write that found no room. It is thrown, since any statement may meet it; the transaction around it is rolled back.
 * `unlessDiskFull` turns it into a value at a store's edge.
 */
export class DiskFull extends Error {
  readonly code = 'disk-full'

  constructor() {
    super('disk-full')
  }
}

export type StorageFailure = 'damaged' | 'disk-full' | 'busy' | 'read-only' | 'cannot-open' | 'other'

const sqliteMeaning: Readonly<Record<number, StorageFailure>> = {
  5: 'busy',
  6: 'busy',
  8: 'read-only',
  3: 'read-only',
  11: 'damaged',
  13: 'disk-full',
  14: 'cannot-open',
  26: 'damaged',
}
/** SQLITE_IOERR_WRITE and its kin carry the primary code 10; a short read (522) is a file that was cut off. */
const shortRead = 522
/** SQLITE_IOERR_SHMSIZE: the index beside the journal, made anew by the first connection, found no room. */
const noRoomForIndex = 4874

const systemMeaning: Readonly<Record<string, StorageFailure>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EFBIG: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
}

export function meaningOf(error: unknown): StorageFailure {
  if (error instanceof DiskFull) return 'disk-full'
  if (typeof error !== 'object' || error === null) return 'other'
  const { errcode, code } = error as { errcode?: unknown; code?: unknown }
  if (typeof errcode === 'number') {
    if (errcode === shortRead) return 'damaged'
    if (errcode === noRoomForIndex) return 'disk-full'
    return sqliteMeaning[errcode & 0xff] ?? 'other'
  }
  return typeof code === 'string' ? (systemMeaning[code] ?? 'other') : 'other'
}
