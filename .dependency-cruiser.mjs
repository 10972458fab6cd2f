/**
 * The arrows of the architecture. A folder may import what lies below it, never a sibling and never upwards;
 * everything may import shared/. Each row names a folder and the folders below it.
 */

const below = {
  base: [],
  asn1: ['base'],
  crypto: ['asn1', 'base'],
  mime: ['crypto', 'asn1', 'base'],
  net: ['crypto', 'asn1', 'base'],
  storage: ['crypto', 'asn1', 'base'],
  keystore: ['mime', 'net', 'storage', 'crypto', 'asn1', 'base'],
  certificates: ['mime', 'net', 'storage', 'crypto', 'asn1', 'base'],
  smime: ['keystore', 'certificates', 'mime', 'net', 'storage', 'crypto', 'asn1', 'base'],
}
const domainGround = ['smime', ...below.smime]
for (const domain of ['acquisition', 'contacts', 'mail', 'inspect']) below[domain] = domainGround
const domains = ['acquisition', 'contacts', 'mail', 'inspect', ...domainGround]
below.services = domains
below.sandbox = domains
below.hosts = ['services', 'sandbox', ...domains]

const test = '\\.test\\.tsx?$'
/** What several tests share stands beside them as `testPki.ts`, `testServers.ts`; it keeps to the arrows like all else. */
const testSupport = '/test[A-Z][A-Za-z]*\\.ts$'

const arrows = Object.entries(below).map(([folder, allowed]) => ({
  name: `arrows-of-${folder}`,
  comment: `electron/${folder} imports only what lies below it and shared/`,
  severity: 'error',
  from: { path: `^electron/${folder}/`, pathNot: test },
  to: { path: '^(electron|renderer|e2e|build)/', pathNot: `^electron/(${[folder, ...allowed].join('|')})/` },
}))

/** Inside services/ each folder may import those before it in this row. The files beside them join all of them into one program. */
const services = [
  'files',
  'sandbox',
  'revocation',
  'certificates',
  'identities',
  'authority',
  'mail',
  'backup',
  'enrolment',
  'requests',
  'rounds',
]
const serviceArrows = services.map((folder, index) => ({
  name: `arrows-of-services-${folder}`,
  comment: `electron/services/${folder} imports only what stands before it in the row of services`,
  severity: 'error',
  from: { path: `^electron/services/${folder}/`, pathNot: [test, testSupport] },
  to: {
    path: '^electron/services/[^/]+/',
    pathNot: `^electron/services/(${services.slice(0, index + 1).join('|')})/`,
  },
}))

/** Which folders may import which package; in electron/ and shared/ a package not listed here is imported by nobody. */
const owners = {
  '@orpc/(contract|shared)': '^(shared/contract|electron/(services|hosts)|renderer/client)/',
  '@orpc/server': '^electron/(services|hosts)/',
  '@orpc/(client|tanstack-query)': '^(electron/hosts|renderer)/',
  'node-forge': '^electron/(crypto|keystore)/',
  '@noble/post-quantum': '^electron/crypto/',
  '@photostructure/sqlite': '^electron/storage/',
  nodemailer: '^electron/(mail|sandbox)/',
  imapflow: '^electron/mail/',
  mailauth: '^electron/(mail|acquisition|inspect|sandbox|services)/',
  jose: '^electron/(acquisition|sandbox)/',
  '(smtp-server|hoodiecrow-imap)': '^electron/sandbox/',
  ws: '^electron/hosts/browser/',
  commander: '^electron/hosts/cli/',
  pino: '^electron/base/',
  electron: '^electron/hosts/desktop/',
  yauzl: '^electron/acquisition/',
  '@zxcvbn-ts/(core|language-common)': '^shared/passphraseStrength',
  zod: '^(shared|electron|renderer)/',
}

const packages = Object.entries(owners).map(([name, path]) => ({
  name: `owner-of-${name.replace(/[^a-z0-9-]+/gi, '.')}`,
  comment: `only ${path} may import ${name}`,
  severity: 'error',
  from: { path: '^(electron|renderer|shared)/', pathNot: [path, test, testSupport] },
  to: { path: `node_modules/${name}(/|$)` },
}))

export default {
  forbidden: [
    ...arrows,
    ...serviceArrows,
    {
      name: 'service-in-the-row',
      comment: 'a folder of services/ stands in the row of services',
      severity: 'error',
      from: { path: `^electron/services/(?!(${services.join('|')})/)[^/]+/` },
      to: {},
    },
    ...packages,
    {
      name: 'no-owner',
      comment: 'a package is imported where the table of owners says so',
      severity: 'error',
      from: { path: '^(electron|shared)/', pathNot: [test, testSupport] },
      to: { path: 'node_modules/', pathNot: `node_modules/(${Object.keys(owners).join('|')})(/|$)` },
    },
    {
      name: 'no-tests-inside',
      comment: 'what ships imports neither tests nor what tests share',
      severity: 'error',
      from: { path: '^(electron|renderer|shared)/', pathNot: [test, testSupport] },
      to: { path: [test, testSupport] },
    },
    {
      name: 'shared-is-pure',
      severity: 'error',
      from: { path: '^shared/', pathNot: test },
      to: { path: ['^(electron|renderer|e2e|build)/', '^node:', '^(fs|crypto|path|buffer|net|tls|os)$'] },
    },
    {
      name: 'renderer-sees-shared-only',
      severity: 'error',
      from: { path: '^renderer/', pathNot: test },
      to: { path: ['^(electron|e2e|build)/', '^node:', '^(fs|crypto|path|buffer|net|tls|os)$'] },
    },
    {
      name: 'one-crypto',
      comment: 'electron/crypto is the only importer of node:crypto',
      severity: 'error',
      from: { path: '^(electron|shared|renderer)/', pathNot: ['^electron/crypto/', test, testSupport] },
      to: { path: '^(node:)?crypto$' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^bun:' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
}
