/**
 * The other programs that the tests ask: openssl, gpgsm, NSS's tools, Bouncy Castle and Let's Encrypt's test server. Where the
 * tests run as root on a machine with apt, missing ones are installed; elsewhere their cells of the matrix and their tests are
 * left out, and the run says so.
 */

import { existsSync } from 'node:fs'
import { aptInstall } from './chromium.mjs'

const packages = {
  '/usr/bin/openssl': ['openssl'],
  '/usr/bin/gpgsm': ['gpgsm'],
  '/usr/bin/cmsutil': ['libnss3-tools'],
  '/usr/share/java/bcmail.jar': ['libbcmail-java'],
  '/usr/bin/pebble': ['pebble'],
  '/usr/bin/javac': ['default-jdk-headless'],
}

export async function installPeers() {
  const missing = Object.entries(packages).flatMap(([file, names]) => (existsSync(file) ? [] : names))
  if (missing.length === 0 || (await aptInstall(missing))) return
  // A distribution that lacks one of them still has the others.
  for (const name of missing) await aptInstall([name])
}
