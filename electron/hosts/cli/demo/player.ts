/** One person of the demonstration: a sandbox profile of their own, played through the same procedures as the window's. */

import { createRouterClient } from '@orpc/server'
import type { SendEvent } from '../../../../shared/contract/compose.ts'
import type { KeyType } from '../../../../shared/contract/enrolment.ts'
import type { Identity } from '../../../../shared/contract/identities.ts'
import type { OpenedMail } from '../../../../shared/contract/report.ts'
import type { SpooledFile } from '../../../../shared/contract/values.ts'
import { base64urlText } from '../../../base/bytes.ts'
import { systemRandom } from '../../../base/random.ts'
import { wholeOf } from '../../../base/seekableBytes.ts'
import type { ServiceContext } from '../../../services/context.ts'
import { router } from '../../../services/router.ts'
import { openSession } from '../../../services/session.ts'
import { createRuntime } from '../../runtime.ts'
import { CommandFailure } from '../terminal.ts'

export interface Player {
  readonly context: ServiceContext
  readonly client: ReturnType<typeof clientOf>
  /** Of this profile only, made for this run. */
  readonly passphrase: string
  close(): Promise<void>
}

function clientOf(context: ServiceContext) {
  return createRouterClient(router, { context })
}

/** Opens a sandbox profile in `home` that shares the servers of `serverFolder`, and makes its vault. */
export async function createPlayer(home: string, serverFolder: string): Promise<Player> {
  const session = await openSession({
    home,
    runtime: createRuntime({ host: 'cli', home }),
    kind: 'sandbox',
    sandboxFolder: serverFolder,
  })
  const { context } = session
  const client = clientOf(context)
  const passphrase = base64urlText(systemRandom(18))
  await client.vault.create({ passphrase })
  return { context, client, passphrase, close: () => session.close() }
}

export async function accountOf(player: Player, address: string): Promise<string> {
  const account = (await player.client.accounts.list()).find((candidate) => candidate.address === address)
  if (!account) throw new CommandFailure('no-account', { address })
  return account.id
}

/** Gets a certificate from the sandbox's CA, and tells each step as it begins. */
export async function enrol(
  player: Player,
  person: { name: string; address: string; keyType: KeyType },
  tell: (step: string) => void,
): Promise<Identity> {
  const { id } = await player.client.enrolment.begin({ ...person, ca: { kind: 'sandbox' } })
  for await (const event of await player.client.enrolment.follow({ id })) {
    if (event.type === 'step' && event.state === 'running') tell(event.step)
    if (event.type === 'failed') throw new CommandFailure(event.code, event.data)
    if (event.type === 'done') return event.identity
  }
  throw new CommandFailure('cancelled')
}

export interface DemoLetter {
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly attachments?: SpooledFile[]
  readonly sign: boolean
  readonly encrypt: boolean
}

export async function send(player: Player, letter: DemoLetter): Promise<Extract<SendEvent, { type: 'done' }>> {
  const events = await player.client.compose.send({
    ...letter,
    to: [{ address: letter.to }],
    cc: [],
    bcc: [],
    attachments: letter.attachments ?? [],
  })
  for await (const event of events) if (event.type === 'done') return event
  throw new CommandFailure('cancelled')
}

/** Mail inside the sandbox arrives within a moment; a minute is more than a slow machine needs. */
const arrivalLimitMs = 60_000

/** Waits for the mail with that subject and opens it, with its bytes as they lay in the mailbox. */
export async function receive(
  player: Player,
  address: string,
  isWanted: (mail: OpenedMail) => boolean,
): Promise<{ mail: OpenedMail; source: Uint8Array }> {
  const accountId = await accountOf(player, address)
  const deadline = Date.now() + arrivalLimitMs
  const seen = new Set<number>()
  while (Date.now() < deadline) {
    const { mails } = await player.client.mailbox.list({ accountId })
    for (const { uid } of mails) {
      if (seen.has(uid)) continue
      seen.add(uid)
      const mail = await player.client.mailbox.open({ accountId, uid })
      const source = player.context.application.opened.get(mail.openedId)?.source
      if (source && isWanted(mail)) return { mail, source: await wholeOf(source) }
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new CommandFailure('timeout', { host: 'sandbox', seconds: arrivalLimitMs / 1000 })
}
