/** The first mail in each new mailbox: from Mara Lind, signed, so that there is something to read and a signer to collect. */

import { mailDate } from '../acquisition/acme/emailReply.ts'
import { concatBytes, utf8Bytes } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { expectSuccess } from '../base/result.ts'
import { randomId } from '../crypto/identifier.ts'
import { sealLetter } from '../smime/seal.ts'
import type { Authority } from './authority.ts'
import { type DkimSigner, dkimSigned } from './dkim.ts'
import { mailDomain, type Resident } from './people.ts'

// One line a paragraph: the reader's window breaks them.
const text = [
  'Hello NAME,',
  'welcome to the sandbox. This letter carries my seal: the signature shows that it comes from me and that nobody changed it on the way. Add me to your contacts, and you can write me a letter that only I can open.',
  'For that you need a certificate of your own. The sandbox has a certification authority that gives you one within seconds.',
  'Nothing here leaves your computer.',
  'Mara',
  '--',
  'Hallo NAME,',
  'willkommen im Sandkasten. Dieser Brief trägt mein Siegel: Die Signatur zeigt, dass er von mir kommt und dass ihn unterwegs niemand verändert hat. Nehmen Sie mich in Ihre Kontakte auf, dann können Sie mir einen Brief schreiben, den nur ich öffnen kann.',
  'Dafür brauchen Sie ein eigenes Zertifikat. Der Sandkasten hat eine Zertifizierungsstelle, die Ihnen in wenigen Sekunden eines ausstellt.',
  'Nichts davon verlässt Ihren Rechner.',
  'Mara',
].join('\n\n')

/** A complete mail with its Received field and DKIM signature, as the submission server would have delivered it. */
export async function welcomeMail(
  from: Resident,
  to: Resident,
  options: { readonly authority: Authority; readonly dkim: DkimSigner; readonly at: Date; readonly random: Random },
): Promise<Uint8Array> {
  const { authority, dkim, at, random } = options
  const { key, certificate } = await authority.ownPair(from.user, from.name, from.address)
  const sealed = await sealLetter(
    {
      from: { name: from.name, address: from.address },
      to: [{ name: to.name, address: to.address }],
      cc: [],
      subject: 'Welcome to the sandbox / Willkommen im Sandkasten',
      date: at,
      messageId: `<${randomId(random)}@${mailDomain}>`,
      text: text.replaceAll('NAME', to.name.split(' ')[0] ?? to.name),
      attachments: [],
    },
    { sign: { certificate, chain: [authority.issuing], key, signingTime: at }, random },
  )
  const chunks: Uint8Array[] = []
  for await (const chunk of expectSuccess(sealed)) chunks.push(chunk)
  const signed = await dkimSigned(concatBytes(...chunks), dkim, at)
  const trace = [
    `Return-Path: <${from.address}>`,
    'Received: by localhost with ESMTPSA',
    `\tid ${randomId(random)} for <${to.address}>; ${mailDate(at)}`,
    '',
  ].join('\r\n')
  return concatBytes(utf8Bytes(trace), signed)
}
