/** One mutated message from a subject, a seed and an index: changed as text, as a CMS structure, or both. */

import { base64Bytes, latin1Bytes, latin1Text } from '../../electron/base/bytes.ts'
import { systemRandom } from '../../electron/base/random.ts'
import { expectSuccess } from '../../electron/base/result.ts'
import type { Certificate } from '../../electron/certificates/certificate.ts'
import { base64Lines } from '../../electron/mime/canonical.ts'
import { encrypt } from '../../electron/smime/cms/encrypt.ts'
import { berMutations } from './berMutations.ts'
import { type BerNode, copyOf, readTree, writeTree } from './berTree.ts'
import { type Chance, chanceOf } from './chance.ts'
import { textMutations } from './textMutations.ts'

/** A message as the mutations see it. */
export interface Subject {
  readonly name: string
  readonly bytes: Uint8Array
  /** The message as one character per byte, before, inside and behind the base64 of its outermost CMS structure. */
  readonly around: { readonly before: string; readonly after: string }
  readonly tree: BerNode
}

export interface Mutated {
  readonly bytes: Uint8Array
  /** The message that was changed, and those that pieces were taken from: what may be shown is theirs. */
  readonly sources: readonly Subject[]
  /** What was done, for a person who looks for the fault. */
  readonly changes: readonly string[]
}

const cmsBody = /content-type:\s*application\/(?:x-)?pkcs7-(?:mime|signature)[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/i

export function subjectOf(name: string, bytes: Uint8Array): Subject {
  const text = latin1Text(bytes)
  const found = cmsBody.exec(text)
  const body = found?.[1] ?? ''
  const tree = readTree(base64Bytes(body))
  if (!found || !tree) throw new Error(`no CMS structure in ${name}`)
  const start = found.index + found[0].length - body.length
  return { name, bytes, around: { before: text.slice(0, start), after: text.slice(start + body.length) }, tree }
}

/** Trailing bytes, a start that is missing: what can't be said in the tree. */
function asWritten(tree: BerNode, chance: Chance): Uint8Array {
  const der = writeTree(tree)
  if (chance.oneIn(30)) return der.subarray(0, chance.below(der.length + 1))
  if (chance.oneIn(30)) return Buffer.concat([der, der.subarray(0, chance.below(200))])
  return der
}

function changedStructure(subject: Subject, others: readonly Subject[], chance: Chance, changes: string[]): Uint8Array {
  const tree = copyOf(subject.tree)
  for (let left = chance.pick([1, 1, 1, 2, 3]); left > 0; left--) {
    const mutation = chance.pick(berMutations)
    changes.push(mutation.name)
    mutation.apply(
      tree,
      chance,
      others.map((other) => other.tree),
    )
  }
  const der = asWritten(tree, chance)
  if (chance.oneIn(10)) {
    changes.push('as a file without a mail')
    return der
  }
  const { before, after } = subject.around
  return latin1Bytes(`${before}${base64Lines(der)}${after}`)
}

function changedText(bytes: Uint8Array, others: readonly Subject[], chance: Chance, changes: string[]): Uint8Array {
  let changed = bytes
  for (let left = chance.pick([1, 1, 1, 2, 4]); left > 0 && changed.length > 0; left--) {
    const mutation = chance.pick(textMutations)
    changes.push(mutation.name)
    changed = mutation.apply(
      changed,
      chance,
      others.map((other) => other.bytes),
    )
  }
  return changed
}

/** Anybody can encrypt for a recipient: a changed signature inside an envelope that is right. */
async function enveloped(bytes: Uint8Array, recipient: Certificate, chance: Chance): Promise<Uint8Array> {
  const text = latin1Text(bytes)
  const end = text.indexOf('\r\n\r\n')
  const fields = text.slice(0, Math.max(0, end)).split(/\r\n(?![ \t])/)
  const structural = fields.filter((field) => /^content-/i.test(field))
  const outside = fields.filter((field) => !/^content-/i.test(field))
  const entity = latin1Bytes(`${structural.join('\r\n')}${text.slice(Math.max(0, end))}`)
  const cipher = chance.pick(['aes-256-cbc', 'aes-256-gcm'] as const)
  const chunks = expectSuccess(
    encrypt([entity], { recipients: [{ certificate: recipient }], cipher, random: systemRandom }),
  )
  const der: Uint8Array[] = []
  for await (const chunk of chunks) der.push(chunk)
  const type = 'Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64'
  return latin1Bytes(`${outside.join('\r\n')}\r\n${type}\r\n\r\n${base64Lines(Buffer.concat(der))}`)
}

export async function mutate(
  subjects: readonly Subject[],
  seed: number,
  index: number,
  recipient: Certificate,
): Promise<Mutated> {
  const chance = chanceOf(seed, index)
  const subject = chance.pick(subjects)
  const others = [chance.pick(subjects), chance.pick(subjects)]
  const changes: string[] = []
  const structural = chance.oneIn(2)
  let bytes = structural ? changedStructure(subject, others, chance, changes) : subject.bytes
  if (!structural || chance.oneIn(8)) bytes = changedText(bytes, others, chance, changes)
  if (chance.oneIn(10)) {
    changes.push('encrypted afterwards')
    bytes = await enveloped(bytes, recipient, chance)
  }
  return { bytes, sources: [subject, ...others], changes }
}
