/**
 * For tests: the process that crash.test.ts kills. It makes keys, joins them with certificates and imports pairs for ever,
 * and says on stdout what it was told is durable. Runs under Node directly.
 */

import { writeSync } from 'node:fs'
import { systemClock } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { generateKey } from '../crypto/privateKey.ts'
import { openProfile } from '../storage/profile.ts'
import { createIdentityStore } from './identityStore.ts'
import { certificateAround } from './testCertificate.ts'
import { createVault } from './vault.ts'

const [folder = '', passphrase = ''] = process.argv.slice(2)

const profile = expectSuccess(await openProfile(folder, { kind: 'real', clock: systemClock }))
const { database } = profile
const cost = { cost: 2 ** 14, blockSize: 8, parallelism: 1 }
const vault = createVault({ database, clock: systemClock, random: systemRandom, cost })
expectSuccess(await vault.unlock(passphrase))
const identities = createIdentityStore({ database, vault, clock: systemClock, random: systemRandom })

// Synchronous: what is reported was written before anything else happens.
const report = (kind: string, id: string, publicKeyInfo: Uint8Array): void => {
  writeSync(1, `${kind} ${id} ${Buffer.from(publicKeyInfo).toString('hex')}\n`)
}

writeSync(1, 'ready - -\n')
for (let round = 0; ; round++) {
  const { pkcs8, publicKeyInfo } = await generateKey('ec-p256')
  const certificateDer = certificateAround(publicKeyInfo, round)
  const addresses = [`person${round % 3}@example.org`]
  if (round % 3 === 2) {
    const { identity } = expectSuccess(await identities.importPair({ pkcs8, certificateDer, addresses, chain: [] }))
    report('identity', identity.id, publicKeyInfo)
  } else {
    const { keyId } = expectSuccess(identities.keepKey(pkcs8))
    report('key', keyId, publicKeyInfo)
    const source = 'enrolment' as const
    const installed = identities.install({ keyId, certificateDer, addresses, chain: [certificateDer], source })
    report('identity', expectSuccess(installed).id, publicKeyInfo)
  }
}
