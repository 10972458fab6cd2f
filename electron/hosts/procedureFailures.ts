/**
 * What of a failed procedure reaches the page: the contract's own failures with their code and data, and for everything else
 * a bare code. Messages, causes and stack traces stay here; the log gets the procedure, the code and the places in the
 * program, never a message, because a message may quote what was being worked on.
 */

import { mapEventIterator } from '@orpc/client'
import { ORPCError } from '@orpc/server'
import type { StandardHandlerOptions } from '@orpc/server/standard'
import type { Log } from '../base/log.ts'
import type { ServiceContext } from '../services/context.ts'
import { meaningOf } from '../storage/sqliteFailure.ts'

/** Options for an RPC handler of any transport. */
export function failureOptions(log: Log): StandardHandlerOptions<ServiceContext> {
  return {
    clientInterceptors: [
      async ({ next, path, procedure }) => {
        const bare = (error: unknown) => presentable(error, procedure['~orpc'].errorMap, path, log)
        try {
          const output = await next()
          return isAsyncIterator(output)
            ? mapEventIterator(output, { value: async (value) => value, error: bare })
            : output
        } catch (error) {
          throw await bare(error)
        }
      },
    ],
    interceptors: [
      async ({ next }) => {
        try {
          return await next()
        } catch (error) {
          // The data of a declared failure was checked against the contract by now; without that it does not leave.
          if (error instanceof ORPCError && error.defined) throw error
          const code = error instanceof ORPCError ? publicCode(error) : 'INTERNAL_SERVER_ERROR'
          if (error instanceof ORPCError && error.code !== code) log.error({ code, undeclared: error.code })
          throw new ORPCError(code)
        }
      },
    ],
  }
}

async function presentable(
  error: unknown,
  declared: Readonly<Record<string, unknown>>,
  path: readonly string[],
  log: Log,
): Promise<Error> {
  const procedure = path.join('.')
  if (error instanceof ORPCError && Object.hasOwn(declared, error.code)) {
    log.info({ procedure, code: error.code })
    return new ORPCError(error.code, { status: error.status, data: error.data })
  }
  // Any write can meet a full disk; the transaction around it was rolled back.
  if (meaningOf(error) === 'disk-full' && Object.hasOwn(declared, 'disk-full')) {
    log.warn({ procedure, code: 'disk-full' })
    return new ORPCError('disk-full', { status: 422, data: {} })
  }
  if (error instanceof Error && error.name === 'AbortError') return new ORPCError('CLIENT_CLOSED_REQUEST')
  const code = error instanceof ORPCError ? publicCode(error) : 'INTERNAL_SERVER_ERROR'
  log.error({ procedure, code, undeclared: error instanceof ORPCError ? error.code : undefined, at: placesOf(error) })
  return new ORPCError(code)
}

function publicCode(error: {
  readonly code: string
}): 'BAD_REQUEST' | 'CLIENT_CLOSED_REQUEST' | 'INTERNAL_SERVER_ERROR' {
  return error.code === 'BAD_REQUEST' || error.code === 'CLIENT_CLOSED_REQUEST' ? error.code : 'INTERNAL_SERVER_ERROR'
}

/** The lines of a stack trace that name places; the message above them is left out. */
function placesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const lines = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return [error.name, ...lines.slice(0, 12).map((line) => line.trim())]
}

/** An exception that nothing caught is a bug: it is logged, and the program goes on rather than take unsaved work along. */
export function logStrayFailures(log: Log): void {
  const report = (error: unknown) => log.error({ code: 'stray-failure', at: placesOf(error) })
  process.on('unhandledRejection', report)
  process.on('uncaughtException', report)
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown, unknown, void> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
