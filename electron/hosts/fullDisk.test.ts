/**
 * A full disk, as the page meets it: each call that writes ends with its code, everything stays as it was, and reading goes
 * on. The disk is a small file system of its own, which takes the right to mount one.
 */

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { base64Text } from '../base/bytes.ts'
import { mozillaRoots } from '../certificates/roots/mozillaRoots.ts'
import { account, codeOf, contentOf, furnish, letter, passphrase, type Windows, windowsOn } from './testWindows.ts'

const disk = smallDisk()

/** A file system of its own, where this process may mount one. */
function smallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const place = mkdtempSync(join(tmpdir(), 'siegel-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place], { stdio: 'ignore' })
    execFileSync('umount', [place])
    return place
  } catch {
    // A container without the right to mount.
    rmdirSync(place)
    return undefined
  }
}

describe.skipIf(!disk)(disk ? 'a full disk' : 'skipped: nothing can be mounted here', () => {
  const place = disk ?? ''
  const filler = join(place, 'filler')
  let home: string
  let windows: Windows

  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', place])
    home = join(place, 'profile')
    windows = windowsOn(home)
  })

  afterAll(() => rmdirSync(place))

  afterEach(async () => {
    await windows.close()
    // Lazily: a failed test may have left files open.
    execFileSync('umount', ['-l', place])
  })

  function fill({ leaving = 0 } = {}): void {
    const handle = openSync(filler, 'w')
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size))
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error
      }
    }
    closeSync(handle)
    truncateSync(filler, statSync(filler).size - leaving)
  }

  it('ends every call that writes with its code, leaves everything as it was, and all of it works with room', async () => {
    const client = await windows.open()
    const { identityId, contactId, accountId, heldId, draftId, jonas, root, another, more } = await furnish(client)
    const jonasSha = jonas.certificate.sha256
    const { spoolId } = await client.spool.begin({ name: 'x', mediaType: 'text/plain', size: 500_000 })
    const take = { id: identityId, password: 'ein langes Passwort', target: 'modern' as const, passphrase }
    const acme = { kind: 'acme' as const, directoryUrl: 'https://localhost:1/directory' }
    const before = await contentOf(join(home, 'siegel.db'))
    // In an order in which each one also works once there is room.
    const calls: Record<string, () => Promise<unknown>> = {
      changeSettings: () => client.app.changeSettings({ theme: 'dark' }),
      spool: () => client.spool.append({ spoolId, offset: 0, bytes: base64Text(new Uint8Array(500_000)) }),
      setAutoLock: () => client.vault.setAutoLock({ minutes: 30 }),
      changePassphrase: () => client.vault.changePassphrase({ current: passphrase, next: passphrase }),
      import: () => client.identities.import({ source: another }),
      export: () => client.identities.export(take),
      retire: () => client.identities.retire({ id: identityId, retired: true }),
      prefer: () => client.identities.prefer({ id: identityId }),
      enrol: () => client.enrolment.begin({ name: 'A', address: account.address, keyType: 'ec-p256', ca: acme }),
      addContact: () => client.contacts.add({ name: 'Mara', notes: '', addresses: ['m@example.org'] }),
      updateContact: () =>
        client.contacts.update({ id: contactId, name: 'Jo', notes: '', addresses: ['jonas@example.org'] }),
      contactFromFile: () => client.contacts.addFromFile({ source: more, fileName: 'mara.cer' }),
      removeCertificate: () => client.contacts.removeCertificate({ id: contactId, sha256: jonasSha }),
      deleteContact: () => client.contacts.delete({ id: contactId }),
      setScope: () => client.trust.setScope({ sha256: root.certificate.sha256, domains: ['example.org'] }),
      distrust: () => client.trust.distrust({ sha256: mozillaRoots().fingerprints[0] ?? '' }),
      leaveList: () => client.trust.decideList({ list: 'mozilla', trusted: false }),
      removeAnchor: () => client.certificates.removeAnchor({ sha256: root.certificate.sha256 }),
      addAnchor: () =>
        client.certificates.addAnchor({
          source: { bytes: base64Text(root.certificate.der) },
          sha256: root.certificate.sha256,
          note: '',
        }),
      addAccount: () => client.accounts.add({ ...account, address: 'second@example.org' }),
      updateAccount: () => client.accounts.update({ ...account, id: accountId, name: 'Anna B.' }),
      testAccount: () => client.accounts.test({ id: accountId }),
      saveDraft: () => client.compose.saveDraft({ draft: letter }),
      discardDraft: () => client.compose.discardDraft({ id: draftId }),
      discardMail: () => client.compose.discard({ id: heldId }),
      removeAccount: () => client.accounts.remove({ id: accountId }),
      unlock: async () => {
        await client.vault.lock()
        return client.vault.unlock({ passphrase })
      },
    }
    const outcomes = async () => {
      const told: Record<string, string> = {}
      for (const [name, call] of Object.entries(calls)) told[name] = await codeOf(call)
      return told
    }
    const all = (code: string) => Object.fromEntries(Object.keys(calls).map((name) => [name, code]))

    fill()
    // An anchor that is still there is known already: nothing is written.
    expect(await outcomes()).toEqual({ ...all('disk-full'), addAnchor: 'already-known' })
    rmSync(filler)
    expect(await contentOf(join(home, 'siegel.db'))).toBe(before)
    await client.vault.unlock({ passphrase })
    expect(await outcomes()).toEqual(all('done'))
  })

  it('does not keep anybody from reading, nor hide why a letter was not sent', async () => {
    const client = await windows.open()
    const { signed, heldId } = await furnish(client)
    fill()
    const opened = await client.inspect.open({ source: { bytes: base64Text(signed) } })
    expect(opened.report.verdict.signature).toBe('good')
    expect(await client.contacts.list({ query: '' })).toHaveLength(1)
    expect(await client.compose.drafts()).toHaveLength(1)
    expect(await codeOf(() => client.compose.retry({ id: heldId }))).toBe('connect-refused')
    expect(await codeOf(() => client.compose.send(letter))).toBe('disk-full')
    expect(await client.compose.outbox()).toMatchObject([{ id: heldId, state: 'held' }])
  })

  it('leaves no rest of a part that could not be handed over', async () => {
    const client = await windows.open()
    const { signed } = await furnish(client)
    const { openedId, parts } = await client.inspect.open({ source: { bytes: base64Text(signed) } })
    const part = { openedId, partId: parts[0]?.id ?? '' }
    const spooled = () => readdirSync(join(home, 'spool'), { recursive: true }).length
    const before = spooled()
    fill()
    expect(await codeOf(() => client.inspect.part(part))).toBe('disk-full')
    expect(spooled()).toBe(before)
    rmSync(filler)
    expect(await codeOf(() => client.inspect.part(part))).toBe('done')
    expect(spooled()).toBe(before + 1)
  })

  it('when the sandbox is entered leads back to the own profile', async () => {
    const client = await windows.open()
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    await client.sandbox.enter()
    await client.sandbox.leave()
    // The profile, the servers' keys, their mail: with each a bit more room something else fails.
    const codes: string[] = []
    for (const leaving of [0, 8_192, 16_384, 24_576, 32_768, 40_960, 49_152, 57_344]) {
      rmSync(join(home, 'sandbox', 'server'), { recursive: true, force: true })
      fill({ leaving })
      codes.push(await codeOf(() => client.sandbox.enter()))
      rmSync(filler)
      if (codes.at(-1) === 'done') await client.sandbox.leave()
      expect((await client.app.status()).profile).toMatchObject({ kind: 'real', state: 'open' })
      expect(await client.contacts.list({ query: '' })).toHaveLength(1)
    }
    expect(codes.slice(0, 3)).toEqual(['disk-full', 'disk-full', 'disk-full'])
    expect(codes.filter((code) => code !== 'done' && code !== 'disk-full')).toEqual([])
  })

  it('when the profile is opened is named, and loses nothing', async () => {
    const client = await windows.open()
    await client.contacts.add({ name: 'Jonas', notes: '', addresses: ['jonas@example.org'] })
    await windows.close()
    const before = await contentOf(join(home, 'siegel.db'))
    fill()
    const blocked = await windows.open()
    expect((await blocked.app.status()).profile.state).toBe('unusable')
    expect(await codeOf(() => blocked.contacts.list({ query: '' }))).toBe('disk-full')
    await windows.close()
    rmSync(filler)
    expect(await contentOf(join(home, 'siegel.db'))).toBe(before)
    expect(await (await windows.open()).contacts.list({ query: '' })).toHaveLength(1)
  })

  it('when a profile is made leaves nothing that stands in the way', async () => {
    mkdirSync(home)
    fill()
    expect(await codeOf(async () => (await windows.open()).vault.state())).toBe('disk-full')
    await windows.close()
    rmSync(filler)
    expect((await (await windows.open()).vault.create({ passphrase })).state).toBe('unlocked')
  })

  it('when the profile is closed keeps the older copy', async () => {
    const client = await windows.open()
    await client.vault.create({ passphrase })
    await windows.close()
    const again = await windows.open()
    await again.app.changeSettings({ theme: 'dark' })
    fill()
    await windows.close()
    expect(existsSync(join(home, 'siegel.db.backup'))).toBe(true)
    expect(readdirSync(home).filter((name) => name.endsWith('.unfinished'))).toEqual([])
    rmSync(filler)
    expect((await (await windows.open()).app.settings()).theme).toBe('dark')
  })
})
