/**
 * Certificate policies (RFC 5280 §6.1, as the graph of RFC 9618: one node for each policy and depth, so that mappings
 * can't multiply it). Computed only where a path or the caller demands an explicit policy; nothing else depends on it.
 */

import type { Certificate } from './certificate.ts'
import { extensionOids } from './extensions.ts'
import { type PathReason, reason } from './pathReason.ts'

const anyPolicy = '2.5.29.32.0'

/** RFC 5280 §6.1.1 (c), (e), (f) and (g). Without any of it every policy is acceptable. */
export interface PolicyInputs {
  /** The acceptable policies; absent: any. */
  readonly initial?: readonly string[]
  readonly explicit?: boolean
  readonly inhibitMapping?: boolean
  readonly inhibitAny?: boolean
}

interface Node {
  readonly policy: string
  expected: ReadonlySet<string>
  readonly parents: readonly Node[]
}
type Level = Map<string, Node>

interface State {
  /** Undefined: no policy is valid any more. */
  level: Level | undefined
  /** The level above, for what mappings add. */
  above: Level
  explicit: number
  mapping: number
  any: number
}

/** RFC 5280 §6.1.4(a): anyPolicy is neither mapped nor mapped to. */
export function checkPolicyMappings(ca: Certificate, link: number): PathReason | undefined {
  const mappings = ca.extensions.policyMappings ?? []
  const wrong = mappings.some(({ issuer, subject }) => issuer === anyPolicy || subject === anyPolicy)
  return wrong ? reason('malformed-extension', link, { oid: extensionOids.policyMappings }) : undefined
}

/** RFC 5280 §6.1.3(d) and (e). */
function nextLevel(state: State, certificate: Certificate, last: boolean): Level | undefined {
  const stated = certificate.extensions.policies
  const { level } = state
  if (!stated || !level) return undefined
  const next: Level = new Map()
  const add = (policy: string, parents: readonly Node[]) => {
    if (parents.length > 0 && !next.has(policy)) next.set(policy, { policy, expected: new Set([policy]), parents })
  }
  const expecting = (policy: string) => [...level.values()].filter(({ expected }) => expected.has(policy))
  const anyAbove = level.get(anyPolicy)
  for (const { oid } of stated) {
    if (oid === anyPolicy) continue
    const parents = expecting(oid)
    add(oid, parents.length > 0 || !anyAbove ? parents : [anyAbove])
  }
  const takesAny = stated.some(({ oid }) => oid === anyPolicy) && (state.any > 0 || (!last && certificate.selfIssued))
  if (takesAny) {
    for (const { expected } of level.values()) for (const policy of expected) add(policy, expecting(policy))
  }
  return next.size > 0 ? next : undefined
}

/** RFC 5280 §6.1.4(b). */
function applyMappings(state: State, ca: Certificate): void {
  const { level } = state
  if (!level) return
  const mapped = new Map<string, Set<string>>()
  for (const { issuer, subject } of ca.extensions.policyMappings ?? []) {
    const subjects = mapped.get(issuer)
    if (subjects) subjects.add(subject)
    else mapped.set(issuer, new Set([subject]))
  }
  for (const [policy, subjects] of mapped) {
    const node = level.get(policy)
    const anyAbove = state.above.get(anyPolicy)
    if (state.mapping === 0) level.delete(policy)
    else if (node) node.expected = subjects
    else if (level.has(anyPolicy) && anyAbove) level.set(policy, { policy, expected: subjects, parents: [anyAbove] })
  }
  if (level.size === 0) state.level = undefined
}

/** RFC 5280 §6.1.4(h) to (j). */
function tighten(state: State, { selfIssued, extensions }: Certificate): void {
  const step = selfIssued ? 0 : 1
  const { policyConstraints, inhibitAnyPolicy } = extensions
  const least = (value: number, limit: number | undefined) => Math.min(Math.max(value - step, 0), limit ?? value)
  state.explicit = least(state.explicit, policyConstraints?.requireExplicitPolicy)
  state.mapping = least(state.mapping, policyConstraints?.inhibitPolicyMapping)
  state.any = least(state.any, inhibitAnyPolicy)
}

/** RFC 5280 §6.1.5(g): whether a policy at the end goes back to an acceptable one of the anchor's domain. */
function meets(level: Level, initial: readonly string[] | undefined): boolean {
  if (!initial) return true
  if (level.has(anyPolicy)) return initial.length > 0
  const acceptable = new Set(initial)
  const known = new Map<Node, boolean>()
  const reaches = (node: Node): boolean => {
    const before = known.get(node)
    if (before !== undefined) return before
    const result = node.parents.some((parent) =>
      parent.policy === anyPolicy ? acceptable.has(node.policy) : reaches(parent),
    )
    known.set(node, result)
    return result
  }
  return [...level.values()].some(reaches)
}

/** RFC 5280 §6.1.3(f) and §6.1.5(g). `path` ends with the anchor, which takes no part. */
export function checkPolicies(path: readonly Certificate[], inputs: PolicyInputs = {}): PathReason | undefined {
  const below = path.slice(0, -1).reverse()
  const demanded = below.some(({ extensions }) => extensions.policyConstraints?.requireExplicitPolicy !== undefined)
  if (!inputs.explicit && !demanded) return undefined
  const unlimited = below.length + 1
  const root: Level = new Map([[anyPolicy, { policy: anyPolicy, expected: new Set([anyPolicy]), parents: [] }]])
  const state: State = {
    level: root,
    above: root,
    explicit: inputs.explicit ? 0 : unlimited,
    mapping: inputs.inhibitMapping ? 0 : unlimited,
    any: inputs.inhibitAny ? 0 : unlimited,
  }
  for (const [index, certificate] of below.entries()) {
    const last = index === below.length - 1
    const next = nextLevel(state, certificate, last)
    state.above = state.level ?? new Map()
    state.level = next
    if (state.explicit === 0 && !state.level) return reason('explicit-policy-required', below.length - 1 - index, {})
    if (last) {
      state.explicit = Math.max(state.explicit - 1, 0)
      if (certificate.extensions.policyConstraints?.requireExplicitPolicy === 0) state.explicit = 0
    } else {
      applyMappings(state, certificate)
      tighten(state, certificate)
    }
  }
  const met = state.level !== undefined && meets(state.level, inputs.initial)
  return state.explicit > 0 || met ? undefined : reason('explicit-policy-required', 0, {})
}
