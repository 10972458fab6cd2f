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

/**
 * RFC 5280 §6.1.5(g), RFC 9618 §5.5: the policies of the anchor's domain that hold at the end and that the caller accepts.
 * anyPolicy stands for all that the caller accepts.
 */
function constrainedPolicies(level: Level | undefined, initial: readonly string[] | undefined): ReadonlySet<string> {
  const found = new Set<string>()
  if (!level) return found
  if (level.has(anyPolicy)) for (const policy of initial ?? [anyPolicy]) found.add(policy)
  const seen = new Set<Node>()
  const visit = (node: Node): void => {
    if (seen.has(node) || node.policy === anyPolicy) return
    seen.add(node)
    for (const parent of node.parents) {
      if (parent.policy !== anyPolicy) visit(parent)
      else if (!initial || initial.includes(node.policy)) found.add(node.policy)
    }
  }
  for (const node of level.values()) visit(node)
  return found
}

export interface PolicyOutcome {
  /** §6.1.6: the user-constrained policy set, dotted OIDs; anyPolicy alone where nobody limits it. */
  readonly policies: readonly string[]
  readonly reason?: PathReason
}

/** Whether any outcome but "every policy" is possible or wanted: without, nothing is computed. */
function isDemanded(below: readonly Certificate[], inputs: PolicyInputs | undefined): boolean {
  return (
    inputs !== undefined ||
    below.some(({ extensions }) => extensions.policyConstraints?.requireExplicitPolicy !== undefined)
  )
}

/**
 * RFC 5280 §6.1.3(d) to (f), §6.1.4(a), (b) and (h) to (j), §6.1.5(a), (b) and (g). `path` ends with the anchor, which takes no
 * part. Undefined where neither the caller nor the path asks for policies.
 */
export function processPolicies(
  path: readonly Certificate[],
  inputs: PolicyInputs | undefined,
): PolicyOutcome | undefined {
  const below = path.slice(0, -1).reverse()
  if (!isDemanded(below, inputs)) return undefined
  const unlimited = below.length + 1
  const root: Level = new Map([[anyPolicy, { policy: anyPolicy, expected: new Set([anyPolicy]), parents: [] }]])
  const state: State = {
    level: root,
    above: root,
    explicit: inputs?.explicit ? 0 : unlimited,
    mapping: inputs?.inhibitMapping ? 0 : unlimited,
    any: inputs?.inhibitAny ? 0 : unlimited,
  }
  for (const [index, certificate] of below.entries()) {
    const last = index === below.length - 1
    const next = nextLevel(state, certificate, last)
    state.above = state.level ?? new Map()
    state.level = next
    if (state.explicit === 0 && !state.level) {
      return { policies: [], reason: reason('explicit-policy-required', below.length - 1 - index, {}) }
    }
    if (last) {
      state.explicit = Math.max(state.explicit - 1, 0)
      if (certificate.extensions.policyConstraints?.requireExplicitPolicy === 0) state.explicit = 0
    } else {
      applyMappings(state, certificate)
      tighten(state, certificate)
    }
  }
  const policies = [...constrainedPolicies(state.level, inputs?.initial)]
  const met = state.explicit > 0 || policies.length > 0
  return { policies, ...(met ? {} : { reason: reason('explicit-policy-required', 0, {}) }) }
}
