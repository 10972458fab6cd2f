/** What an order calls its CA: the chosen name with the host beside it, and no name that a backup gave. */

import { expect, it } from 'vitest'
import { shownCa } from '../../../shared/shownCa.ts'
import { clientOf, testServices } from '../testServices.ts'
import { caNamesOf } from './caNames.ts'

const directoryUrl = 'https://ca.harbour.example:14000/directory'

it('is the name that the person gave, with the host beside it, as long as the entry is there', async () => {
  const context = await testServices()
  const { catalogue, enrolment } = clientOf(context)
  const own = await catalogue.add({ name: 'Harbour CA', issues: 'acme', url: directoryUrl })
  const ca = { kind: 'acme', directoryUrl } as const
  const wish = { name: 'Nora', address: 'nora@harbour.example', keyType: 'ec-p256', ca, byHand: true } as const
  const named = { caName: 'Harbour CA', caHost: 'ca.harbour.example:14000' }
  const begun = await enrolment.begin(wish)
  expect(begun).toMatchObject(named)
  expect(shownCa(begun)).toBe('Harbour CA (ca.harbour.example:14000)')
  expect(await enrolment.list()).toMatchObject([named])

  const { enrolments } = context.application
  const [stored] = enrolments.list()
  if (stored) enrolments.save({ ...stored, fromBackup: true })
  const [restored] = await enrolment.list()
  expect([restored?.caName, restored?.caHost]).toEqual(['ca.harbour.example:14000', undefined])

  if (stored) enrolments.save(stored)
  await catalogue.remove({ id: own.id })
  expect((await enrolment.list())[0]?.caName).toBe('ca.harbour.example:14000')
})

it('is never that of a CA in the catalogue at another host, whatever a backup wrote into the person’s entries', async () => {
  const context = await testServices()
  const { ownAuthorities } = context.application
  const createdAt = context.runtime.clock().toISOString()
  for (const name of ['CASTLE', ' castle ', 'ＣＡＳＴＬＥ']) {
    ownAuthorities.add({ id: name, name, issues: 'acme', url: directoryUrl, createdAt })
    expect(caNamesOf(context.application, directoryUrl, {}), name).toEqual({ caName: 'ca.harbour.example:14000' })
    ownAuthorities.remove(name)
  }
  const castle = 'https://acme.castle.cloud/acme/directory'
  expect(caNamesOf(context.application, castle, {})).toEqual({ caName: 'CASTLE', caHost: 'acme.castle.cloud' })
})
