/**
 * What was said between Siegel and a submission server, for a person to read. Nothing of an AUTH exchange is kept, and a
 * server that repeats a secret does not get it into the transcript either.
 */

import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { printable } from '../../net/tls.ts'

export interface TranscriptLine {
  readonly direction: 'client' | 'server' | 'note'
  readonly text: string
}

export interface Transcript {
  client(text: string): void
  server(text: string): void
  /** A fact between the lines, such as what TLS was negotiated. */
  note(text: string): void
  lines(): TranscriptLine[]
  /** Text from the server, cut and without control characters and secrets. */
  clean(text: string): string
}

/** A thousand recipients make two thousand lines; the beginning and the end tell the story. */
const keptAtEachEnd = 150
/** RFC 5321 §4.5.3.1.5: a reply line has 512 octets. */
const longestLine = 512
const mask = '********'

export function createTranscript(credentials: { readonly user: string; readonly password: string }): Transcript {
  const secrets = secretsOf(credentials)
  const beginning: TranscriptLine[] = []
  const end: TranscriptLine[] = []
  let leftOut = 0
  let signingIn = false

  function clean(text: string): string {
    let cleaned = text
    for (const secret of secrets) cleaned = cleaned.replaceAll(secret, mask)
    return printable(cleaned, longestLine)
  }

  function add(direction: TranscriptLine['direction'], text: string): void {
    const line = { direction, text: clean(text) }
    if (beginning.length < keptAtEachEnd) {
      beginning.push(line)
      return
    }
    end.push(line)
    if (end.length > keptAtEachEnd) {
      end.shift()
      leftOut += 1
    }
  }

  return {
    client(text) {
      const command = /^AUTH(?: ([A-Za-z0-9-]{1,20}))?/i.exec(text)
      if (command) signingIn = true
      if (signingIn) add('client', command ? `AUTH ${command[1] ?? ''} ${mask}` : mask)
      else add('client', text)
    },
    server(text) {
      // RFC 4954 §4: 334 asks for more, anything else ends the exchange. What a challenge says is part of the secret.
      if (signingIn && /^334/.test(text)) {
        add('server', '334')
        return
      }
      signingIn = false
      for (const line of text.split(/\r?\n/).slice(0, 64)) add('server', line)
    },
    note: (text) => add('note', text),
    lines() {
      const gap: TranscriptLine[] = leftOut > 0 ? [{ direction: 'note', text: `… ${leftOut} …` }] : []
      return [...beginning, ...gap, ...end]
    },
    clean,
  }
}

/** The password in the spellings in which it travels. */
function secretsOf({ user, password }: { readonly user: string; readonly password: string }): string[] {
  if (password === '') return []
  return [
    base64Text(utf8Bytes(`\u0000${user}\u0000${password}`)),
    base64Text(utf8Bytes(`${user}\u0000${user}\u0000${password}`)),
    base64Text(utf8Bytes(password)),
    password,
  ]
}
