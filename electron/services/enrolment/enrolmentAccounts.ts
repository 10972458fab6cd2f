/**
 * Accounts at CAs with an open vault: which one an enrolment uses, its key, and changing that key so that a process that is
 * killed in between finds out which of the two the CA knows.
 */

import type { Failure } from '../../../shared/contract/errors.ts'
import { type AccountKey, openAccountKey } from '../../acquisition/acme/accountKey.ts'
import type { ExternalAccountBinding } from '../../acquisition/acme/accounts.ts'
import { type AcmeClient, openAcmeClient } from '../../acquisition/acme/client.ts'
import { isPassing, shown } from '../../acquisition/acme/errors.ts'
import { accountTable, bindingTable, nextKeyTable, type StoredAcmeAccount } from '../../acquisition/acmeAccounts.ts'
import type { OpenedAcmeAccount } from '../../acquisition/enrolmentPorts.ts'
import type { StoredEnrolment } from '../../acquisition/store.ts'
import { equalBytes, utf8Bytes, utf8Text, wipe } from '../../base/bytes.ts'
import { failure, type Result, success } from '../../base/result.ts'
import { randomId } from '../../crypto/identifier.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import { unlessDiskFull } from '../../storage/database.ts'
import type { ServiceContext } from '../context.ts'
import { acmeConnection, sandboxDirectory } from './acmeConnection.ts'

/** What an account of this enrolment's CA says as its directory. */
export function directoryOf({ ca, directoryUrl = '' }: Pick<StoredEnrolment, 'ca' | 'directoryUrl'>): string {
  return ca === 'sandbox' ? sandboxDirectory : directoryUrl
}

/**
 * The account that enrolments at a CA share (RFC 8555 §7.3), or a new one; never one from a backup that nobody agreed to: who
 * knows its key gets certificates for what is proven with it. With a binding it is the one of that customer.
 */
export async function accountAt(
  context: ServiceContext,
  directory: string,
  binding?: ExternalAccountBinding,
): Promise<Result<StoredAcmeAccount, Failure>> {
  const { acmeAccounts } = context.application
  const known = acmeAccounts
    .list()
    .find(
      (account) =>
        account.directory === directory &&
        !account.closed &&
        !account.fromBackup &&
        (binding === undefined || account.bindingKeyId === binding.keyId),
    )
  if (known) return binding && known.url === undefined ? withBinding(context, known, binding) : success(known)
  const made = await newAccount(context, directory)
  if (!made.ok) return made
  return binding ? withBinding(context, made.value, binding) : success(made.value)
}

async function newAccount(context: ServiceContext, directory: string): Promise<Result<StoredAcmeAccount, Failure>> {
  const { clock, random } = context.runtime
  const id = randomId(random)
  const sealedKey = await sealedNewKey(context, accountTable, id)
  if (!sealedKey.ok) return sealedKey
  return kept(context, {
    id,
    directory,
    sealedKey: sealedKey.value,
    sealedIn: accountTable,
    answersFirst: false,
    closed: false,
    createdAt: clock().toISOString(),
  })
}

/** Keeps what a CA handed out until the account is registered with it. */
export function withBinding(
  context: ServiceContext,
  account: StoredAcmeAccount,
  { keyId, hmacKey }: ExternalAccountBinding,
): Result<StoredAcmeAccount, Failure> {
  const sealed = context.application.vault.seal(bindingTable, account.id, utf8Bytes(hmacKey.replace(/=+$/, '')))
  if (!sealed.ok) return sealed
  return kept(context, { ...account, bindingKeyId: keyId, sealedBindingKey: sealed.value })
}

function kept(context: ServiceContext, account: StoredAcmeAccount): Result<StoredAcmeAccount, Failure> {
  const saved = unlessDiskFull(() => context.application.acmeAccounts.save(account))
  return saved.ok ? success(account) : saved
}

async function sealedNewKey(context: ServiceContext, table: string, id: string): Promise<Result<Uint8Array, Failure>> {
  const { pkcs8 } = await generateKey('ec-p256')
  try {
    return context.application.vault.seal(table, id, pkcs8)
  } finally {
    wipe(pkcs8)
  }
}

async function keyIn(
  context: ServiceContext,
  table: string,
  id: string,
  sealed: Uint8Array,
): Promise<Result<AccountKey, Failure>> {
  const pkcs8 = context.application.vault.open(table, id, sealed)
  if (!pkcs8.ok) return failure(pkcs8.error.code === 'damaged' ? { code: 'damaged-file' } : pkcs8.error)
  try {
    return success(await openAccountKey(pkcs8.value))
  } finally {
    wipe(pkcs8.value)
  }
}

/** The account as an enrolment needs it, after a change of its key that was interrupted has been settled. */
export async function openAccount(
  context: ServiceContext,
  id: string,
  signal?: AbortSignal,
): Promise<Result<OpenedAcmeAccount, Failure>> {
  const stored = context.application.acmeAccounts.get(id)
  if (!stored) return failure({ code: 'not-found', what: 'account-key' })
  const settled = stored.sealedNextKey === undefined ? success(stored) : await settledKeyChange(context, stored, signal)
  if (!settled.ok) return settled
  const account = settled.value
  const key = await keyIn(context, account.sealedIn, id, account.sealedKey)
  if (!key.ok) return key
  const binding = bindingOf(context, account)
  if (!binding.ok) return binding
  return success({
    key: key.value,
    registered: account.url !== undefined,
    answersFirst: account.answersFirst,
    ...(account.terms === undefined ? {} : { terms: account.terms }),
    ...(binding.value ? { externalAccountBinding: binding.value } : {}),
  })
}

function bindingOf(
  context: ServiceContext,
  { id, bindingKeyId, sealedBindingKey }: StoredAcmeAccount,
): Result<ExternalAccountBinding | undefined, Failure> {
  if (bindingKeyId === undefined || sealedBindingKey === undefined) return success(undefined)
  const opened = context.application.vault.open(bindingTable, id, sealedBindingKey)
  if (!opened.ok) return failure(opened.error.code === 'damaged' ? { code: 'damaged-file' } : opened.error)
  const hmacKey = utf8Text(opened.value)
  wipe(opened.value)
  return success({ keyId: bindingKeyId, hmacKey })
}

/** A conversation with the CA under this account, which must be registered there. The caller has nothing to close. */
export async function accountSession(
  context: ServiceContext,
  id: string,
  signal?: AbortSignal,
): Promise<Result<{ readonly client: AcmeClient; readonly accountUrl: string; readonly key: AccountKey }, Failure>> {
  const opened = await openAccount(context, id, signal)
  if (!opened.ok) return opened
  const { key } = opened.value
  const client = await clientFor(context, context.application.acmeAccounts.get(id)?.directory ?? '', key, signal)
  if (!client.ok) return client
  const found = await client.value.findAccount()
  if (!found.ok) return failure(shown(found.error, context.runtime.clock()))
  return success({ client: client.value, accountUrl: found.value.accountUrl, key })
}

async function clientFor(
  context: ServiceContext,
  directory: string,
  key: AccountKey,
  signal?: AbortSignal,
): Promise<Result<AcmeClient, Failure>> {
  const connection = acmeConnection(context, directory, signal)
  if (!connection.ok) return connection
  const client = await openAcmeClient(connection.value, key)
  return client.ok ? client : failure(shown(client.error, context.runtime.clock()))
}

/** Gives the account another key (RFC 8555 §7.3.5). The new one is durable before the CA hears of it. */
export async function changeAccountKey(
  context: ServiceContext,
  id: string,
  signal?: AbortSignal,
): Promise<Result<StoredAcmeAccount, Failure>> {
  const session = await accountSession(context, id, signal)
  if (!session.ok) return session
  const sealedNextKey = await sealedNewKey(context, nextKeyTable, id)
  if (!sealedNextKey.ok) return sealedNextKey
  const pending = changedAccount(context, id, (stored) =>
    stored.sealedNextKey === undefined ? { ...stored, sealedNextKey: sealedNextKey.value } : stored,
  )
  // Another process is changing it in this moment: with two new keys, the one that counts might be the one that was given up.
  if (!pending.ok || pending.value.sealedNextKey !== sealedNextKey.value) return pending
  const next = await keyIn(context, nextKeyTable, id, sealedNextKey.value)
  if (!next.ok) return next
  const changed = await session.value.client.changeKey(session.value.accountUrl, next.value)
  if (changed.ok) return withNextKey(context, pending.value)
  const { error } = changed
  // Refused, it is over. Where the answer is lost, or is that of a gateway before the CA, the change may have been made, and the
  // next conversation finds out which key counts: without the other one the account would be lost.
  if (error.code === 'ca-refused' && !isPassing(error)) withoutNextKey(context, pending.value)
  return failure(shown(error, context.runtime.clock()))
}

/** Which of the two keys the CA knows: the process that changed it was killed, or heard no answer. */
async function settledKeyChange(
  context: ServiceContext,
  account: StoredAcmeAccount,
  signal: AbortSignal | undefined,
): Promise<Result<StoredAcmeAccount, Failure>> {
  const next = await keyIn(context, nextKeyTable, account.id, account.sealedNextKey ?? new Uint8Array())
  if (!next.ok) return next
  const client = await clientFor(context, account.directory, next.value, signal)
  if (!client.ok) return client
  const found = await client.value.findAccount()
  if (found.ok) return withNextKey(context, account)
  if (found.error.code === 'ca-refused' && found.error.problem === 'accountDoesNotExist') {
    return withoutNextKey(context, account)
  }
  return failure(shown(found.error, context.runtime.clock()))
}

/** Unless another process was faster, and may have changed it once more by now. */
function withNextKey(context: ServiceContext, account: StoredAcmeAccount): Result<StoredAcmeAccount, Failure> {
  const { vault } = context.application
  const pkcs8 = vault.open(nextKeyTable, account.id, account.sealedNextKey ?? new Uint8Array())
  if (!pkcs8.ok) return failure(pkcs8.error.code === 'damaged' ? { code: 'damaged-file' } : pkcs8.error)
  try {
    const sealed = vault.seal(accountTable, account.id, pkcs8.value)
    if (!sealed.ok) return sealed
    return changedAccount(context, account.id, (stored) => {
      if (!equalBytes(stored.sealedKey, account.sealedKey)) return stored
      return { ...withoutNext(stored, account), sealedKey: sealed.value, sealedIn: accountTable }
    })
  } finally {
    wipe(pkcs8.value)
  }
}

function withoutNextKey(context: ServiceContext, account: StoredAcmeAccount): Result<StoredAcmeAccount, Failure> {
  return changedAccount(context, account.id, (stored) => withoutNext(stored, account))
}

/** Another process's next key stays. */
function withoutNext(stored: StoredAcmeAccount, { sealedNextKey }: StoredAcmeAccount): StoredAcmeAccount {
  const { sealedNextKey: kept, ...rest } = stored
  return kept && sealedNextKey && equalBytes(kept, sealedNextKey) ? rest : stored
}

/** The account as it is by now, which may be another than a minute ago, with a change. */
function changedAccount(
  context: ServiceContext,
  id: string,
  change: (stored: StoredAcmeAccount) => StoredAcmeAccount,
): Result<StoredAcmeAccount, Failure> {
  return context.application.profile.database.transaction(() => {
    const stored = context.application.acmeAccounts.get(id)
    return stored ? kept(context, change(stored)) : failure({ code: 'not-found', what: 'account-key' })
  })
}

/** Answers to the question whether there is an account for a key: it was forgotten, or closed at the CA (§7.3.1, §7.3.6). */
const gone = new Set(['accountDoesNotExist', 'unauthorized', 'account-deactivated', 'account-revoked'])

/** Closes the account at the CA and here (§7.3.6). One that isn't there, never was or no longer, is only closed here. */
export async function closeAccount(
  context: ServiceContext,
  id: string,
  signal?: AbortSignal,
): Promise<Result<StoredAcmeAccount, Failure>> {
  const stored = context.application.acmeAccounts.get(id)
  if (!stored) return failure({ code: 'not-found', what: 'account-key' })
  if (stored.url !== undefined) {
    const session = await accountSession(context, id, signal)
    const isGone = !session.ok && session.error.code === 'ca-refused' && gone.has(session.error.problem)
    if (!session.ok && !isGone) return session
    const closed = session.ok ? await session.value.client.deactivate(session.value.accountUrl) : undefined
    if (closed && !closed.ok) return failure(shown(closed.error, context.runtime.clock()))
  }
  const current = context.application.acmeAccounts.get(id) ?? stored
  return kept(context, { ...current, closed: true })
}
