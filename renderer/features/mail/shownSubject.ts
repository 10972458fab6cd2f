/** A subject as a list shows it: RFC 9788 leaves `[...]` outside where the real one lies in the envelope. */

import type { Say } from '../../client/words.ts'

export function shownSubject(subject: string, enveloped: boolean, say: Say): string {
  if (enveloped && (subject === '[...]' || subject === '...')) return say('mail.hiddenSubject')
  return subject === '' ? say('mail.noSubject') : subject
}
