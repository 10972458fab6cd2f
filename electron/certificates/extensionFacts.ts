/**
 * What the extensions of RFC 5280 §4.2 say, as short facts for the view: a label with words of its own under
 * `certs.fact`, and a value. An extension that isn't decoded has none, and the view shows its bytes.
 */

import type { CertificateView } from '../../shared/contract/certificates.ts'
import { type DistributionPoint, type Extensions, extensionOids } from './extensions.ts'
import type { GeneralName } from './generalName.ts'
import { policyOf, purposeName } from './names.ts'

type Fact = CertificateView['extensions'][number]['facts'][number]

/** A hostile certificate has 10,000 names; nobody reads more than this, and the PEM text has them all. */
const shownFacts = 200

const accessMethods: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.48.1': 'ocsp',
  '1.3.6.1.5.5.7.48.2': 'issuerUrl',
}

/** Empty where the extension isn't decoded or can't be read. */
export function extensionFacts(extensions: Extensions, oid: string): Fact[] {
  const facts = extensions.malformed.includes(oid) ? [] : (readers[oid]?.(extensions) ?? [])
  if (facts.length <= shownFacts) return facts
  return [...facts.slice(0, shownFacts), { label: 'more', value: String(facts.length - shownFacts) }]
}

const fact = (label: string, value: string): Fact => ({ label, value })

/** No fact where there is no value. */
const optional = (label: string, value: string | number | undefined): Fact[] =>
  value === undefined ? [] : [fact(label, String(value))]

const nameFacts = (names: readonly GeneralName[] | undefined): Fact[] =>
  (names ?? []).map(({ kind, value }) => fact(kind, value))

const readers: Readonly<Record<string, (extensions: Extensions) => Fact[]>> = {
  [extensionOids.keyUsage]: ({ keyUsage }) => (keyUsage ?? []).map((usage) => fact('usage', usage)),
  [extensionOids.extendedKeyUsage]: ({ extendedKeyUsage }) =>
    (extendedKeyUsage ?? []).map((oid) => fact('purpose', named(purposeName(oid), oid))),
  [extensionOids.basicConstraints]: ({ basicConstraints }) => [
    fact('ca', basicConstraints?.ca ? 'yes' : 'no'),
    ...optional('pathLength', basicConstraints?.pathLength),
  ],
  [extensionOids.subjectAltName]: ({ subjectAltName }) => nameFacts(subjectAltName?.names),
  [extensionOids.issuerAltName]: ({ issuerAltName }) => nameFacts(issuerAltName),
  [extensionOids.subjectKeyIdentifier]: ({ subjectKeyIdentifier }) => optional('keyIdentifier', subjectKeyIdentifier),
  [extensionOids.authorityKeyIdentifier]: ({ authorityKeyIdentifier }) => [
    ...optional('keyIdentifier', authorityKeyIdentifier?.keyIdentifier),
    ...nameFacts(authorityKeyIdentifier?.issuer),
    ...optional('serial', authorityKeyIdentifier?.serialNumber),
  ],
  [extensionOids.certificatePolicies]: ({ policies }) =>
    (policies ?? []).flatMap(({ oid, cpsUris }) => [
      fact('policy', named(policyOf(oid).name ?? oid, oid)),
      ...cpsUris.map((uri) => fact('practiceStatement', uri)),
    ]),
  [extensionOids.policyMappings]: ({ policyMappings }) =>
    (policyMappings ?? []).map(({ issuer, subject }) => fact('policyMapping', `${issuer} → ${subject}`)),
  [extensionOids.policyConstraints]: ({ policyConstraints }) => [
    ...optional('requireExplicitPolicy', policyConstraints?.requireExplicitPolicy),
    ...optional('inhibitPolicyMapping', policyConstraints?.inhibitPolicyMapping),
  ],
  [extensionOids.inhibitAnyPolicy]: ({ inhibitAnyPolicy }) => optional('inhibitAnyPolicy', inhibitAnyPolicy),
  [extensionOids.nameConstraints]: ({ nameConstraints }) => [
    ...(nameConstraints?.permitted ?? []).map(({ base }) => fact('permitted', `${base.kind}: ${base.value}`)),
    ...(nameConstraints?.excluded ?? []).map(({ base }) => fact('excluded', `${base.kind}: ${base.value}`)),
  ],
  [extensionOids.crlDistributionPoints]: ({ crlDistributionPoints }) => pointFacts(crlDistributionPoints),
  [extensionOids.freshestCrl]: ({ freshestCrl }) => pointFacts(freshestCrl),
  [extensionOids.authorityInfoAccess]: ({ authorityInfoAccess }) =>
    (authorityInfoAccess ?? []).map(({ method, location }) => {
      const label = accessMethods[method]
      return label === undefined ? fact('access', `${method} ${location.value}`) : fact(label, location.value)
    }),
}

function named(name: string, oid: string): string {
  return name === oid ? oid : `${name} (${oid})`
}

function pointFacts(points: readonly DistributionPoint[] | undefined): Fact[] {
  return (points ?? []).flatMap(({ names, crlIssuer, relativeToIssuer }) => [
    ...names.map(({ value }) => fact('crl', value)),
    ...(relativeToIssuer ? [fact('crlRelative', '')] : []),
    ...crlIssuer.map(({ value }) => fact('crlIssuer', value)),
  ])
}
