/**
 * The demonstration: from nothing to a sealed letter, and what a reader is told when something is wrong. Each step does
 * what a person would do and ends with facts that must hold.
 */

import { join } from 'node:path'
import { base64Text, concatBytes, equalBytes, latin1Bytes, latin1Text, utf8Text } from '../../../base/bytes.ts'
import { systemClock } from '../../../base/clock.ts'
import { systemRandom } from '../../../base/random.ts'
import { parseCertificate } from '../../../certificates/certificate.ts'
import { openForReading } from '../../../services/mail/reading.ts'
import { sealLetter } from '../../../smime/seal.ts'
import { failureOf } from '../failure.ts'
import { CommandFailure } from '../terminal.ts'
import { createPlayer, enrol, type Player, receive, send } from './player.ts'

const anna = 'anna@sandbox.example'
const jonas = 'jonas@sandbox.example'
const signedSubject = 'Treffen am Donnerstag'
const sealedSubject = 'Das Angebot, nur für Sie'
const sealedText = 'Lieber Herr Keller,\n\nanbei das Angebot. 4711 Stück, wie besprochen.\n\nAnna Berger\n'

/** A fact of a step: its name, what was seen, and whether that is as it should be. */
export interface Fact {
  readonly name: string
  readonly value: unknown
  readonly holds: boolean
}

export interface Step {
  readonly name: string
  run(): Promise<readonly Fact[]>
}

function fact(name: string, value: unknown, holds: boolean): Fact {
  return { name, value, holds }
}

function is(name: string, value: unknown, expected: unknown): Fact {
  return fact(name, value, value === expected)
}

/** The steps in their order, on profiles below `home`. `close` ends everything that they opened. */
export function tellStory(
  home: string,
  note: (step: string) => void,
): { steps: readonly Step[]; close(): Promise<void> } {
  const servers = join(home, 'server')
  const players: Player[] = []
  const player = async (name: string) => {
    const created = await createPlayer(join(home, name), servers)
    players.push(created)
    return created
  }
  let annas: Player
  let jonass: Player
  let signed: Uint8Array
  let sealed: Uint8Array
  let signedOpened: { openedId: string; sha256: string | undefined }

  const verdictFor = async (reader: Player, bytes: Uint8Array) => {
    const opened = await openForReading(reader.context, bytes, {})
    if (opened.ok) return opened.value
    const { code, ...data } = opened.error
    throw new CommandFailure(code, data)
  }

  const steps: Step[] = [
    {
      name: 'sandbox',
      async run() {
        annas = await player('anna')
        const started = await annas.context.application.sandbox.start()
        if (!started.ok) {
          const { code, ...data } = started.error
          throw new CommandFailure(code, data)
        }
        jonass = await player('jonas')
        const { directoryUrl, smtp, imap } = started.value
        return [
          fact('ca', directoryUrl, directoryUrl.startsWith('https://')),
          fact('smtp', `${smtp.host}:${smtp.port}`, smtp.port > 0),
          fact('imap', `${imap.host}:${imap.port}`, imap.port > 0),
        ]
      },
    },
    {
      name: 'enrol-anna',
      async run() {
        const identity = await enrol(annas, { name: 'Anna Berger', address: anna, keyType: 'ec-p256' }, note)
        return [
          is('state', identity.state, 'valid'),
          fact('key', identity.keyAlgorithm, identity.canSign && identity.canEncrypt),
        ]
      },
    },
    {
      name: 'enrol-jonas',
      async run() {
        const identity = await enrol(jonass, { name: 'Jonas Keller', address: jonas, keyType: 'rsa-3072' }, note)
        return [
          is('state', identity.state, 'valid'),
          fact('key', identity.keyAlgorithm, identity.canSign && identity.canEncrypt),
        ]
      },
    },
    {
      name: 'refuse',
      async run() {
        const [state] = await annas.client.compose.recipients({ addresses: [jonas] })
        const refused = await send(annas, {
          from: anna,
          to: jonas,
          subject: sealedSubject,
          text: sealedText,
          sign: true,
          encrypt: true,
        }).then(
          () => 'sent',
          (error: unknown) => failureOf(error)?.code ?? 'unexpected',
        )
        return [is('recipient', state?.state, 'postcard'), is('refused', refused, 'recipient-without-certificate')]
      },
    },
    {
      name: 'signed',
      async run() {
        const letter = { from: jonas, to: anna, subject: signedSubject, text: 'Passt Ihnen 10 Uhr?\n' }
        await send(jonass, { ...letter, sign: true, encrypt: false })
        const { mail, source } = await receive(annas, anna, ({ subject }) => subject === signedSubject)
        signed = source
        signedOpened = { openedId: mail.openedId, sha256: mail.harvestable[0]?.sha256 }
        const { verdict } = mail.report
        return [is('signature', verdict.signature, 'good'), is('encryption', verdict.encryption, 'none')]
      },
    },
    {
      name: 'harvest',
      async run() {
        const { openedId, sha256 } = signedOpened
        if (sha256 === undefined) return [fact('signer', undefined, false)]
        const contact = await annas.client.contacts.harvest({ openedId, sha256 })
        const [state] = await annas.client.compose.recipients({ addresses: [jonas] })
        return [
          is('can-read-sealed', contact.canReadSealed, true),
          fact('evidence', contact.certificates[0]?.evidence[0]?.kind, contact.certificates.length === 1),
          is('recipient', state?.state, 'sealed'),
        ]
      },
    },
    {
      name: 'sealed',
      async run() {
        const attachment = systemRandom(200_000)
        const handed = await annas.context.application.handover.offer(
          { name: 'Angebot März.pdf', mediaType: 'application/pdf' },
          attachment,
        )
        if (!handed.ok) throw new CommandFailure(handed.error.code)
        const done = await send(annas, {
          from: anna,
          to: jonas,
          subject: sealedSubject,
          text: sealedText,
          attachments: [handed.value],
          sign: true,
          encrypt: true,
        })
        const tls = done.outcomes[0]?.tls
        const { mail, source } = await receive(jonass, jonas, ({ subject }) => subject === sealedSubject)
        sealed = source
        const part = mail.parts.find(({ kind }) => kind === 'attachment')
        const opened = jonass.context.application.opened.get(mail.openedId)
        const received = await opened?.message.parts.find(({ id }) => id === part?.id)?.bytes()
        return [
          fact('tls', tls?.protocol, tls?.nameMatched === true && tls.forwardSecrecy),
          is('filed-in-sent', done.filedInSent, true),
          fact('attachment', part?.name, received !== undefined && equalBytes(received, attachment)),
        ]
      },
    },
    {
      name: 'opened',
      async run() {
        const mail = await verdictFor(jonass, sealed)
        const text = mail.parts.find(({ kind }) => kind === 'text')?.text?.replaceAll('\r\n', '\n')
        const outside = latin1Text(sealed)
        return [
          is('signature', mail.report.verdict.signature, 'good'),
          is('encryption', mail.report.verdict.encryption, 'decrypted'),
          // His signature said that he reads AES-GCM.
          is('cipher', mail.report.layers[0]?.kind, 'auth-enveloped'),
          fact('text', 'as written', text?.trimEnd() === sealedText.trimEnd()),
          fact(
            'subject-outside',
            '[...]',
            !outside.includes('Angebot') && !outside.includes(base64Text(latin1Bytes('Angebot'))),
          ),
        ]
      },
    },
    {
      name: 'stranger',
      async run() {
        const stranger = await player('stranger')
        const mail = await verdictFor(stranger, sealed)
        const shown = mail.parts.map(({ text }) => text ?? '').join('')
        return [
          is('encryption', mail.report.verdict.encryption, 'no-key'),
          fact('text', shown.length, !shown.includes('4711') && mail.subject !== sealedSubject),
        ]
      },
    },
    {
      name: 'tampered',
      async run() {
        const mail = await verdictFor(annas, withOneLetterChanged(signed))
        return [is('signature', mail.report.verdict.signature, 'broken'), is('level', mail.report.verdict.level, 'bad')]
      },
    },
    {
      name: 'mismatch',
      async run() {
        const mail = await verdictFor(jonass, await signedUnderAnotherName(annas))
        return [
          is('signature', mail.report.verdict.signature, 'address-mismatch'),
          is('level', mail.report.verdict.level, 'bad'),
        ]
      },
    },
    {
      name: 'backup',
      async run() {
        const [identity] = await jonass.client.identities.list()
        if (!identity) return [fact('identity', undefined, false)]
        const password = base64Text(systemRandom(18))
        const { spoolId } = await jonass.client.identities.export({
          id: identity.id,
          password,
          target: 'modern',
          passphrase: jonass.passphrase,
        })
        const file = await jonass.context.application.handover.get(spoolId)?.bytes()
        if (!file) return [fact('file', undefined, false)]
        const fresh = await player('fresh')
        const { imported } = await fresh.client.identities.import({ source: { bytes: base64Text(file) }, password })
        const mail = await verdictFor(fresh, sealed)
        return [
          is('imported', imported.length, 1),
          is('encryption', mail.report.verdict.encryption, 'decrypted'),
          is('signature', mail.report.verdict.signature, 'good'),
        ]
      },
    },
  ]

  return {
    steps,
    async close() {
      // Anna's session runs the servers: it ends last.
      for (const open of [...players].reverse()) await open.close()
    },
  }
}

/** Changes the hour in the signed text, as somebody on the way could. */
function withOneLetterChanged(message: Uint8Array): Uint8Array {
  const text = latin1Text(message)
  const place = text.indexOf('10 Uhr')
  if (place < 0) throw new CommandFailure('not-found', { what: 'text' })
  return latin1Bytes(`${text.slice(0, place)}11${text.slice(place + 2)}`)
}

/** A letter that Anna signs with her own key and sends as Mara. */
async function signedUnderAnotherName(annas: Player): Promise<Uint8Array> {
  const { identities } = annas.context.application
  const [own] = identities.list()
  const key = own && identities.key(own.id)
  const certificate = own && parseCertificate(own.certificateDer)
  if (!key?.ok || !certificate?.ok) throw new CommandFailure('no-identity', { address: anna })
  const now = systemClock()
  const message = await sealLetter(
    {
      from: { name: 'Mara Lind', address: 'mara@sandbox.example' },
      to: [{ address: jonas }],
      cc: [],
      subject: 'Neue Kontonummer',
      date: now,
      messageId: '<demo-mismatch@sandbox.example>',
      text: 'Bitte nur noch auf das neue Konto überweisen.\n',
      attachments: [],
    },
    {
      sign: { certificate: certificate.value, chain: [], key: key.value, signingTime: now },
      random: systemRandom,
    },
  )
  if (!message.ok) {
    const { code, ...data } = message.error
    throw new CommandFailure(code, data)
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of message.value) chunks.push(chunk)
  return concatBytes(...chunks)
}

/** What a fact's value looks like in a line. */
export function valueText(value: unknown): string {
  return value instanceof Uint8Array ? utf8Text(value) : String(value)
}
