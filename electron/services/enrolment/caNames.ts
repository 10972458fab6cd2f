/** How the CA of a directory is called: by the name that the person chose or the catalogue has, with its host beside it. */

import { hostOf } from '../../../shared/hostOf.ts'
import { isAlike } from '../../acquisition/catalogue/alikeNames.ts'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import type { Application } from '../context.ts'
import { sandboxDirectory } from './acmeConnection.ts'

interface CaNames {
  readonly caName: string
  /** Only where the name is another one. */
  readonly caHost?: string
}

/** For an order or an account of the directory. */
export function caNamesOf(
  application: Application,
  directory: string,
  { fromBackup = false }: { readonly fromBackup?: boolean | undefined },
): CaNames {
  if (directory === sandboxDirectory) return { caName: 'Siegel Sandbox' }
  const caHost = hostOf(directory)
  // A backup brings the names along with the servers: until the person has agreed to the server, it is called by what it is.
  const caName = fromBackup ? undefined : nameOf(application, directory)
  return caName === undefined || caName === caHost ? { caName: caHost } : { caName, caHost }
}

function nameOf({ ownAuthorities }: Application, directory: string): string | undefined {
  const known = catalogue.find(({ directoryUrl }) => directoryUrl === directory)
  if (known) return known.name
  const own = ownAuthorities.list().find(({ issues, url }) => issues === 'acme' && url === directory)
  // No entry is made under the name of one in the catalogue, but the catalogue grows.
  return own?.fromBackup || catalogue.some(({ name }) => isAlike(name, own?.name ?? '')) ? undefined : own?.name
}
