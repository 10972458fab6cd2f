/**
 * The interoperability matrix: what four other programs write, Siegel reads, and the other way round. A test per cell; the
 * table is printed in the end and must be the one in the README, where the same programs are here in the same versions.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { wholeOf } from '../../base/seekableBytes.ts'
import { encrypt } from '../cms/encrypt.ts'
import { readCms } from '../cms/read.ts'
import { signOpaque } from '../cms/sign.ts'
import { whole } from '../cms/testPerson.ts'
import { verifySigners } from '../cms/verify.ts'
import { bouncyCastlePeer } from './testBouncyCastlePeer.ts'
import { type Action, actionsOf, encryptionRows, type Row, signatureRows } from './testCells.ts'
import { cmsutilPeer } from './testCmsutilPeer.ts'
import { makeCorrespondents } from './testCorrespondents.ts'
import { gpgsmPeer } from './testGpgsmPeer.ts'
import { markedTable, matrixTable, type Outcomes, withTable } from './testMatrixTable.ts'
import { type MissingFeature, missingFeatures } from './testMissingFeatures.ts'
import { opensslPeer } from './testOpensslPeer.ts'
import { type Peer, PeerRefusal } from './testPeer.ts'

const readme = new URL('../../../README.md', import.meta.url)
const content = Buffer.from('Content-Type: text/plain\r\n\r\nA letter for every program.\r\n')

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

async function readSigned(row: Row, signed: Uint8Array): Promise<string> {
  const read = expectSuccess(await readCms(signed, { keys: [] }))
  if (read.kind !== 'signed' || !read.content) return read.kind
  expect(Buffer.from(await wholeOf(read.content)).equals(content)).toBe(true)
  const [outcome] = await verifySigners(read.signedData, read.content, {
    extraCertificates: [people[row.key].certificate],
  })
  return `${outcome?.state} ${outcome?.signature}`
}

async function tryCell(peer: Peer, action: Action, row: Row): Promise<void> {
  const { certificate, key } = people[row.key]
  if (row.kind === 'signature') {
    if (action === 'sign') {
      expect(await readSigned(row, await peer.sign(row, content))).toBe(`verified ${row.name}`)
      return
    }
    const { digest, padding } = row
    const signer = { certificate, chain: [], key, digest, padding, signingTime: new Date() }
    const signed = await whole(signOpaque([content], signer))
    // What the peer is given is what the row says.
    expect(await readSigned(row, signed)).toBe(`verified ${row.name}`)
    await peer.verify(row, signed)
    return
  }
  const { transport, cipher } = row
  if (action === 'encrypt') {
    const read = expectSuccess(await readCms(await peer.encrypt(row, content), { keys: [{ certificate, key }] }))
    expect(read.content && Buffer.from(await wholeOf(read.content)).equals(content)).toBe(true)
    expect(read.kind).toBe(cipher.endsWith('gcm') ? 'auth-enveloped' : 'enveloped')
    return
  }
  const recipients = [{ certificate, transport }]
  const encrypted = await whole(expectSuccess(encrypt([content], { recipients, cipher, random: systemRandom })))
  expect(Buffer.from(await peer.decrypt(row, encrypted)).equals(content)).toBe(true)
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
    const table = matrixTable(peers, outcomes)
    process.stdout.write(`\n${table}\n\n`)
    const text = readFileSync(readme, 'utf8')
    if (process.env['SIEGEL_WRITE_MATRIX'] === '1') writeFileSync(readme, withTable(text, table))
    const written = markedTable(process.env['SIEGEL_WRITE_MATRIX'] === '1' ? readFileSync(readme, 'utf8') : text)
    // Other versions do other things; a README is right about those that it names.
    if (peers.length === 4 && peers.every(({ name }) => written.includes(name))) expect(written).toBe(table)
    else expect(written).toContain('| ')
  })
})

afterAll(() => {
  for (const peer of peers) peer.close()
})
