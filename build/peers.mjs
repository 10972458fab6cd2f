/**
 * The other programs that the tests ask: openssl, gpgsm, NSS's tools and Bouncy Castle. Where the tests run as root on a machine
 * with apt, missing ones are installed; elsewhere their cells of the matrix are left out, and the run says so.
 */

import { existsSync } from 'node:fs'
import { aptInstall } from './chromium.mjs'

const packages = {
  '/usr/bin/openssl': ['openssl'],
  '/usr/bin/gpgsm': ['gpgsm'],
  '/usr/bin/cmsutil': ['libnss3-tools'],
  '/usr/share/java/bcmail.jar': ['libbcmail-java'],
  '/usr/bin/javac': ['default-jdk-headless'],
}

export async function installPeers() {
  const missing = Object.entries(packages).flatMap(([file, names]) => (existsSync(file) ? [] : names))
  if (missing.length > 0) await aptInstall(missing)
}
