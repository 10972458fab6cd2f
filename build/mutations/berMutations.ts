/** Changes to a CMS structure as a structure: each names itself, so that a failure says what was done. */

import { contentOf, derOid, readElement, universal } from '../../electron/asn1/der.ts'
import { oids } from '../../electron/asn1/oids.ts'
import { type BerNode, constructed, copyOf, nodesOf, primitive } from './berTree.ts'
import type { Chance } from './chance.ts'

export interface BerMutation {
  readonly name: string
  /** Changes `root` in place. `others` are the structures of other messages. */
  apply(root: BerNode, chance: Chance, others: readonly BerNode[]): void
}

function anyNode(root: BerNode, chance: Chance): BerNode {
  return chance.pick(nodesOf(root))
}

/** A node with members, for changes among them. */
function anyParent(root: BerNode, chance: Chance): BerNode & { members: BerNode[] } {
  const parents = nodesOf(root).filter((node) => node.members && node.members.length > 0)
  return chance.pick(parents.length > 0 ? parents : [root]) as BerNode & { members: BerNode[] }
}

function anyPlace({ members }: { members: BerNode[] }, chance: Chance): number {
  return chance.below(members.length)
}

function changedByte(content: Uint8Array, chance: Chance): Uint8Array {
  const copy = Uint8Array.from(content)
  if (copy.length > 0) {
    const at = chance.below(copy.length)
    copy[at] = chance.oneIn(2) ? chance.below(256) : (copy[at] ?? 0) ^ (1 << chance.below(8))
  }
  return copy
}

/** Length octets that are wrong, too long, too large for any message, or right with leading zeros. */
function lyingLength(chance: Chance): Uint8Array {
  const short = Uint8Array.of(chance.below(128))
  return chance.pick([
    short,
    Uint8Array.of(0x81, chance.below(256)),
    Uint8Array.of(0x82, chance.below(256), chance.below(256)),
    Uint8Array.of(0x84, 0x7f, 0xff, 0xff, 0xff),
    Uint8Array.of(0x84, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0x86, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xff, ...new Uint8Array(126), chance.below(256)),
    Uint8Array.of(0x80),
  ])
}

/** Algorithms and content types that mean something to a reader: one in the place of another is how a check is fooled. */
const knownOids = Object.values(oids)

const tagsInUse = [...Object.values(universal), 0x24, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x00, 0x1f, 0x3f]

export const berMutations: readonly BerMutation[] = [
  {
    name: 'changes a byte of a value',
    apply(root, chance) {
      const values = nodesOf(root).filter(({ members, content }) => !members && content.length > 0)
      const node = chance.pick(values.length > 0 ? values : [root])
      node.content = changedByte(node.content, chance)
    },
  },
  {
    name: 'cuts or lengthens a value',
    apply(root, chance) {
      const node = anyNode(root, chance)
      const keep = chance.below(node.content.length + 1)
      node.content = chance.oneIn(2)
        ? node.content.subarray(0, keep)
        : Buffer.concat([node.content, new Uint8Array(chance.below(300)).fill(chance.below(256))])
    },
  },
  {
    name: 'changes a tag',
    apply(root, chance) {
      anyNode(root, chance).tag = chance.pick(tagsInUse)
    },
  },
  {
    name: 'lies about a length',
    apply(root, chance) {
      anyNode(root, chance).lie = lyingLength(chance)
    },
  },
  {
    name: 'makes lengths indefinite or definite',
    apply(root, chance) {
      const all = chance.oneIn(3)
      for (const node of all ? nodesOf(root) : [anyParent(root, chance)]) {
        if (node.members) node.indefinite = all ? true : !node.indefinite
      }
    },
  },
  {
    name: 'leaves an indefinite length open',
    apply(root, chance) {
      const node = anyParent(root, chance)
      node.indefinite = true
      node.open = true
    },
  },
  {
    name: 'makes a primitive element indefinite',
    apply(root, chance) {
      const node = anyNode(root, chance)
      node.indefinite = true
      node.open = chance.oneIn(2)
    },
  },
  {
    name: 'nests deeply',
    apply(root, chance) {
      const parent = anyParent(root, chance)
      const at = anyPlace(parent, chance)
      const indefinite = chance.oneIn(2)
      const tag = chance.pick([universal.sequence, universal.set, 0x24, 0xa0])
      let nested = parent.members[at] ?? primitive(universal.null, new Uint8Array())
      for (let depth = chance.pick([3, 20, 60, 400]); depth > 0; depth--)
        nested = constructed(tag, [nested], indefinite)
      parent.members[at] = nested
    },
  },
  {
    name: 'splits a string into segments',
    apply(root, chance) {
      const strings = nodesOf(root).filter(({ tag, members }) => !members && (tag & 0x1f) === universal.octetString)
      if (strings.length === 0) return
      const node = chance.pick(strings)
      const size = chance.pick([1, 7, 100])
      const members: BerNode[] = []
      for (let at = 0; at < node.content.length; at += size) {
        members.push(primitive(universal.octetString, node.content.subarray(at, at + size)))
      }
      node.members = members
      node.tag |= 0x20
      node.indefinite = chance.oneIn(2)
    },
  },
  {
    name: 'removes a member',
    apply(root, chance) {
      const parent = anyParent(root, chance)
      parent.members.splice(anyPlace(parent, chance), 1)
    },
  },
  {
    name: 'repeats a member',
    apply(root, chance) {
      const parent = anyParent(root, chance)
      const at = anyPlace(parent, chance)
      const member = parent.members[at]
      const times = chance.pick([1, 1, 1, 40])
      if (member) for (let count = 0; count < times; count++) parent.members.splice(at, 0, copyOf(member))
    },
  },
  {
    name: 'swaps two members',
    apply(root, chance) {
      const { members } = anyParent(root, chance)
      const [left, right] = [chance.below(members.length), chance.below(members.length)]
      const [one, other] = [members[left], members[right]]
      if (one && other) [members[left], members[right]] = [other, one]
    },
  },
  {
    name: 'moves a member elsewhere',
    apply(root, chance) {
      const from = anyParent(root, chance)
      const [moved] = from.members.splice(anyPlace(from, chance), 1)
      const to = anyParent(root, chance)
      if (moved) to.members.splice(chance.below(to.members.length + 1), 0, copyOf(moved))
    },
  },
  {
    name: 'puts a member of another message in the place of one',
    apply(root, chance, others) {
      const parent = anyParent(root, chance)
      const at = anyPlace(parent, chance)
      const other = chance.pick(others)
      const alike = nodesOf(other).filter(({ tag }) => tag === parent.members[at]?.tag)
      parent.members[at] = copyOf(chance.pick(alike.length > 0 ? alike : nodesOf(other)))
    },
  },
  {
    name: 'adds a member of another message',
    apply(root, chance, others) {
      const parent = anyParent(root, chance)
      const member = copyOf(anyNode(chance.pick(others), chance))
      parent.members.splice(chance.below(parent.members.length + 1), 0, member)
    },
  },
  {
    name: 'names another algorithm or type',
    apply(root, chance) {
      const named = nodesOf(root).filter(({ tag }) => tag === universal.oid)
      if (named.length === 0) return
      const element = readElement(derOid(chance.pick(knownOids)))
      if (element.ok) chance.pick(named).content = contentOf(element.value)
    },
  },
]
