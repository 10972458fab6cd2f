/** The operating system's roots in the profile: read when the person trusts that list, and again once a day. */

import { failure, type Result } from '../../base/result.ts'
import type { Certificate } from '../../certificates/certificate.ts'
import type { RootLists } from '../../certificates/rootLists.ts'
import type { SystemRootsFailure } from '../../certificates/stores/operatingSystemStore.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { Runtime } from '../context.ts'

/** What an administrator took out of the system's store goes on counting here for a day at most, once Siegel is started anew. */
const freshForMs = 86_400_000

export async function systemRootsOf({
  systemRoots,
}: Pick<Runtime, 'systemRoots'>): Promise<Result<readonly Certificate[], SystemRootsFailure>> {
  return systemRoots ? systemRoots.read() : failure({ code: 'system-roots-unreadable', reason: 'missing' })
}

/** For the start: reads them where the list is trusted and old. A store that can't be read leaves what was read before. */
export async function refreshSystemRoots(
  lists: RootLists,
  runtime: Pick<Runtime, 'systemRoots' | 'clock' | 'log'>,
): Promise<void> {
  if (!lists.state('system').trusted) return
  const readAt = lists.systemReadAt()
  const age = readAt ? runtime.clock().getTime() - readAt.getTime() : Number.POSITIVE_INFINITY
  // A clock that was set back makes it old, too.
  if (age >= 0 && age < freshForMs) return
  const read = await systemRootsOf(runtime)
  const kept = read.ok ? unlessDiskFull(() => lists.keepSystem(read.value)) : read
  if (!kept.ok) runtime.log.warn(kept.error)
}
