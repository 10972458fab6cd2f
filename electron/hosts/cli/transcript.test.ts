/** The command line as a person uses it: real processes, real files, real exit codes. */

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpus } from '../../../build/corpora.ts'
import { writePem } from '../../asn1/pem.ts'
import { systemRandom } from '../../base/random.ts'
import { testPerson } from '../../certificates/testPki.ts'
import { loadPostQuantum } from '../../crypto/postQuantum.ts'
import { generatePostQuantumKey } from '../../crypto/postQuantumKey.ts'
import { type Siegel, siegelEntry, siegelIn } from './testSiegel.ts'

const people = corpus('rfc9216')
const messages = corpus('rfc9788')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'siegel-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const siegel: Siegel = (args, options) => siegelIn(folder)(args, options)

const alice = { passphrase: 'correct horse battery', home: 'alice' }
const bob = { passphrase: 'staple of another horse', home: 'bob' }

describe('wrong use', () => {
  it('ends with 2 and says what the command takes', async () => {
    const unknown = await siegel(['identity', 'frobnicate'])
    expect(unknown.code).toBe(2)
    const missing = await siegel(['open', 'letter.eml'])
    expect(missing.code).toBe(2)
    expect(missing.err).toContain('--out')
    const time = await siegel(['inspect', 'letter.eml', '--at', 'tomorrow'])
    expect(time.code).toBe(2)
    expect(time.err).toContain('"tomorrow" is no time')
  })

  it('ends with 1 and a next step where a file is missing', async () => {
    const missing = await siegel(['inspect', join(folder, 'nothing.eml'), '--json'])
    expect(missing.code).toBe(1)
    expect(JSON.parse(missing.out)).toMatchObject({ error: { code: 'file-unreadable' } })
    expect(missing.err).not.toContain('    at ')
  })

  it('asks for nothing and makes no vault without a passphrase', async () => {
    const refused = await siegel([
      'identity',
      'export',
      'nobody@example.org',
      '--out',
      join(folder, 'x.p12'),
      '--password-file',
      '/dev/null',
    ])
    expect(refused.code).toBe(1)
    expect(refused.err).not.toBe('')
  })
})

describe.skipIf(!people)('the people of RFC 9216 write to each other', () => {
  const file = (name: string) => join(people ?? '', name)
  const letter = () => join(folder, 'letter.eml')

  it('takes in both identities of Alice, once', async () => {
    const imported = await siegel(['identity', 'import', file('alice.p12'), '--password-file', '-', '--json'], {
      ...alice,
      input: 'alice',
    })
    expect(imported.err).toBe('')
    expect(imported.code).toBe(0)
    expect(JSON.parse(imported.out).imported).toHaveLength(2)
    const again = await siegel(['identity', 'import', file('alice.der.p12'), '--password-file', '-', '--json'], {
      ...alice,
      input: 'alice',
    })
    expect(JSON.parse(again.out)).toMatchObject({ imported: [] })
    const listed = await siegel(['identity', 'list', '--json'], alice)
    expect(JSON.parse(listed.out)).toHaveLength(2)
    expect((await stat(join(folder, 'alice'))).mode & 0o077).toBe(0)
  })

  it('refuses a wrong password, with a reason and without a trace', async () => {
    const refused = await siegel(['identity', 'import', file('bob.p12'), '--password-file', '-', '--json'], {
      ...bob,
      input: 'alice',
    })
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out)).toEqual({ error: { code: 'wrong-password' } })
    const listed = await siegel(['identity', 'list', '--json'], bob)
    expect(JSON.parse(listed.out)).toEqual([])
    expect(
      (await siegel(['identity', 'import', file('bob.p12'), '--password-file', '-'], { ...bob, input: 'bob\n' })).code,
    ).toBe(0)
  })

  it('will not seal for somebody whose certificate is unknown', async () => {
    await writeFile(join(folder, 'text.txt'), 'Grüße aus Köln\nFrom the terminal\n')
    const refused = await siegel(
      [
        'seal',
        '--from',
        'alice@smime.example',
        '--to',
        'bob@smime.example',
        '--subject',
        'Geheim',
        '--text',
        join(folder, 'text.txt'),
        '--sign',
        '--encrypt',
        '--out',
        letter(),
        '--json',
      ],
      alice,
    )
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out).error).toMatchObject({ code: 'recipient-without-certificate' })
    await expect(stat(letter())).rejects.toThrow()
  })

  it('seals with an attachment once the certificate is there', async () => {
    const added = await siegel(['contact', 'add', file('bob.encrypt.crt'), '--json'], alice)
    expect(added.code).toBe(0)
    expect(JSON.parse(added.out)).toMatchObject([{ addresses: ['bob@smime.example'], canReadSealed: true }])
    const attachment = join(folder, 'Angebot März.bin')
    await writeFile(attachment, Buffer.alloc(300_000, 7))
    const sealed = await siegel(
      [
        'seal',
        '--from',
        'alice@smime.example',
        '--to',
        'Bob <bob@smime.example>',
        '--subject',
        'Geheim',
        '--text',
        join(folder, 'text.txt'),
        '--attach',
        attachment,
        '--sign',
        '--encrypt',
        '--out',
        letter(),
      ],
      alice,
    )
    expect(sealed.err).toBe('')
    expect(sealed.code).toBe(0)
    const raw = await readFile(letter(), 'latin1')
    expect(raw).toMatch(/^Subject: \[\.\.\.\]\r?$/m)
    expect(raw).not.toContain('Geheim')
  })

  it('hides names outside and repeats nothing inside where that is asked for', async () => {
    const out = join(folder, 'shy.eml')
    const to = ['--from', 'Alice <alice@smime.example>', '--to', 'Bob <bob@smime.example>', '--subject', 'Geheim']
    const text = ['--text', join(folder, 'text.txt'), '--sign', '--encrypt', '--out', out]
    const policy = ['--header-policy', 'shy', '--no-legacy-display']
    expect((await siegel(['seal', ...to, ...text, ...policy], alice)).code).toBe(0)
    expect(await readFile(out, 'latin1')).toMatch(/^From: alice@smime\.example\r\nTo: bob@smime\.example\r\n/)
    expect((await siegel(['seal', ...to, ...text, '--header-policy', 'none'], alice)).code).toBe(2)
  })

  it('is read by Bob, by Alice herself, and by nobody else', async () => {
    const anchor = ['--anchor', file('ca.rsa.crt')]
    const require = ['--require', 'signed,encrypted', '--json']
    for (const reader of [alice, bob]) {
      const inspected = await siegel(['inspect', letter(), ...anchor, ...require], reader)
      expect(inspected.code).toBe(0)
      expect(JSON.parse(inspected.out)).toMatchObject({
        verdict: { signature: 'good', encryption: 'decrypted' },
        // Nothing is known of Bob's program, so the cipher is the one that every program reads.
        layers: [{ kind: 'enveloped' }, { kind: 'clear-signed' }],
      })
    }
    const told = await siegel(['inspect', letter(), ...anchor], bob)
    expect(told.out).toContain('It proves the address, not the name')
    const stranger = await siegel(['inspect', letter(), ...anchor, ...require], { home: 'stranger' })
    expect(stranger.code).toBe(3)
    expect(JSON.parse(stranger.out)).toMatchObject({ verdict: { encryption: 'no-key' } })
  })

  it('is signed by two identities, with RSASSA-PSS, and wrapped again, where that is asked for', async () => {
    const out = join(folder, 'wrapped.eml')
    const carlos = ['identity', 'import', file('carlos.p12'), '--password-file', '-']
    expect((await siegel(carlos, { ...alice, input: 'carlos' })).code).toBe(0)
    const to = ['--from', 'alice@smime.example', '--to', 'bob@smime.example', '--subject', 'Geheim', '--out', out]
    const text = ['--text', join(folder, 'text.txt'), '--encrypt']
    const choices = ['--signature', 'pss', '--digest', 'sha384', '--also-sign', 'carlos@smime.example', '--wrap-again']
    const unsigned = await siegel(['seal', ...to, ...text, ...choices], alice)
    expect([unsigned.code, unsigned.err]).toEqual([2, expect.stringContaining('Add --sign')])
    const stranger = ['--also-sign', 'dana@smime.example']
    const refused = await siegel(['seal', ...to, ...text, '--sign', ...stranger, '--json'], alice)
    expect(JSON.parse(refused.out)).toEqual({ error: { code: 'no-identity', address: 'dana@smime.example' } })

    expect(await siegel(['seal', ...to, ...text, '--sign', ...choices], alice)).toMatchObject({ code: 0, err: '' })
    const micalg = /micalg="sha-384,sha-512"/
    expect((await readFile(out, 'latin1')).replace(/\r\n /g, ' ')).toMatch(micalg)
    const inspected = await siegel(['inspect', out, '--anchor', file('ca.rsa.crt'), '--json'], bob)
    const layer = { kind: 'clear-signed', state: 'verified' }
    const report = JSON.parse(inspected.out) as { signers: { emails: string[]; algorithm: string; state: string }[] }
    expect(report).toMatchObject({
      verdict: { signature: 'good', encryption: 'decrypted', level: 'good' },
      layers: [layer, { kind: 'enveloped', state: 'decrypted' }, layer],
      headers: { protection: 'cipher' },
    })
    const signers = report.signers.map(({ emails, algorithm, state }) => `${emails[0]}: ${algorithm}, ${state}`)
    // Carlos vouches for what is written, not for Alice.
    const [author, witness] = [
      'alice@smime.example: RSA-PSS, SHA-384, good',
      'carlos@smime.example: Ed25519, SHA-512, address-mismatch',
    ]
    expect(signers.sort()).toEqual([author, author, witness, witness])
  })

  it('is unpacked with its attachment', async () => {
    const out = join(folder, 'unpacked')
    const opened = await siegel(['open', letter(), '--out', out], bob)
    expect(opened.code).toBe(0)
    expect(await readdir(out)).toEqual(expect.arrayContaining(['Angebot März.bin', 'text.txt', 'report.json']))
    expect((await readFile(join(out, 'Angebot März.bin'))).equals(Buffer.alloc(300_000, 7))).toBe(true)
    expect(await readFile(join(out, 'text.txt'), 'utf8')).toContain('Grüße aus Köln')
    expect(await readFile(join(out, 'headers.txt'), 'utf8')).toContain('Subject: Geheim')
  })

  it('tells a certificate by its fields and its chain', async () => {
    const shown = await siegel(['cert', 'show', file('alice.sign.crt'), '--json'])
    expect(JSON.parse(shown.out)).toMatchObject([{ emails: ['alice@smime.example'], canSign: true }])
    const valid = ['cert', 'verify', file('alice.sign.crt'), '--purpose', 'sign', '--anchor', file('ca.rsa.crt')]
    expect((await siegel(valid)).code).toBe(0)
    expect((await siegel([...valid, '--at', '2060-01-01'])).code).toBe(1)
    expect((await siegel(['cert', 'verify', file('alice.sign.crt')])).code).toBe(1)
  })

  it('says everything in words: no code of a finding or a reason is left over', async () => {
    const mail = await siegel(['inspect', letter()], bob)
    expect(mail.out).toContain('nobody trusted could tell')
    const forEncryption = ['--purpose', 'encrypt', '--anchor', file('ca.rsa.crt')]
    const chain = await siegel(['cert', 'verify', file('alice.sign.crt'), ...forEncryption])
    expect(chain.out).toContain('may not be used for encryption')
    expect(mail.out + chain.out).not.toMatch(/\b(findings|reasons|odd|errors|cli)\.[\w-]+/)
  })

  it('takes the passphrase from a pipe, which can be read only once', async () => {
    const pipe = join(folder, 'passphrase')
    await promisify(execFile)('mkfifo', [pipe])
    const fed = promisify(execFile)('sh', ['-c', `printf '%s\\n' '${alice.passphrase}' > '${pipe}'`])
    const to = ['--out', join(folder, 'alice.p12'), '--password-file', '-', '--passphrase-file', pipe]
    const id =
      (JSON.parse((await siegel(['identity', 'list', '--json'], { home: 'alice' })).out) as { id: string }[])[0]?.id ??
      ''
    const exported = await siegel(['identity', 'export', id, ...to], { home: 'alice', input: 'fünfzehn Zeichen\n' })
    expect(exported).toMatchObject({ code: 0 })
    await fed
  })

  it('saves an identity that openssl and Siegel read', async () => {
    const saved = join(folder, 'bob.p12')
    const listed = JSON.parse((await siegel(['identity', 'list', '--json'], bob)).out) as {
      id: string
      canSign: boolean
    }[]
    const id = listed.find(({ canSign }) => canSign)?.id ?? ''
    const input = 'Sesam, öffne dich\r\n'
    const exported = await siegel(['identity', 'export', id, '--out', saved, '--password-file', '-'], { ...bob, input })
    expect(exported.code).toBe(0)
    expect((await stat(saved)).mode & 0o077).toBe(0)
    const again = await siegel(['identity', 'import', saved, '--password-file', '-', '--json'], {
      ...bob,
      home: 'bob2',
      input,
    })
    expect(JSON.parse(again.out).imported).toHaveLength(1)
  })
})

describe('a letter that can not be handed in', () => {
  const poor = { passphrase: 'no server anywhere', home: 'poor' }

  it('waits in the outbox, says so, and is not lost', async () => {
    const account = ['--address', 'carl@example.org', '--smtp', '127.0.0.1:9:tls', '--imap', '127.0.0.1:9:tls']
    const password = join(folder, 'account-password')
    await writeFile(password, 'geheim')
    expect((await siegel(['account', 'add', ...account, '--password-file', password], poor)).code).toBe(0)
    await writeFile(join(folder, 'card.txt'), 'Liebe Grüße')
    const letter = ['--from', 'carl@example.org', '--to', 'bob@smime.example', '--subject', 'Karte']
    const sent = await siegel(['send', ...letter, '--text', join(folder, 'card.txt'), '--json'], poor)
    expect(sent.code).toBe(1)
    expect(JSON.parse(sent.out)).toMatchObject({ error: { code: 'connect-refused' } })
    const held = JSON.parse((await siegel(['outbox', 'list', '--json'], poor)).out) as { id: string }[]
    expect(held).toMatchObject([{ subject: 'Karte', to: ['bob@smime.example'], failure: { code: 'connect-refused' } }])
    const id = held[0]?.id ?? ''
    expect(sent.err).toContain(`siegel outbox retry ${id}`)
    expect((await siegel(['outbox', 'retry', id], poor)).code).toBe(1)
    expect((await siegel(['outbox', 'discard', id], poor)).code).toBe(0)
    expect(JSON.parse((await siegel(['outbox', 'list', '--json'], poor)).out)).toEqual([])
  })
})

describe.skipIf(!messages)('the messages of RFC 9788', () => {
  it('give one line each, and never a crash', async () => {
    const files = (await readdir(messages ?? ''))
      .filter((name) => name.endsWith('.eml'))
      .map((name) => join(messages ?? '', name))
    const inspected = await siegel(['inspect', '--json', ...files], { home: 'messages' })
    const lines = inspected.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { file: string; verdict: { signature: string } })
    expect(lines.map(({ file }) => file)).toEqual(files)
    expect(lines.find(({ file }) => file.includes('hp-invalid'))?.verdict.signature).toBe('broken')
  })
})

describe('a reader that leaves early', () => {
  it('gets what it took, and no complaint of the program', async () => {
    const mail = join(folder, 'plain.eml')
    await writeFile(mail, 'From: a@b.example\r\nSubject: Hello\r\n\r\nHello\r\n')
    const many = `${`'${mail}' `.repeat(200)}`
    const command = `'${process.execPath}' --no-warnings '${siegelEntry}' inspect --json --home '${join(folder, 'pipe')}' ${many}`
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', `${command} | head -n 1`])
    expect(JSON.parse(stdout)).toMatchObject({ file: mail })
    expect(stderr).toBe('')
  })
})

describe('experimental algorithms', () => {
  it('are refused by their name, and used where a command asks for them', async () => {
    const postQuantum = await loadPostQuantum()
    const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
    const mara = await testPerson(
      'mara@example.org',
      { postQuantum, keyOf: generatePostQuantumKey(postQuantum, 'ML-DSA-44', systemRandom) },
      { ...validity, keyUsage: ['digitalSignature'] },
    )
    const certificate = join(folder, 'mara.crt')
    await writeFile(certificate, writePem('CERTIFICATE', mara.certificate.der))
    const identity = join(folder, 'mara.pem')
    await writeFile(identity, writePem('PRIVATE KEY', mara.pkcs8) + writePem('CERTIFICATE', mara.certificate.der))
    const text = join(folder, 'text.txt')
    await writeFile(text, 'Hello')
    const options = { passphrase: 'battery of the third horse', home: 'mara' }

    const refused = await siegel(['identity', 'import', identity], options)
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('ML-DSA-44 is an experimental algorithm')])
    const taken = await siegel(['identity', 'import', identity, '--experimental'], options)
    expect([taken.code, taken.out]).toEqual([0, expect.stringContaining('ML-DSA-44')])

    const mail = join(folder, 'mara.eml')
    const seal = ['seal', '--from', 'mara@example.org', '--to', 'a@b.example', '--subject', 'Hello', '--text', text]
    const sealing = [...seal, '--sign', '--out', mail]
    expect((await siegel(sealing, options)).err).toContain('ML-DSA-44 is an experimental algorithm')
    expect((await siegel([...sealing, '--experimental'], options)).code).toBe(0)

    const inspect = ['inspect', mail, '--require', 'signed', '--anchor', certificate, '--json']
    const without = await siegel(inspect, options)
    expect([without.code, without.out]).toEqual([3, expect.stringContaining('"code":"experimental-algorithm-off"')])
    const found = await siegel([...inspect, '--experimental'], options)
    expect([found.code, found.out]).toEqual([0, expect.stringContaining('"code":"experimental-algorithm"')])
  })
})

describe('the demonstration', () => {
  it('tells the whole story, with every step as it should be', async () => {
    const told = await siegel(['demo', '--json'], { home: 'demo' })
    const lines = told.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step?: string; ok: boolean })
    expect(lines.filter(({ ok }) => !ok)).toEqual([])
    expect(lines.at(-1)).toMatchObject({ ok: true, passed: 12 })
    expect(told.code).toBe(0)
  })
})
