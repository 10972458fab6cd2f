/** The computer's own stores of people's certificates: what they hold, and taking it. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { Failure } from '../../../shared/contract/errors.ts'
import { findSystemStores } from '../../acquisition/systemStores/findSystemStores.ts'
import type { StoredKey, SystemStore, SystemStoreFailure } from '../../acquisition/systemStores/systemStore.ts'
import { hexText, utf8Bytes } from '../../base/bytes.ts'
import type { Result } from '../../base/result.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../../certificates/lint/lint.ts'
import { summaryOf } from '../../certificates/view.ts'
import { digestOf } from '../../crypto/digest.ts'
import { randomId } from '../../crypto/identifier.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign } from '../judge.ts'
import { raise } from '../raise.ts'
import { importHandedOver, requireOpenVault } from './handedOverKeys.ts'

const os = implement(contract.systemStores).$context<ServiceContext>()

interface Entry {
  readonly key: StoredKey
  readonly certificate: Certificate
}

export const systemStoresProcedures = {
  stores: os.stores.handler(async ({ context }) => {
    const stores = await storesOf(context)
    const shown = stores.map(async (store) => {
      const { kind, place } = store
      return { id: idOf(store), kind, place, tools: await store.hasTools() }
    })
    return Promise.all(shown)
  }),

  certificates: os.certificates.handler(async ({ input, context }) => {
    const entries = await entriesIn(await storeFor(context, input.store))
    const known = new Set(context.application.identities.list().map(({ sha256 }) => sha256))
    return entries.map(({ key, certificate }) => ({
      certificate: summaryOf(certificate),
      keyAlgorithm: keyAlgorithmText(certificate),
      canSign: canSign(certificate),
      canEncrypt: canEncrypt(certificate),
      known: known.has(certificate.sha256),
      odd: lintCertificate(certificate, { at: context.runtime.clock() }),
      exportable: key.exportable !== 'no',
    }))
  }),

  take: os.take.handler(async ({ input, context }) => {
    requireOpenVault(context)
    const store = await storeFor(context, input.store)
    const wanted = new Set(input.certificates)
    const chosen = (await entriesIn(store)).filter(({ certificate }) => wanted.has(certificate.sha256))
    if (chosen.length < wanted.size) return raise({ code: 'not-found', what: 'certificate' })
    const fixed = chosen.filter(({ key }) => key.exportable === 'no')
    if (fixed.length > 0) return raise({ code: 'key-not-exportable', name: namesOf(fixed) })
    const exported = await store.export(
      chosen.map(({ key }) => key),
      { oneTimePassword: randomId(context.runtime.random), storePassword: input.storePassword },
    )
    return importHandedOver(context, orRaise(exported, chosen), wanted)
  }),
}

async function storesOf({ runtime }: ServiceContext): Promise<SystemStore[]> {
  const machine = await runtime.tools?.()
  return machine ? findSystemStores(machine) : []
}

/** Names a store to a caller that can't name folders. */
function idOf({ kind, place }: SystemStore): string {
  return hexText(digestOf('sha256', utf8Bytes(`${kind} ${place}`))).slice(0, 16)
}

async function storeFor(context: ServiceContext, id: string): Promise<SystemStore> {
  const store = (await storesOf(context)).find((each) => idOf(each) === id)
  return store ?? raise({ code: 'not-found', what: 'system-store' })
}

/** Those that Siegel can read, each once; a store may hold others. */
async function entriesIn(store: SystemStore): Promise<Entry[]> {
  const entries = new Map<string, Entry>()
  for (const key of orRaise(await store.list(), [])) {
    const parsed = parseCertificate(key.certificateDer)
    if (parsed.ok) entries.set(parsed.value.sha256, { key, certificate: parsed.value })
  }
  return [...entries.values()]
}

function orRaise<Value>(result: Result<Value, SystemStoreFailure>, chosen: readonly Entry[]): Value {
  return result.ok ? result.value : raise(failureOf(result.error, chosen))
}

/** A store that doesn't say which key stays is told of with all that were asked for. */
function failureOf(error: SystemStoreFailure, chosen: readonly Entry[]): Failure {
  if (error.code !== 'key-not-exportable') return error
  const named = chosen.filter(({ key }) => error.sha1 === undefined || key.sha1 === error.sha1)
  return { code: error.code, name: namesOf(named) }
}

function namesOf(entries: readonly Entry[]): string {
  return entries.map(({ certificate }) => certificate.emails[0] ?? summaryOf(certificate).name).join(', ')
}
