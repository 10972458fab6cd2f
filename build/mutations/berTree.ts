/**
 * A BER structure as a tree that can be changed and written again, also wrongly: with lengths that lie, with ends that are
 * missing, deeper than any reader should follow.
 */

import { children, contentOf, derHeader, readElement } from '../../electron/asn1/der.ts'

export interface BerNode {
  /** The identifier octet. */
  tag: number
  /** Of a constructed element; undefined for a primitive one. */
  members: BerNode[] | undefined
  content: Uint8Array
  indefinite: boolean
  /** Length octets that replace the right ones. */
  lie: Uint8Array | undefined
  /** The end of an indefinite length isn't written. */
  open: boolean
}

export function primitive(tag: number, content: Uint8Array): BerNode {
  return { tag, members: undefined, content, indefinite: false, lie: undefined, open: false }
}

export function constructed(tag: number, members: BerNode[], indefinite = false): BerNode {
  return { tag, members, content: new Uint8Array(), indefinite, lie: undefined, open: false }
}

/** The tree of the first element in `bytes`, or undefined when there is none. */
export function readTree(bytes: Uint8Array): BerNode | undefined {
  const element = readElement(bytes)
  if (!element.ok) return undefined
  const { tag, indefinite } = element.value
  if (!element.value.constructed) return primitive(tag, contentOf(element.value))
  const inside = children(element.value)
  if (!inside.ok) return primitive(tag, contentOf(element.value))
  const members = inside.value.map((child) => readTree(bytes.subarray(child.start, child.end)))
  return constructed(
    tag,
    members.filter((member) => member !== undefined),
    indefinite,
  )
}

/** Every node, parents before their members. */
export function nodesOf(root: BerNode): BerNode[] {
  const found: BerNode[] = [root]
  for (let at = 0; at < found.length; at++) found.push(...(found[at]?.members ?? []))
  return found
}

/** A copy whose changes leave the original alone. */
export function copyOf(node: BerNode): BerNode {
  return { ...node, members: node.members?.map(copyOf) }
}

export function writeTree({ tag, members, content, indefinite, lie, open }: BerNode): Uint8Array {
  const inside = members ? Buffer.concat(members.map(writeTree)) : content
  if (lie) return Buffer.concat([Uint8Array.of(tag), lie, inside])
  if (indefinite) return Buffer.concat([Uint8Array.of(tag, 0x80), inside, new Uint8Array(open ? 0 : 2)])
  return Buffer.concat([derHeader(tag, inside.length), inside])
}
