/** Entries in the list of CAs that a backup brings: named before, marked afterwards, and never in another one's place. */

import { expect, it } from 'vitest'
import { catalogue } from '../../acquisition/catalogue/catalogue.ts'
import type { ServiceContext } from '../context.ts'
import { caNamesOf } from '../enrolment/caNames.ts'
import { clientOf as client, failureOf } from '../testServices.ts'
import { backupOf, clientOf, opened, profile, rewritten, time } from './testBackup.ts'

type Entry = readonly [id: string, name: string, issues: 'acme' | 'csr', url: string]

const evil = 'https://acme.evil.example/directory'

async function backupWith(entries: readonly Entry[], more: readonly string[] = []) {
  const at = time.now.toISOString()
  const file = await rewritten(await backupOf(await profile()), (lines) => [
    ...lines,
    '{"table":"own_authorities","columns":["id","name","issues","url","created_at"]}',
    ...entries.map((entry) => JSON.stringify([...entry, at])),
    ...more,
  ])
  return opened(file)
}

function listed({ application }: ServiceContext) {
  return application.ownAuthorities.list().map(({ name, url, fromBackup }) => [name, url, fromBackup])
}

it('are counted and named with their hosts, before and afterwards', async () => {
  const backup = await backupWith([['o', 'Company CA', 'csr', 'https://ca.company.example:8443/request']])
  const into = await profile()
  for (const restored of [await clientOf(into).preview(backup), await clientOf(into).restore(backup)]) {
    expect(restored.parts).toContainEqual({ kind: 'catalogue', added: 1, known: 0 })
    expect(restored.entries).toEqual([{ name: 'Company CA', host: 'ca.company.example:8443' }])
  }
  const again = await clientOf(into).restore(backup)
  expect(again.parts).toContainEqual({ kind: 'catalogue', added: 0, known: 1 })
  expect(listed(into)).toEqual([['Company CA', 'https://ca.company.example:8443/request', true]])
})

it('take neither the id nor the name of a CA in the catalogue, or of another entry', async () => {
  const into = await profile()
  await client(into).catalogue.add({ name: 'Company CA', issues: 'csr', url: 'https://ca.company.example/' })
  const backup = await backupWith([
    ['castle', 'CASTLE', 'acme', evil],
    ['a', 'CАSTLE', 'acme', 'https://evil.example/a'],
    ['b', 'ＨＡＲＩＣＡ', 'csr', 'https://evil.example/b'],
    ['c', 'company ca', 'csr', 'https://evil.example/c'],
    ['d', 'x\u0007y', 'acme', 'https://control.example/'],
  ])
  const { entries } = await clientOf(into).restore(backup)
  expect(entries.map(({ name }) => name).sort()).toEqual([
    'acme.evil.example',
    'control.example',
    'evil.example',
    'evil.example (2)',
    'evil.example (3)',
  ])
  const all = await client(into).catalogue.list()
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  for (const { id, name } of catalogue) expect(all.filter((one) => one.id === id || one.name === name)).toHaveLength(1)
  const { url } = await client(into).catalogue.openLink({ id: 'castle', kind: 'information' })
  expect(url).toBe('https://acme.castle.cloud/')
})

it('are nothing new where the catalogue or the person has them, and the request that names them finds them', async () => {
  const into = await profile()
  const own = await client(into).catalogue.add({ name: 'Mine', issues: 'csr', url: 'https://ca.company.example/' })
  const at = time.now.toISOString()
  const request = (id: string, authority: string) =>
    `["${id}","${id}","Anna","anna@example.org","both","${authority}","ec-p256","k",{"bytes":""},"waiting","${at}","${at}"]`
  const backup = await backupWith(
    [
      ['theirs', 'Yours', 'csr', 'https://ca.company.example'],
      ['free', 'Free', 'acme', 'https://acme.castle.cloud/acme/directory'],
      ['harica', 'Other', 'csr', 'https://other.example/'],
    ],
    [
      '{"table":"certificate_requests","columns":["id","pair_id","name","address","use","authority","key_type","key_id","request","state","created_at","updated_at"]}',
      ...['theirs', 'free', 'harica', 'gone'].map((authority) => request(`r-${authority}`, authority)),
    ],
  )
  const { parts } = await clientOf(into).restore(backup)
  expect(parts).toContainEqual({ kind: 'catalogue', added: 1, known: 2 })
  const named = into.application.requests.list().map(({ id, authority }) => [id, authority])
  expect(named.sort()).toEqual([
    ['r-free', 'castle'],
    ['r-gone', ''],
    ['r-harica', 'harica'],
    ['r-theirs', own.id],
  ])
})

it('are not ordered from, not opened and not called by their name before the person knows where they lead', async () => {
  const into = await profile()
  await clientOf(into).restore(
    await backupWith([
      ['a', 'Firm', 'acme', evil],
      ['b', 'Page', 'csr', 'https://page.example/'],
    ]),
  )
  const { catalogue: entries, enrolment, requests } = client(into)
  const [firm, page] = (await entries.list()).filter(({ own }) => own)
  const ca = { kind: 'acme', directoryUrl: evil } as const
  const wish = { name: 'Anna', address: 'anna@example.org', keyType: 'ec-p256', byHand: true } as const
  const binding = { keyId: 'k', hmacKey: 'c2VjcmV0IG9mIHRoZSBDQSBmb3IgdGhpcyBjdXN0b21lcg' }
  const request = { ...wish, authority: page?.id ?? '', purpose: 'both' } as const
  const refused = { code: 'authority-from-backup', data: { name: 'Firm', host: 'acme.evil.example' } }
  expect(await failureOf(enrolment.begin({ ...wish, ca }))).toEqual(refused)
  const bound = enrolment.begin({ ...wish, ca: { ...ca, externalAccountBinding: binding } })
  expect(await failureOf(bound)).toEqual(refused)
  expect(into.application.acmeAccounts.list()).toEqual([])
  const ofPage = { code: 'authority-from-backup', data: { name: 'Page', host: 'page.example' } }
  expect(await failureOf(entries.openLink({ id: page?.id ?? '', kind: 'order' }))).toEqual(ofPage)
  expect(await failureOf(requests.begin(request))).toEqual(ofPage)
  expect(caNamesOf(into.application, evil, {})).toEqual({ caName: 'acme.evil.example' })

  const elsewhere = entries.trustServer({ id: firm?.id ?? '', host: 'firm.example' })
  expect(await failureOf(elsewhere)).toMatchObject({ code: 'not-found' })
  expect(await entries.trustServer({ id: firm?.id ?? '', host: 'acme.evil.example' })).toMatchObject({
    fromBackup: false,
  })
  expect(await enrolment.begin({ ...wish, ca })).toMatchObject({ caName: 'Firm', caHost: 'acme.evil.example' })
  await entries.trustServer({ id: page?.id ?? '', host: 'page.example' })
  expect(await failureOf(entries.openLink({ id: page?.id ?? '', kind: 'order' }))).toBeUndefined()
})

it.each([
  'http://ca.example/',
  'https://user:secret@ca.example/',
  'file:///usr/bin/xcalc',
  `https://ca.example/${'x'.repeat(2048)}`,
])('make a backup a damaged one where they lead to %s', async (url) => {
  const into = await profile()
  const restored = clientOf(into).restore(await backupWith([['o', 'CA', 'csr', url]]))
  expect(await failureOf(restored)).toMatchObject({ code: 'damaged-file' })
})

it('make it a damaged one where there are more than anybody adds', async () => {
  const many = Array.from({ length: 1_001 }, (_, index): Entry => [`o${index}`, 'CA', 'csr', 'https://ca.example/'])
  const into = await profile()
  expect(await failureOf(clientOf(into).preview(await backupWith(many)))).toMatchObject({ code: 'damaged-file' })
  const most = many.slice(1).map(([id], index): Entry => [id, 'CASTLE', 'csr', `https://ca.example/${index}`])
  const { entries } = await clientOf(into).preview(await backupWith(most))
  expect(new Set(entries.map(({ name }) => name)).size).toBe(1_000)
})
