/**
 * `npm run roots`: reads the roots that Mozilla trusts for e-mail out of NSS's module of built-in roots, and writes
 * them as electron/certificates/roots/mozilla.json. To be run when Debian has a newer NSS; nothing else needs it.
 *
 * Needs Debian's packages libnss3, libnss3-dev and gcc: `apt-get install libnss3 libnss3-dev gcc`. The module says which
 * roots may vouch for e-mail, and for some of them a date: certificates that begin later don't count. Text comments and
 * other kinds of trust are left out. `npm run roots -- --module FILE` reads another module, such as Firefox's;
 * `npm run roots -- --keys` needs no NSS: it only brings the names of the list up to date after a change of how names are compared.
 *
 * Afterwards run `npm test -- unit electron/certificates/roots`: it compares the list with the certdata.txt among the test
 * data, where every difference has to be explained.
 */

import { setup } from './setup.mjs'
import { node, root, run } from './tools.mjs'

await setup()
const { code } = await run(node(), ['--no-warnings', `${root}build/emailRoots/generate.ts`, ...process.argv.slice(2)])
process.exitCode = code
