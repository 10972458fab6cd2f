/**
 * `npm run roots`: reads the roots that Mozilla trusts for e-mail out of NSS's module of built-in roots, and writes
 * them as electron/certificates/roots/mozilla.json. To be run when Debian has a newer NSS; nothing else needs it.
 *
 * `npm run roots -- --package FILE` reads a package file, libnss3_VERSION_amd64.deb as `apt-get download libnss3` fetches it:
 * a stable Debian's NSS is years old, so the package should be unstable's. The file is extracted aside, not installed, and the
 * list states its version. `npm run roots` alone reads the libnss3 that is installed. Either needs Debian's packages
 * libnss3-dev and gcc. The module says which roots may vouch for e-mail, and for some of them a date: certificates that begin
 * later don't count. Text comments and other kinds of trust are left out.
 *
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
