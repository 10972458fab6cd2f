/**
 * Noticing changes in a folder: IDLE (RFC 2177) where the server can, otherwise a question every few seconds. The session
 * is used for nothing else meanwhile.
 */

import { failure, type Result, success } from '../../base/result.ts'
import type { MailboxFailure } from './failures.ts'
import type { MailboxSession } from './session.ts'

export async function* watchFolder(
  session: MailboxSession,
  folder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result<'changed', MailboxFailure>, void> {
  const { client, limits, run } = session
  let changed = false
  let wake: (() => void) | undefined
  const onChange = () => {
    changed = true
    wake?.()
  }
  const onEnd = () => wake?.()
  const woken = (limitMs: number | undefined) =>
    new Promise<undefined>((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => wake?.(), limitMs)
      wake = () => {
        clearTimeout(timer)
        resolve(undefined)
      }
    })
  client.on('exists', onChange)
  client.on('expunge', onChange)
  client.on('flags', onChange)
  client.on('close', onEnd)
  signal?.addEventListener('abort', onEnd, { once: true })

  try {
    const opened = await run(limits.command, () => client.mailboxOpen(folder, { readOnly: true }))
    if (!opened.ok) {
      yield opened
      return
    }
    const idles = client.capabilities.has('IDLE')
    let idling: Promise<Result<unknown, MailboxFailure>> | undefined
    while (!signal?.aborted) {
      if (!client.usable) {
        yield failure({ code: 'protocol-violation', host: client.host, reason: 'connection-closed' })
        return
      }
      if (changed) {
        changed = false
        yield success('changed')
        continue
      }
      if (idles) {
        idling ??= run(undefined, () => client.idle())
        const ended = await Promise.race([woken(undefined), idling])
        if (!ended) continue
        idling = undefined
        if (ended.ok) continue
        yield ended
        return
      }
      await woken(limits.poll)
      if (changed || signal?.aborted || !client.usable) continue
      const asked = await run(limits.command, () => client.noop())
      if (!asked.ok) {
        yield asked
        return
      }
    }
  } finally {
    client.off('exists', onChange)
    client.off('expunge', onChange)
    client.off('flags', onChange)
    client.off('close', onEnd)
    signal?.removeEventListener('abort', onEnd)
  }
}
