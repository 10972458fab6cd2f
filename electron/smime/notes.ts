/**
 * The structural findings of opening a message, with how grave each is. The codes are stable: the words for them stand in
 * shared/words under `findings`. `malformedSignature` and the layers' states are facts of their own and have no note here.
 */

import type { MessageNote } from './openedMessage.ts'

const severities = {
  // Form of the file and of its MIME structure
  'no-mail-header': 'info',
  'content-without-headers': 'info',
  'line-ends-restored': 'info',
  'unknown-charset': 'info',
  'duplicate-header': 'warning',
  'duplicate-content-type': 'warning',
  'malformed-content-type': 'info',
  'duplicate-transfer-encoding': 'warning',
  'unknown-transfer-encoding': 'info',
  'missing-blank-line': 'info',
  'missing-boundary': 'warning',
  'unclosed-multipart': 'info',
  'empty-multipart': 'info',
  // Layers
  'smime-type-mismatch': 'info',
  'trailing-bytes': 'info',
  'empty-content': 'warning',
  'signed-part-inside': 'info',
  'encrypted-part-inside': 'warning',
  'extra-parts-in-signed': 'warning',
  'damaged-in-transit': 'warning',
  'signature-unreadable': 'error',
  'signature-missing': 'error',
  'signature-without-signers': 'error',
  'signature-without-content': 'error',
  'signature-with-own-content': 'warning',
  'stray-signature': 'warning',
  'signed-attachment': 'info',
  'unsupported-signature-protocol': 'info',
  'unreadable-layer': 'error',
  'too-many-layers': 'warning',
  // Header protection
  'hp-without-protection': 'warning',
  'hp-unknown': 'warning',
  'hp-cipher-unencrypted': 'warning',
  'hp-clear-encrypted': 'info',
  'protected-header-without-from': 'warning',
  'from-mismatch': 'error',
} as const satisfies Record<string, MessageNote['severity']>

export type NoteCode = keyof typeof severities

export function noteOf(code: NoteCode, data: Record<string, unknown> = {}): MessageNote {
  return { code, severity: severities[code], data }
}
