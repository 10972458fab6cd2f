/**
 * Making certificate requests. A key and its request are written in one transaction, both of a pair together: whatever ends the
 * program, each key here has its request, and what left has its key.
 */

import { certificateRequest, type MailUse } from '../../acquisition/csr.ts'
import type { StoredRequest } from '../../acquisition/requests.ts'
import { wipe } from '../../base/bytes.ts'
import { expectSuccess } from '../../base/result.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { GeneratedKeyType } from '../../crypto/privateKey.ts'
import { generateKey, openPrivateKey } from '../../crypto/privateKey.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { orRaise, raise } from '../raise.ts'

export interface RequestWish extends Pick<StoredRequest, 'name' | 'address' | 'authority' | 'renews'> {
  readonly keyType: GeneratedKeyType
  /** One request for each. */
  readonly uses: readonly MailUse[]
}

interface FreshRequest {
  readonly use: MailUse
  readonly pkcs8: Uint8Array
  readonly request: Uint8Array
}

/** Ends the procedure with `locked`, `no-vault` or `disk-full`; nothing is kept then. Durable when this returns. */
export async function makeRequests(context: ServiceContext, wish: RequestWish): Promise<StoredRequest[]> {
  const state = context.application.vault.state()
  if (state !== 'unlocked') return raise({ code: state === 'none' ? 'no-vault' : 'locked' })
  const fresh: FreshRequest[] = []
  try {
    for (const use of wish.uses) fresh.push(await freshRequest(wish, use))
    return kept(context, wish, fresh)
  } finally {
    for (const { pkcs8 } of fresh) wipe(pkcs8)
  }
}

async function freshRequest({ name, address, keyType }: RequestWish, use: MailUse): Promise<FreshRequest> {
  const { pkcs8 } = await generateKey(keyType)
  const key = expectSuccess(openPrivateKey(pkcs8))
  try {
    return { use, pkcs8, request: await certificateRequest(name, address, key, use) }
  } finally {
    key.close()
  }
}

function kept(
  { application: { identities, profile, requests }, runtime }: ServiceContext,
  { uses: _, ...wish }: RequestWish,
  fresh: readonly FreshRequest[],
): StoredRequest[] {
  const pairId = randomId(runtime.random)
  const now = runtime.clock().toISOString()
  const keepAll = () =>
    fresh.map(({ use, pkcs8, request }): StoredRequest => {
      const key = identities.keepKey(pkcs8)
      if (!key.ok) {
        const { code } = key.error
        // Thrown, so that the transaction is undone.
        if (code === 'locked' || code === 'no-vault' || code === 'disk-full') return raise({ code })
        throw new Error(`a key that was just made can't be kept: ${code}`)
      }
      const made: StoredRequest = {
        ...wish,
        id: randomId(runtime.random),
        pairId,
        use,
        keyId: key.value.keyId,
        request,
        state: 'waiting',
        keyDiscarded: false,
        createdAt: now,
        updatedAt: now,
      }
      requests.save(made)
      return made
    })
  return orRaise(unlessDiskFull(() => profile.database.transaction(keepAll)))
}
