/**
 * Takes the entries of a backup's list of CAs into a profile's. Their names and addresses were chosen by whoever wrote the backup:
 * each gets an id of here, a name that stands for nothing else in the list, and the mark that asks before it is used.
 */

import type { RestoredEntry } from '../../../shared/contract/backup.ts'
import { lineText } from '../../../shared/contract/values.ts'
import { hostOf } from '../../../shared/hostOf.ts'
import { shapeOf } from '../../acquisition/catalogue/alikeNames.ts'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import { createOwnAuthorityStore, type OwnAuthority } from '../../acquisition/catalogue/ownAuthorities.ts'
import type { Random } from '../../base/random.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { Database } from '../../storage/database.ts'

const entryName = lineText.min(1).max(100)
const customerNumber = lineText.max(200)

export interface MergedCatalogue {
  /** The id here of each that the backup has. One in the catalogue is itself, whatever the backup calls so. */
  readonly ids: ReadonlyMap<string, string>
  readonly entries: readonly RestoredEntry[]
  readonly known: number
}

interface Merging {
  readonly from: Database
  readonly into: Database
  readonly random: Random
}

export function mergeCatalogue({ from, into, random }: Merging): MergedCatalogue {
  const kept = createOwnAuthorityStore(into)
  const own = kept.list()
  const names = new Set(
    [...catalogue.flatMap(({ id, name }) => [id, name]), ...own.map(({ name }) => name)].map(shapeOf),
  )
  const byAddress = new Map([
    ...own.map((one) => [placeOf(one), one.id] as const),
    ...catalogue.map(({ id, issues, directoryUrl = '' }) => [placeOf({ issues, url: directoryUrl }), id] as const),
  ])
  const ids = new Map<string, string>()
  const entries: RestoredEntry[] = []
  let known = 0
  for (const entry of createOwnAuthorityStore(from).list()) {
    const url = new URL(entry.url).href
    const { issues } = entry
    const same = byAddress.get(placeOf({ issues, url }))
    const id = same ?? randomId(random)
    ids.set(entry.id, id)
    if (same !== undefined) {
      known += 1
      continue
    }
    const restored: OwnAuthority = {
      id,
      name: freeName({ ...entry, url }, names),
      issues,
      url,
      createdAt: entry.createdAt,
    }
    const number = customerNumber.safeParse(entry.bindingKeyId)
    kept.add({ ...restored, ...(number.success ? { bindingKeyId: number.data } : {}), fromBackup: true })
    names.add(shapeOf(restored.name))
    byAddress.set(placeOf(restored), id)
    entries.push({ name: restored.name, host: hostOf(url) })
  }
  for (const { id } of catalogue) ids.set(id, id)
  return { ids, entries, known }
}

function placeOf({ issues, url }: { readonly issues: string; readonly url: string }): string {
  return `${issues} ${url}`
}

/** Its own name unless that could be taken for another one; else the host that it leads to. */
function freeName({ name, url }: OwnAuthority, taken: ReadonlySet<string>): string {
  const isFree = (one: string) => !taken.has(shapeOf(one))
  if (entryName.safeParse(name).success && isFree(name)) return name.trim()
  const host = hostOf(url)
  for (let number = 1; ; number++) {
    const numbered = number === 1 ? host : `${host} (${number})`
    if (isFree(numbered)) return numbered
  }
}
