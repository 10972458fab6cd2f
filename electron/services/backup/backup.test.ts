import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { base64Text, concatBytes, utf8Bytes, utf8Text } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import { expectSuccess } from '../../base/result.ts'
import { type TestEntity, testAuthority, testNow, testPerson } from '../../certificates/testPki.ts'
import { generateKey } from '../../crypto/privateKey.ts'
import { openBackup, sealBackup } from '../../keystore/backupFile.ts'
import { sealLetter } from '../../smime/seal.ts'
import type { ServiceContext } from '../context.ts'
import { enrolmentBehind } from '../enrolment/enrolment.ts'
import { openForReading } from '../mail/reading.ts'
import { openSession } from '../session.ts'
import { failureOf, testRuntime } from '../testServices.ts'
import { backupProcedures } from './backup.ts'
import { backedUpTables, tablesLeftOut } from './backupTables.ts'

const passphrase = 'correct horse battery staple'
const backupPassphrase = 'ein Reiher im Schilf'
/** Of scrypt; the program takes much more. */
const quickCost = { cost: 2 ** 14, blockSize: 8, parallelism: 1 }
let root: TestEntity
let anna: TestEntity
let annaBefore: TestEntity
let jonas: TestEntity
let now: Date

beforeAll(async () => {
  root = await testAuthority('Root')
  anna = await testPerson('anna@example.org', { issuer: root })
  annaBefore = await testPerson('anna@example.org', { issuer: root, keyType: 'rsa-2048' })
  jonas = await testPerson('jonas@example.org', { issuer: root })
})

beforeEach(() => {
  now = testNow
})

async function profile(kind: 'real' | 'sandbox' = 'real'): Promise<ServiceContext> {
  const home = await mkdtemp(join(tmpdir(), 'siegel-backup-'))
  const session = await openSession({ home, kind, runtime: testRuntime({ clock: () => now }) })
  onTestFinished(async () => {
    await session.close()
    await rm(home, { recursive: true, force: true })
  })
  expectSuccess(await session.context.application.vault.create(passphrase))
  return session.context
}

const clientOf = (context: ServiceContext) => createRouterClient(backupProcedures, { context })

async function take(context: ServiceContext, { pkcs8, certificate }: TestEntity) {
  const chain = [root.certificate.der]
  const pair = { pkcs8, certificateDer: certificate.der, addresses: certificate.emails, chain }
  return expectSuccess(await context.application.identities.importPair(pair)).identity
}

/** Anna's profile: two identities, a waiting key, a contact, an anchor, an account, a draft, a setting. */
async function annasProfile(): Promise<ServiceContext> {
  const context = await profile()
  const { identities, addressBook, trust, accounts, drafts, settings, rootLists } = context.application
  const old = await take(context, annaBefore)
  identities.retire(old.id, true)
  await take(context, anna)
  expectSuccess(identities.keepKey((await generateKey('ec-p256')).pkcs8))
  const { der, sha256, emails } = jonas.certificate
  expectSuccess(
    addressBook.addCertificate(
      undefined,
      { der, sha256, addresses: emails, name: 'Jonas' },
      { kind: 'signed-mail', from: 'Grüße', date: testNow },
    ),
  )
  expectSuccess(trust.add(root.certificate, 'from Jonas', ['example.org']))
  trust.rememberIssuers([root.certificate])
  rootLists.decide('mozilla', false)
  const server = { host: 'mail.example.org', port: 465, security: 'tls', user: 'anna' } as const
  const account = { name: 'Anna', address: 'anna@example.org', password: 'geheim', submission: server, mailbox: server }
  expectSuccess(accounts.add(account))
  expectSuccess(drafts.save({ subject: 'Half written' }))
  settings.change({ theme: 'dark' })
  return context
}

async function backupOf(context: ServiceContext): Promise<Uint8Array> {
  const { spoolId } = await clientOf(context).make({ passphrase, backupPassphrase })
  const file = context.application.handover.get(spoolId)
  if (!file) throw new Error('no backup was offered')
  return file.bytes()
}

const opened = (
  file: Uint8Array,
  secret: { passphrase: string } | { paperKey: string } = { passphrase: backupPassphrase },
) => ({
  source: { bytes: base64Text(file) },
  secret,
})

/** The same backup with other lines. */
async function rewritten(file: Uint8Array, change: (lines: string[]) => string[]): Promise<Uint8Array> {
  const content = utf8Text(expectSuccess(await openBackup(file, { passphrase: backupPassphrase })))
  const changed = utf8Bytes(change(content.split('\n').filter((line) => line !== '')).join('\n'))
  return expectSuccess(
    await sealBackup(changed, { passphrase: backupPassphrase, random: systemRandom, cost: quickCost }),
  )
}

/** Everything that a profile holds, but for its vault. */
function contentsOf(context: ServiceContext): unknown {
  const { identities, addressBook, trust, accounts, drafts, settings, enrolments } = context.application
  return {
    identities: identities.list(),
    contacts: addressBook.list(),
    anchors: trust.anchors(),
    accounts: accounts.list().map(({ id }) => expectSuccess(accounts.access(id))),
    drafts: expectSuccess(drafts.list()),
    settings: settings.get(),
    enrolments: enrolments.list(),
    keys: context.application.profile.database.all(
      'SELECT id, public_key_info, created_at FROM private_keys ORDER BY id',
    ),
  }
}

async function letterTo({ certificate }: TestEntity): Promise<Uint8Array> {
  const mailbox = { address: 'jonas@example.org' }
  const about = { from: mailbox, to: [mailbox], cc: [], subject: 'Old', date: testNow, messageId: '<1@example.org>' }
  const sealed = expectSuccess(
    await sealLetter(
      { ...about, text: 'Old mail', attachments: [] },
      { encrypt: { recipients: [{ certificate }], cipher: 'aes-256-cbc' }, random: systemRandom },
    ),
  )
  const pieces: Uint8Array[] = []
  for await (const piece of sealed) pieces.push(piece)
  return concatBytes(...pieces)
}

describe('a backup', () => {
  it('holds every table of the schema, or says why not', async () => {
    const { database } = (await profile()).application.profile
    const tables = database
      .all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .map(({ name }) => name)
    const known = [...backedUpTables.map(({ name }) => name), ...Object.keys(tablesLeftOut)]
    expect([...known].sort()).toEqual([...tables].sort())
  })

  it('brings everything into an empty profile, where the same keys open old mail', async () => {
    const [from, into] = [await annasProfile(), await profile()]
    const file = await backupOf(from)
    const restored = await clientOf(into).restore(opened(file))
    expect(restored.parts).toEqual([
      { kind: 'identities', added: 2, known: 0 },
      { kind: 'keys', added: 1, known: 0 },
      { kind: 'contacts', added: 1, known: 0 },
      { kind: 'trust', added: 2, known: 0 },
      { kind: 'accounts', added: 1, known: 0 },
      { kind: 'drafts', added: 1, known: 0 },
      { kind: 'settings', added: 1, known: 0 },
    ])
    const withoutDate = (contents: unknown) => JSON.stringify(contents).replaceAll(/,"backedUpAt":"[^"]+"/g, '')
    expect(withoutDate(contentsOf(into))).toBe(withoutDate(contentsOf(from)))
    const read = expectSuccess(await openForReading(into, await letterTo(annaBefore)))
    expect(read.parts[0]?.text).toContain('Old mail')
    expect((await clientOf(into).state()).need).toBe('nothing')
  })

  it('needs the passphrase of the vault, and doesn’t open with it', async () => {
    const context = await annasProfile()
    const wrong = await failureOf(clientOf(context).make({ passphrase: 'falsch', backupPassphrase }))
    expect(wrong).toMatchObject({ code: 'wrong-passphrase' })
    now = new Date(testNow.getTime() + 60_000)
    const file = await backupOf(context)
    expect(await failureOf(clientOf(context).rehearse(opened(file, { passphrase })))).toMatchObject({
      code: 'wrong-backup-passphrase',
    })
    context.application.vault.lock()
    expect(await failureOf(clientOf(context).make({ passphrase, backupPassphrase }))).toMatchObject({ code: 'locked' })
    expect(utf8Text(file)).not.toContain('geheim')
  })

  it('is made under no passphrase that is guessed too fast, and opens with one that was allowed before', async () => {
    const context = await annasProfile()
    const short = await failureOf(clientOf(context).make({ passphrase, backupPassphrase: 'vierzehn sind ' }))
    expect(short).toEqual({ code: 'passphrase-too-short', data: { minimum: 15 } })
    expect((await clientOf(context).state()).need).toBe('make')
    const content = expectSuccess(await openBackup(await backupOf(context), { passphrase: backupPassphrase }))
    const older = expectSuccess(await sealBackup(content, { passphrase: 'x', random: systemRandom, cost: quickCost }))
    expect((await clientOf(context).rehearse(opened(older, { passphrase: 'x' }))).passed).toBe(true)
  })

  it('says that its passphrase is the vault’s', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    expect((await client.make({ passphrase, backupPassphrase: passphrase })).samePassphrase).toBe(true)
    expect((await client.make({ passphrase, backupPassphrase })).samePassphrase).toBe(false)
  })
})

describe('a rehearsal', () => {
  it('opens a letter with each key of the file alone, and then nothing asks for it any more', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    expect((await client.state()).need).toBe('make')
    const file = await backupOf(context)
    expect((await client.state()).need).toBe('rehearse')
    context.application.vault.lock()
    now = new Date('2026-06-02T00:00:00Z')
    const rehearsed = await client.rehearse(opened(file))
    expect(rehearsed).toMatchObject({ passed: true, recorded: true, madeAt: testNow.toISOString() })
    expect(rehearsed.keys.map(({ outcome }) => outcome)).toEqual(['opened', 'opened'])
    expect(await client.state()).toMatchObject({ need: 'nothing', last: { rehearsedAt: now.toISOString() } })
  })

  it('is asked for again when there is a key that the backup lacks', async () => {
    const context = await annasProfile()
    const file = await backupOf(context)
    await clientOf(context).rehearse(opened(file))
    await take(context, jonas)
    expect(await clientOf(context).state()).toMatchObject({ need: 'renew', keysMissing: 1 })
  })

  it('lets a key that only signs sign', async () => {
    const context = await profile()
    await take(context, await testPerson('anna@example.org', { issuer: root }, { keyUsage: ['digitalSignature'] }))
    const rehearsed = await clientOf(context).rehearse(opened(await backupOf(context)))
    expect(rehearsed.keys).toMatchObject([{ outcome: 'signed' }])
    expect(rehearsed.passed).toBe(true)
  })

  it('does not pass with a letter that its key can’t open', async () => {
    const context = await annasProfile()
    const file = await rewritten(await backupOf(context), (lines) => {
      const proofs = lines.filter((line) => line.startsWith('{"proof"')).map((line) => JSON.parse(line).proof)
      const others = lines.filter((line) => !line.startsWith('{"proof"'))
      const swapped = proofs.map((proof, index) => ({ ...proof, letter: proofs[1 - index].letter }))
      return [...others, ...swapped.map((proof) => JSON.stringify({ proof }))]
    })
    const rehearsed = await clientOf(context).rehearse(opened(file))
    expect(rehearsed).toMatchObject({ passed: false, recorded: false })
    expect(rehearsed.keys.map(({ outcome }) => outcome)).toEqual(['unusable', 'unusable'])
    expect((await clientOf(context).state()).need).toBe('rehearse')
  })

  it('of another profile’s backup is not counted', async () => {
    const file = await backupOf(await annasProfile())
    const other = await profile()
    expect(await clientOf(other).rehearse(opened(file))).toMatchObject({ passed: true, recorded: false })
  })
})

describe('restoring', () => {
  it('says what it would do, and does nothing before', async () => {
    const [file, into] = [await backupOf(await annasProfile()), await profile()]
    const before = JSON.stringify(contentsOf(into))
    into.application.vault.lock()
    const preview = await clientOf(into).preview(opened(file))
    expect(await failureOf(clientOf(into).restore(opened(file)))).toMatchObject({ code: 'locked' })
    expectSuccess(await into.application.vault.unlock(passphrase))
    expect(JSON.stringify(contentsOf(into))).toBe(before)
    expect(preview.trusts).toEqual([{ sha256: root.certificate.sha256, name: 'Root' }])
    expect(await clientOf(into).restore(opened(file))).toEqual(preview)
  })

  it('a second time brings nothing, and changes nothing', async () => {
    const context = await annasProfile()
    const file = await backupOf(context)
    const before = JSON.stringify(contentsOf(context))
    const { parts } = await clientOf(context).restore(opened(file))
    expect(parts.every(({ added }) => added === 0)).toBe(true)
    expect(JSON.stringify(contentsOf(context))).toBe(before)
  })

  it('keeps what the profile has: its keys, its account, its decisions, its preferred identity', async () => {
    const file = await backupOf(await annasProfile())
    const into = await profile()
    const { identities, accounts, rootLists, settings, addressBook } = into.application
    // The same identity under another row, a newer one beside it, another password, and the contrary decisions.
    const same = await take(into, anna)
    const newer = await take(into, await testPerson('anna@example.org', { issuer: root }))
    identities.prefer(newer.id)
    const server = { host: 'other.example.org', port: 465, security: 'tls', user: 'anna' } as const
    const account = { name: 'A', address: 'Anna@example.org', password: 'neu', submission: server, mailbox: server }
    const { id } = expectSuccess(accounts.add(account))
    rootLists.distrust(root.certificate)
    settings.change({ theme: 'light' })
    expectSuccess(addressBook.add({ name: 'Jonas Weber', addresses: ['jonas@example.org'], notes: 'mine' }))

    const { parts } = await clientOf(into).restore(opened(file))
    expect(parts).toContainEqual({ kind: 'identities', added: 1, known: 1 })
    expect(parts).toContainEqual({ kind: 'accounts', added: 0, known: 1 })
    expect(identities.list().find(({ preferred }) => preferred)?.id).toBe(newer.id)
    expect(identities.get(same.id)?.retired).toBe(false)
    expect(identities.list().find(({ sha256 }) => sha256 === annaBefore.certificate.sha256)?.retired).toBe(true)
    expect(expectSuccess(accounts.access(id)).password).toBe('neu')
    expect(into.application.trust.anchors()).toEqual([])
    expect(rootLists.distrusted()).toHaveLength(1)
    expect(settings.get().theme).toBe('light')
    const contacts = addressBook.list()
    expect(contacts).toMatchObject([
      { name: 'Jonas Weber', notes: 'mine', certificates: [{ evidence: [{ from: 'Grüße' }] }] },
    ])
  })

  it('leaves the sandbox and real mail apart', async () => {
    const file = await backupOf(await annasProfile())
    const sandbox = await profile('sandbox')
    expect(await failureOf(clientOf(sandbox).preview(opened(file)))).toMatchObject({
      code: 'backup-of-other-kind',
      data: { kind: 'real' },
    })
  })

  it('pauses a request that was under way, and gives it its key', async () => {
    const from = await annasProfile()
    const [waiting] = from.application.profile.database.all<{ id: string }>(
      'SELECT id FROM private_keys WHERE id NOT IN (SELECT key_id FROM identities)',
    )
    from.application.profile.database.run(
      `INSERT INTO enrolments (id, name, address, ca, ca_name, key_type, step, state, created_at, updated_at, key_id)
       VALUES ('e', 'Anna', 'anna@example.org', 'acme', 'CA', 'ec-p256', 'place-order', 'running', ?, ?, ?)`,
      [now.toISOString(), now.toISOString(), waiting?.id ?? ''],
    )
    const into = await profile()
    await clientOf(into).restore(opened(await backupOf(from)))
    expect(into.application.enrolments.get('e')).toMatchObject({ state: 'paused', keyId: waiting?.id })
  })

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
        [id, JSON.stringify({ tokenPart2: 'x', reply: { ...reply, sent } }), now.toISOString(), now.toISOString()],
      )
    }
    const into = await profile()
    await clientOf(into).restore(opened(await backupOf(from)))
    const { enrolments } = into.application
    expect(enrolments.get('unsent')).toMatchObject({ step: 'await-challenge-mail', progress: { tokenPart2: 'x' } })
    expect(enrolments.get('unsent')?.progress.reply).toBeUndefined()
    expect(enrolments.get('sent')).toMatchObject({ step: 'send-reply', progress: { reply: { sent: true } } })
  })

  it('takes a contact’s certificate for the addresses that it states, and for no other one', async () => {
    const from = await annasProfile()
    from.application.profile.database.run(
      "INSERT INTO contact_certificate_addresses (contact_id, sha256, normalized) SELECT id, ?, 'chef@example.org' FROM contacts",
      [jonas.certificate.sha256],
    )
    const into = await profile()
    await clientOf(into).restore(opened(await backupOf(from)))
    const { addressBook } = into.application
    expect(addressBook.certificatesFor('jonas@example.org')).toHaveLength(1)
    expect(addressBook.certificatesFor('chef@example.org')).toEqual([])
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
        now.toISOString(),
      ])
      const { serialNumber, der, sha256 } = jonas.certificate
      database.run('INSERT INTO issued_certificates VALUES (?, ?, ?, ?, ?, ?, NULL)', [
        id,
        serialNumber,
        der,
        sha256,
        now.toISOString(),
        revokedAt,
      ])
    }
    const [from, into] = [await profile(), await profile()]
    await authorityOf(from, 'theirs', now.toISOString())
    await authorityOf(into, 'ours', null)
    await clientOf(into).restore(opened(await backupOf(from)))
    const { database } = into.application.profile
    expect(database.all('SELECT authority_id, revoked_at FROM issued_certificates')).toEqual([
      { authority_id: 'ours', revoked_at: null },
    ])
  })

  it('brings requests that wait for their answer, authorities of one’s own, and accounts at CAs with their keys', async () => {
    const from = await annasProfile()
    const { requests, ownAuthorities, acmeAccounts, profile: kept, vault } = from.application
    const [waiting] = kept.database.all<{ id: string }>(
      'SELECT id FROM private_keys WHERE id NOT IN (SELECT key_id FROM identities)',
    )
    const at = now.toISOString()
    kept.database.run(
      `INSERT INTO certificate_requests (id, pair_id, name, address, use, authority, key_type, key_id, request, state,
         created_at, updated_at) VALUES ('r', 'r', 'Anna', 'anna@example.org', 'both', '', 'ec-p256', ?, ?, 'waiting', ?, ?)`,
      [waiting?.id ?? '', utf8Bytes('request'), at, at],
    )
    kept.database.run(
      "INSERT INTO own_authorities (id, name, issues, url, created_at) VALUES ('o', 'CA', 'csr', 'https://ca.example/', ?)",
      [at],
    )
    const sealed = expectSuccess(vault.seal('acme_accounts', 'a', utf8Bytes('account key')))
    kept.database.run(
      "INSERT INTO acme_accounts (id, directory, account_key, sealed_in, created_at) VALUES ('a', 'https://ca.example/', ?, 'acme_accounts', ?)",
      [sealed, at],
    )
    const into = await profile()
    const file = await backupOf(from)
    const { servers } = await clientOf(into).preview(opened(file))
    expect(servers).toContain('ca.example')
    const { parts } = await clientOf(into).restore(opened(file))
    expect(parts).toContainEqual({ kind: 'requests', added: 1, known: 0 })
    expect(into.application.requests.list()).toEqual(requests.list())
    expect(into.application.ownAuthorities.list()).toEqual(ownAuthorities.list())
    const [account] = into.application.acmeAccounts.list()
    expect(acmeAccounts.list()).toHaveLength(1)
    const key = into.application.vault.open('acme_accounts', 'a', account?.sealedKey ?? new Uint8Array())
    expect(utf8Text(expectSuccess(key))).toBe('account key')
  })

  it('takes all or nothing: a backup with one bad value leaves the profile as it was', {
    timeout: 60_000,
  }, async () => {
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

  it('reads a backup of an earlier schema, and takes the steps since', async () => {
    const later = /^\{"table":"(acme_accounts|certificate_requests|own_authorities|own_revocations|enrolments)"/
    const at = now.toISOString()
    const old = await rewritten(await backupOf(await annasProfile()), (lines) => [
      ...lines.map((line) => line.replace(/"schema":\d+/, '"schema":12')).filter((line) => !later.test(line)),
      '{"table":"enrolments","columns":["id","name","address","ca","ca_name","directory_url","key_type","step","state","created_at","updated_at","account_key"]}',
      `["e","Anna","anna@example.org","acme","CA","https://ca.example/","ec-p256","place-order","paused","${at}","${at}",{"bytes":"${base64Text(utf8Bytes('account key'))}"}]`,
    ])
    const into = await profile()
    await clientOf(into).restore(opened(old))
    expect(into.application.identities.list()).toHaveLength(2)
    expect(into.application.enrolments.get('e')).toMatchObject({ state: 'paused', address: 'anna@example.org' })
    const [account] = into.application.acmeAccounts.list()
    const sealedIn = account?.sealedIn ?? ''
    const key = into.application.vault.open(sealedIn, 'e', account?.sealedKey ?? new Uint8Array())
    expect(utf8Text(expectSuccess(key))).toBe('account key')
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

  it('answers to any damaged line with a reason', { timeout: 60_000 }, async () => {
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
})

describe('the paper key', () => {
  it('opens backups made after it, is shown again for the passphrase, and survives its own backup', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    const before = await backupOf(context)
    const made = await client.paperKey({ passphrase, anew: false })
    expect(await client.paperKey({ passphrase, anew: false })).toEqual(made)
    expect((await client.state()).paperKey).toEqual({ keyId: made.keyId, madeAt: made.madeAt })
    const file = await backupOf(context)
    const typed = { paperKey: made.key.toLowerCase().replaceAll('-', ' ') }
    expect(await client.rehearse(opened(file, typed))).toMatchObject({ passed: true })
    expect(await failureOf(client.rehearse(opened(before, typed)))).toMatchObject({ code: 'no-paper-key' })
    expect(await failureOf(client.paperKey({ passphrase: 'falsch', anew: false }))).toMatchObject({
      code: 'wrong-passphrase',
    })
    now = new Date(testNow.getTime() + 60_000)
    const into = await profile()
    const { parts } = await clientOf(into).restore(opened(file, typed))
    expect(parts).toContainEqual({ kind: 'paperKey', added: 1, known: 0 })
    expect(await clientOf(into).paperKey({ passphrase, anew: false })).toEqual(made)
  })

  it('made anew leaves the older backups to the older one', async () => {
    const context = await annasProfile()
    const client = clientOf(context)
    const first = await client.paperKey({ passphrase, anew: false })
    const file = await backupOf(context)
    const second = await client.paperKey({ passphrase, anew: true })
    expect(second.key).not.toBe(first.key)
    expect(await client.rehearse(opened(file, { paperKey: first.key }))).toMatchObject({ passed: true })
    expect(await failureOf(client.rehearse(opened(file, { paperKey: second.key })))).toEqual({
      code: 'other-paper-key',
      data: { keyId: first.keyId },
    })
  })

  it('names the group that was mistyped', async () => {
    const context = await annasProfile()
    const { key } = await clientOf(context).paperKey({ passphrase, anew: false })
    const typed = `${key[0] === 'A' ? 'B' : 'A'}${key.slice(1)}`
    expect(await failureOf(clientOf(context).rehearse(opened(new Uint8Array(9), { paperKey: typed })))).toEqual({
      code: 'paper-key-group',
      data: { groups: '1' },
    })
  })
})
