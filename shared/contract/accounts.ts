/** The user's mail accounts: where mail is handed in and where it is read. */

import { oc } from '@orpc/contract'
import { z } from 'zod'
import { failures, keptFailure } from './errors.ts'
import { addressText, identifier, instant, lineText } from './values.ts'

export const serverSettings = z.object({
  host: z.string().trim().min(1).max(253),
  port: z.number().int().min(1).max(65_535),
  /** TLS from the first byte, or STARTTLS before anything else. There is no third choice. */
  security: z.enum(['tls', 'starttls']),
  user: lineText.min(1),
})
export type ServerSettings = z.infer<typeof serverSettings>

/** What was negotiated with a server, as Siegel saw it. */
export const tlsFacts = z.object({
  protocol: z.string(),
  cipher: z.string(),
  forwardSecrecy: z.boolean(),
  serverName: z.string(),
  nameMatched: z.boolean(),
})
export type TlsFacts = z.infer<typeof tlsFacts>

const serverProof = z.object({
  ok: z.boolean(),
  tls: tlsFacts.optional(),
  failure: keptFailure.optional(),
})

export const accountProof = z.object({ at: instant, submission: serverProof, mailbox: serverProof })
export type AccountProof = z.infer<typeof accountProof>

export const account = z.object({
  id: identifier,
  name: z.string(),
  address: z.string(),
  submission: serverSettings,
  mailbox: serverSettings,
  /** Lent by the running sandbox; not stored, not editable. */
  sandbox: z.boolean(),
  lastProof: accountProof.optional(),
})
export type Account = z.infer<typeof account>

export const accountInput = z.object({
  name: lineText,
  address: addressText,
  submission: serverSettings,
  mailbox: serverSettings,
  password: z.string().min(1).max(1024),
})

export const accountsContract = {
  list: oc.output(z.array(account)),
  /** A guess for the servers of an address, from its domain alone; nothing is contacted. */
  suggest: oc
    .input(z.object({ address: addressText }))
    .output(z.object({ submission: serverSettings, mailbox: serverSettings }))
    .errors(failures('malformed-address')),
  add: oc
    .input(accountInput)
    .output(account)
    .errors(failures('locked', 'no-vault', 'malformed-address', 'already-known', 'disk-full')),
  update: oc
    .input(accountInput.extend({ id: identifier, password: z.string().max(1024).optional() }))
    .output(account)
    .errors(failures('locked', 'no-vault', 'not-found', 'malformed-address', 'sandbox-only', 'disk-full')),
  remove: oc
    .input(z.object({ id: identifier }))
    .output(z.object({}))
    .errors(failures('not-found', 'sandbox-only')),
  /** Signs in to both servers and sends nothing. */
  test: oc
    .input(z.object({ id: identifier }))
    .output(account)
    .errors(failures('locked', 'no-vault', 'not-found')),
}
