/**
 * The interoperability matrix: what four other programs write, Siegel reads, and the other way round. A test per cell; the
 * table is printed in the end and must be the one in the README, where the same programs are here in the same versions.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { generatedPart, tableLines, withGeneratedPart } from '../../../build/generatedPart.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { wholeOf } from '../../base/seekableBytes.ts'
import { encrypt } from '../cms/encrypt.ts'
import { readCms } from '../cms/read.ts'
import { signDetached, signOpaque } from '../cms/sign.ts'
import { pieces, whole } from '../cms/testPerson.ts'
import { verifySigners } from '../cms/verify.ts'
import { bouncyCastlePeer } from './testBouncyCastlePeer.ts'
import {
  type Action,
  actionsOf,
  type EncryptionRow,
  encryptionRows,
  methodOf,
  modeOf,
  type Row,
  type SignatureRow,
  signatureRows,
} from './testCells.ts'
import { cmsutilPeer } from './testCmsutilPeer.ts'
import { makeCorrespondents } from './testCorrespondents.ts'
import { gpgsmPeer } from './testGpgsmPeer.ts'
import { matrixTable, type Outcomes } from './testMatrixTable.ts'
import { type MissingFeature, missingFeatures } from './testMissingFeatures.ts'
import { opensslPeer } from './testOpensslPeer.ts'
import { type Form, type Peer, PeerRefusal } from './testPeer.ts'

const readme = new URL('../../../README.md', import.meta.url)
// Long enough for several segments of an indefinite-length OCTET STRING.
const content = Buffer.from(`Content-Type: text/plain\r\n\r\n${'A letter for every program.\r\n'.repeat(12_000)}`)

const correspondents = await makeCorrespondents()
const { people } = correspondents
const found: Readonly<Record<string, Peer | undefined>> = {
  openssl: opensslPeer(correspondents),
  gpgsm: gpgsmPeer(correspondents),
  cmsutil: await cmsutilPeer(correspondents),
  'Bouncy Castle': await bouncyCastlePeer(correspondents),
}
const peers = Object.values(found).filter((peer) => peer !== undefined)
for (const [name, peer] of Object.entries(found)) {
  if (!peer) process.stdout.write(`skipped: ${name} is not installed here\n`)
}

const outcomes: Outcomes = new Map()

/** Throws unless Siegel finds the signature right over this content; the text of the signature's algorithm. */
async function signatureIn(signed: Uint8Array, over: Uint8Array): Promise<string> {
  const read = expectSuccess(await readCms(signed, { keys: [] }))
  if (read.kind !== 'signed') throw new Error(read.kind)
  if (read.content) expect(Buffer.from(await wholeOf(read.content)).equals(over)).toBe(true)
  const [outcome] = await verifySigners(read.signedData, read.content ?? over)
  expect(outcome?.state).toBe('verified')
  return outcome?.signature ?? ''
}

async function peerSigns(peer: Peer, row: SignatureRow, form: Form): Promise<void> {
  const written = await signatureIn(await peer.sign(row, content, form), content)
  if (written !== row.name) throw new PeerRefusal(`wrote ${written}`)
}

async function peerVerifies(peer: Peer, row: SignatureRow, form: Form): Promise<void> {
  const { digest, padding } = row
  const signer = { ...people[row.key], chain: [], digest, padding, signingTime: new Date() }
  const signed =
    form === 'opaque'
      ? await whole(signOpaque(pieces(content, 50_000), signer))
      : await signDetached(pieces(content, 50_000), signer)
  expect(await signatureIn(signed, content)).toBe(row.name)
  await peer.verify(row, signed, content, form)
  // A peer that calls everything good proves nothing.
  await expect((async () => peer.verify(row, changed(signed), changed(content), form))()).rejects.toThrow(PeerRefusal)
}

async function peerEncrypts(peer: Peer, row: EncryptionRow): Promise<void> {
  const read = expectSuccess(await readCms(await peer.encrypt(row, content), { keys: [people[row.key]] }))
  if (read.kind !== 'enveloped' && read.kind !== 'auth-enveloped') throw new Error(read.kind)
  expect(Buffer.from(await wholeOf(read.content)).equals(content)).toBe(true)
  expect(read.authenticated).toBe(read.kind === 'auth-enveloped')
  const keyManagement = read.recipients.find(({ mine }) => mine)?.keyManagement ?? ''
  if (!keyManagement.startsWith(methodOf(row)) || !read.cipher.endsWith(modeOf(row.cipher)))
    throw new PeerRefusal(`wrote ${keyManagement}, ${read.cipher}`)
}

async function peerDecrypts(peer: Peer, row: EncryptionRow): Promise<void> {
  const { transport, cipher } = row
  const recipients = [{ certificate: people[row.key].certificate, transport }]
  const encrypted = await whole(
    expectSuccess(encrypt(pieces(content, 50_000), { recipients, cipher, random: systemRandom })),
  )
  expect(Buffer.from(await peer.decrypt(row, encrypted)).equals(content)).toBe(true)
}

/** The bytes with another word where the content has its first one. */
function changed(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace('A letter', 'B letter'), 'latin1')
}

async function tryCell(peer: Peer, action: Action, row: Row): Promise<void> {
  if (row.kind === 'encryption') return action === 'encrypt' ? peerEncrypts(peer, row) : peerDecrypts(peer, row)
  for (const form of ['detached', 'opaque'] as const)
    await (action === 'sign' ? peerSigns(peer, row, form) : peerVerifies(peer, row, form))
}

function missing(peer: Peer, action: Action, row: Row): MissingFeature | undefined {
  return missingFeatures.find(
    (each) => peer.name.startsWith(each.peer) && each.actions.includes(action) && each.rows(row),
  )
}

function isKnown(peer: Peer): boolean {
  return missingFeatures.some((each) => peer.name.startsWith(each.peer))
}

describe.each(peers.map((peer) => [peer.name, peer] as const))('%s', (_, peer) => {
  for (const row of [...signatureRows, ...encryptionRows]) {
    for (const action of actionsOf[row.kind]) {
      it(`can ${action}: ${row.name}`, async () => {
        const lack = missing(peer, action, row)
        const cell = `${peer.name}/${action}/${row.name}`
        try {
          await tryCell(peer, action, row)
        } catch (error) {
          if (!(error instanceof PeerRefusal)) throw error
          // Of a version that nobody has looked at yet nothing is demanded: the table names it with what it refuses.
          if (!lack && !isKnown(peer)) outcomes.set(cell, 'refused by this version')
          else if (!lack) throw error
          else {
            expect(error.message).toContain(lack.evidence)
            outcomes.set(cell, lack.feature)
          }
          return
        }
        if (lack) throw new Error(`${peer.name} can do it now: take "${lack.feature}" out of the list`)
        outcomes.set(cell, true)
      })
    }
  }
})

describe('the table in the README', () => {
  it('is the one of this run', () => {
    const table = matrixTable(peers, outcomes, tableLines)
    process.stdout.write(`\n${table}\n\n`)
    const text = readFileSync(readme, 'utf8')
    if (process.env['SIEGEL_WRITE_MATRIX'] === '1')
      writeFileSync(readme, withGeneratedPart(text, 'interoperability', table))
    const written = generatedPart(
      process.env['SIEGEL_WRITE_MATRIX'] === '1' ? readFileSync(readme, 'utf8') : text,
      'interoperability',
    )
    // Other versions do other things; a README is right about those that it names.
    if (peers.length === 4 && peers.every(({ name }) => written.includes(name))) expect(written).toBe(table)
    else expect(written).toContain('| ')
  })
})

afterAll(() => {
  for (const peer of peers) peer.close()
})
