import { expect, it } from 'vitest'
import { base64Text, utf8Bytes } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { testAuthority, testNow } from '../../certificates/testPki.ts'
import type { ServiceContext } from '../context.ts'
import { enrolmentBehind } from '../enrolment/enrolment.ts'
import { failureOf } from '../testServices.ts'
import {
  anna,
  annasProfile,
  backupOf,
  clientOf,
  contentsOf,
  jonas,
  opened,
  profile,
  rewritten,
  root,
  time,
} from './testBackup.ts'

it('brings no letter that would be sent without a hand: the answer to a CA is made anew from its mail', async () => {
  const from = await annasProfile()
  const { database } = from.application.profile
  const reply = {
    tokenPart1: 'abc',
    from: 'anna@example.org',
    to: ['boss@example.org'],
    message: 'I quit',
    sent: false,
  }
  for (const [id, sent] of [
    ['unsent', false],
    ['sent', true],
  ] as const) {
    database.run(
      `INSERT INTO enrolments (id, name, address, ca, ca_name, key_type, step, state, progress, created_at, updated_at)
       VALUES (?, 'Anna', 'anna@example.org', 'acme', 'CA', 'ec-p256', 'send-reply', 'paused', ?, ?, ?)`,
      [
        id,
        JSON.stringify({ tokenPart2: 'x', reply: { ...reply, sent } }),
        time.now.toISOString(),
        time.now.toISOString(),
      ],
    )
  }
  const into = await profile()
  await clientOf(into).restore(opened(await backupOf(from)))
  const { enrolments } = into.application
  expect(enrolments.get('unsent')).toMatchObject({ step: 'await-challenge-mail', progress: { tokenPart2: 'x' } })
  expect(enrolments.get('unsent')?.progress.reply).toBeUndefined()
  expect(enrolments.get('sent')).toMatchObject({ step: 'send-reply', progress: { reply: { sent: true } } })
})

it('revokes nothing that another authority than its own has issued', async () => {
  const authorityOf = async (context: ServiceContext, id: string, revokedAt: string | null) => {
    const authority = await testAuthority('Family')
    const kept = expectSuccess(context.application.identities.keepKey(authority.pkcs8))
    const { database } = context.application.profile
    database.run('INSERT INTO authorities (id, key_id, certificate, sha256, created_at) VALUES (?, ?, ?, ?, ?)', [
      id,
      kept.keyId,
      authority.certificate.der,
      authority.certificate.sha256,
      time.now.toISOString(),
    ])
    const { serialNumber, der, sha256 } = jonas.certificate
    database.run('INSERT INTO issued_certificates VALUES (?, ?, ?, ?, ?, ?, NULL)', [
      id,
      serialNumber,
      der,
      sha256,
      time.now.toISOString(),
      revokedAt,
    ])
  }
  const [from, into] = [await profile(), await profile()]
  await authorityOf(from, 'theirs', time.now.toISOString())
  await authorityOf(into, 'ours', null)
  await clientOf(into).restore(opened(await backupOf(from)))
  const { database } = into.application.profile
  expect(database.all('SELECT authority_id, revoked_at FROM issued_certificates')).toEqual([
    { authority_id: 'ours', revoked_at: null },
  ])
})

it('takes all or nothing: a backup with one bad value leaves the profile as it was', async () => {
  const from = await annasProfile()
  const identityId = from.application.identities.list()[0]?.id
  const file = await backupOf(from)
  const into = await profile()
  const before = JSON.stringify(contentsOf(into))
  const damages: Record<string, (lines: string[]) => string[]> = {
    'a certificate that is none': (lines) =>
      lines.map((line) => line.replaceAll(base64Text(jonas.certificate.der), 'AAAA')),
    'a fingerprint of another': (lines) =>
      lines.map((line) => line.replaceAll(root.certificate.sha256, 'a'.repeat(64))),
    'a key of another': (lines) =>
      lines.map((line) => line.replaceAll(base64Text(anna.pkcs8), base64Text(jonas.pkcs8))),
    'an instant that is none': (lines) => lines.map((line) => line.replaceAll(testNow.toISOString(), 'yesterday')),
    'a proof that is none': (lines) => [...lines, '{"proof":{}}'],
    'a column that is none': (lines) =>
      lines.map((line) => line.replace('"search_text"', '"search_text) VALUES (1); --"')),
    'a row too short': (lines) => [...lines, '{"table":"drafts","columns":["id","saved_at"]}', '["x"]'],
    'a row without its parent': (lines) => [
      ...lines,
      '{"table":"identity_chain","columns":["identity_id","position","certificate"]}',
      '["nobody",0,{"bytes":""}]',
    ],
    'a line that is no JSON': (lines) => [...lines, '{'],
    'domains that are no list': (lines) => lines.map((line) => line.replace('[\\"example.org\\"]', '{')),
    'a number that is none': (lines) => lines.map((line) => line.replaceAll(',465,', ',1152921504606846976,')),
    'an authority whose page is a program': (lines) => [
      ...lines,
      '{"table":"own_authorities","columns":["id","name","issues","url","created_at"]}',
      JSON.stringify(['o', 'CA', 'csr', 'file:///usr/bin/xcalc', testNow.toISOString()]),
    ],
    'a revocation for no reason': (lines) => [
      ...lines,
      '{"table":"own_revocations","columns":["identity_id","revoked_at","reason"]}',
      JSON.stringify([identityId, testNow.toISOString(), 'because']),
    ],
    'progress that is none': (lines) => [
      ...lines,
      '{"table":"enrolments","columns":["id","name","address","ca","ca_name","key_type","step","state","progress","created_at","updated_at"]}',
      `["e","A","a@b.c","acme","CA","ec-p256","place-order","done","[1]","${testNow.toISOString()}","${testNow.toISOString()}"]`,
    ],
  }
  for (const [name, change] of Object.entries(damages)) {
    let changed = false
    const bad = await rewritten(file, (lines) => {
      const after = change(lines)
      changed = after.join('\n') !== lines.join('\n')
      return after
    })
    expect(changed, name).toBe(true)
    expect(await failureOf(clientOf(into).restore(opened(bad))), name).toMatchObject({ code: 'damaged-file' })
    expect(JSON.stringify(contentsOf(into)), name).toBe(before)
  }
})

it('on a full disk leaves the profile as it was', async () => {
  const from = await annasProfile()
  const book = from.application.addressBook
  expectSuccess(book.add({ name: 'Long', addresses: ['long@example.org'], notes: 'x'.repeat(100_000) }))
  const [file, into] = [await backupOf(from), await profile()]
  const { database } = into.application.profile
  const before = JSON.stringify(contentsOf(into))
  const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
  database.exec(`PRAGMA max_page_count = ${pages + 2}`)
  expect(await failureOf(clientOf(into).restore(opened(file)))).toEqual({ code: 'disk-full', data: {} })
  expect(JSON.stringify(contentsOf(into))).toBe(before)
  expect((await clientOf(into).state()).last).toBeUndefined()
  database.exec('PRAGMA max_page_count = 1000000')
  await clientOf(into).restore(opened(file))
  expect(into.application.identities.list()).toHaveLength(2)
})

it('takes no order and no account of the sandbox into a real profile, whatever certificate they claim', async () => {
  const from = await annasProfile()
  const identity = from.application.identities.list()[0]!
  const at = testNow.toISOString()
  const file = await rewritten(await backupOf(from), (lines) => [
    ...lines,
    '{"table":"acme_accounts","columns":["id","directory","account_key","sealed_in","created_at","from_backup"]}',
    `["theirs","sandbox",{"bytes":"${base64Text(utf8Bytes('key'))}"},"acme_accounts","${at}",0]`,
    '{"table":"enrolments","columns":["id","name","address","ca","ca_name","key_type","step","state","progress","created_at","updated_at","account_id","identity_id","from_backup"]}',
    `["e","Anna","anna@example.org","sandbox","CASTLE","ec-p256","install","done","{}","${at}","${at}","theirs","${identity.id}",0]`,
  ])
  const into = await profile()
  const { parts, servers } = await clientOf(into).restore(opened(file))
  expect(into.application.enrolments.list()).toEqual([])
  expect(into.application.acmeAccounts.list()).toEqual([])
  expect(parts.map(({ kind }) => kind)).not.toContain('requests')
  expect(servers).not.toContain('sandbox')
  const restored = into.application.identities.list().find(({ sha256 }) => sha256 === identity.sha256)!
  expect(enrolmentBehind(into.application, restored.id)).toBeUndefined()
  // A sandbox's own backup has them, under the name that its CA has here.
  const [sandbox, own] = [await profile('sandbox'), await profile('sandbox')]
  const theirs = await rewritten(await backupOf(sandbox), (lines) => [
    ...lines,
    '{"table":"enrolments","columns":["id","name","address","ca","ca_name","key_type","step","state","progress","created_at","updated_at"]}',
    `["e","Anna","anna@sandbox.example","sandbox","CASTLE","ec-p256","place-order","paused","{}","${at}","${at}"]`,
  ])
  await clientOf(own).restore(opened(theirs))
  expect(own.application.enrolments.list()).toMatchObject([{ ca: 'sandbox', caName: 'Siegel Sandbox' }])
})

it('passes over a table that it doesn’t know, and refuses a later schema', async () => {
  const file = await backupOf(await annasProfile())
  const into = await profile()
  const more = await rewritten(file, (lines) => [
    ...lines,
    '{"table":"sqlite_schema","columns":["sql"]}',
    '["DROP TABLE vault"]',
  ])
  await clientOf(into).preview(opened(more))
  const later = await rewritten(file, (lines) => lines.map((line) => line.replace(/"schema":\d+/, '"schema":999')))
  expect(await failureOf(clientOf(into).preview(opened(later)))).toMatchObject({ code: 'backup-newer' })
})

it('answers to any damaged line with a reason', async () => {
  const file = await backupOf(await annasProfile())
  const into = await profile()
  for (let round = 0; round < 30; round++) {
    const [pick, where, value] = [...systemRandom(3)].map((byte) => byte / 256) as [number, number, number]
    const bad = await rewritten(file, (lines) => {
      const index = Math.floor(pick * lines.length)
      const line = lines[index] ?? ''
      const at = Math.floor(where * line.length)
      return lines.with(
        index,
        `${line.slice(0, at)}${String.fromCharCode(32 + Math.floor(value * 90))}${line.slice(at + 1)}`,
      )
    })
    const failed = await failureOf(clientOf(into).preview(opened(bad)))
    if (failed) expect(['damaged-file', 'backup-newer', 'backup-of-other-kind']).toContain(failed.code)
  }
  expect(into.application.identities.list()).toEqual([])
})
