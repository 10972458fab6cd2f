/** What the command line brings along for judging certificates: revocation lists, and the policies that are asked for. */

import { readCrls } from '../../certificates/revocation/crl.ts'
import type { RevocationEvidence } from '../../certificates/revocation/evidence.ts'
import { readInput } from './files.ts'
import { CommandFailure, type Terminal, UsageError } from './terminal.ts'

/** The largest lists in public use have about 20 MB; PEM takes a third more. */
const listByteLimit = 50_331_648

/** What the lists of the command line prove; undefined without any. Then they alone count, and nobody is asked. */
export async function evidenceFrom(files: readonly string[] = []): Promise<RevocationEvidence | undefined> {
  if (files.length === 0) return undefined
  const crls = []
  for (const file of files) {
    const read = readCrls(await readInput(file, listByteLimit))
    if (!read.ok) {
      const { code, ...data } = read.error
      throw new CommandFailure(code, data)
    }
    crls.push(...read.value)
  }
  return { crls, ocspResponses: [] }
}

/** Dotted OIDs one of which the chain must hold for; undefined without any. */
export function policiesFrom(terminal: Terminal, oids: readonly string[] = []) {
  const wrong = oids.find((oid) => !/^[0-2](\.(0|[1-9]\d*)){1,31}$/.test(oid))
  if (wrong !== undefined) throw new UsageError(terminal.words('cli.usage.oid', { text: wrong }))
  return oids.length === 0 ? undefined : { initial: oids, explicit: true }
}
