import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { processName, processStartOf } from '../base/runningProcess.ts'
import { type Database, unlessDiskFull } from './database.ts'
import { migrate, schemaVersionOf } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import { openProfile, restoreProfileBackup } from './profile.ts'
import { openSpool } from './spool.ts'
import { loadSqlite } from './sqlite.ts'
import { DiskFull } from './sqliteFailure.ts'
import { testClock, testFolder, testProfile } from './testProfile.ts'

const options = { kind: 'real', clock: testClock } as const
const insert = "INSERT INTO settings (name, value) VALUES ('language', '\"de\"')"
const isUnix = process.platform !== 'win32'

const settingsIn = ({ all }: Pick<Database, 'all'>) => all('SELECT name FROM settings').map(({ name }) => name)

it('shows whoever reads for long the database of one moment, keeps no writer waiting, and ends that with the profile', async () => {
  const profile = await testProfile()
  profile.database.run(insert)
  const snapshot = await profile.snapshot()
  const rows = snapshot.each<{ name: string }>('SELECT name FROM settings')
  profile.database.run("INSERT INTO settings (name, value) VALUES ('theme', '\"dark\"')")
  expect([...rows].map(({ name }) => name)).toEqual(['language'])
  expect(settingsIn(snapshot)).toEqual(['language'])
  expect(() => snapshot.run(insert)).toThrow()
  const later = await profile.snapshot()
  expect(settingsIn(later)).toHaveLength(2)
  later.close()
  await profile.close()
  expect(() => settingsIn(snapshot)).toThrow()
  snapshot.close()
})

/** A closed profile with one setting, and its last good copy. */
async function closedProfile(): Promise<string> {
  const folder = testFolder()
  const profile = await testProfile(folder)
  profile.database.run(insert)
  await profile.close()
  return folder
}

async function settingsOf(folder: string): Promise<unknown[]> {
  const profile = await testProfile(folder)
  const rows = profile.database.all<{ name: string }>('SELECT name FROM settings')
  await profile.close()
  return rows.map(({ name }) => name)
}

describe('a profile', () => {
  it.skipIf(!isUnix)('is readable for its owner only, also where the folder was open before', async () => {
    const folder = join(testFolder(), 'home')
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    const profile = await testProfile(folder)
    profile.database.run(insert)
    const spooled = await profile.spool.create()
    expect(spooled.ok).toBe(true)
    const modes = execFileSync('find', [folder, '-printf', '%m %y\n'], { encoding: 'utf8' })
    expect([...new Set(modes.trim().split('\n'))].sort()).toEqual(['600 f', '700 d'])
  })

  it('survives being opened twice at once, by two connections that both write', async () => {
    const folder = testFolder()
    const first = await testProfile(folder)
    const second = await testProfile(folder)
    first.database.run(insert)
    second.database.run("INSERT INTO settings (name, value) VALUES ('theme', '\"dark\"')")
    expect(first.database.all('SELECT name FROM settings')).toHaveLength(2)
  })

  it('is of one kind for ever', async () => {
    const folder = await closedProfile()
    expect(await openProfile(folder, { kind: 'sandbox', clock: testClock })).toEqual({
      ok: false,
      error: { code: 'profile-unusable', folder, reason: 'kind-real' },
    })
  })

  it('says so when its folder is a file', async () => {
    const path = join(testFolder(), 'file')
    writeFileSync(path, '')
    const opened = await openProfile(path, options)
    expect(opened.ok === false && opened.error.code).toBe('profile-unusable')
  })

  it('from a newer program is left as it is', async () => {
    const folder = testFolder()
    const profile = await testProfile(folder)
    profile.database.exec('PRAGMA user_version = 999')
    await profile.close()
    expect(await openProfile(folder, options)).toEqual({
      ok: false,
      error: { code: 'database-newer', found: 999, known: migrations.at(-1)?.version },
    })
  })
})

describe('a damaged database', () => {
  const damages: Record<string, (path: string) => void> = {
    'overwritten at its beginning': (path) => {
      const bytes = readFileSync(path)
      bytes.fill(0x41, 0, 200)
      writeFileSync(path, bytes)
    },
    'overwritten in the middle': (path) => {
      const bytes = readFileSync(path)
      bytes.fill(0x41, 4096, bytes.length - 4096)
      writeFileSync(path, bytes)
    },
    'cut off': (path) => truncateSync(path, 8192),
    emptied: (path) => truncateSync(path, 0),
    'replaced by text': (path) => writeFileSync(path, 'this is no database, '.repeat(400)),
    gone: (path) => rmSync(path),
  }
  for (const [damage, inflict] of Object.entries(damages)) {
    it(`${damage} is named with its copy, not touched, and put aside for the copy`, async () => {
      const folder = await closedProfile()
      const file = join(folder, 'siegel.db')
      inflict(file)
      const before = existsSync(file) ? readFileSync(file) : undefined
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await openProfile(folder, options)).toEqual({
          ok: false,
          error: { code: 'database-damaged', file, backup: `${file}.backup` },
        })
      }
      expect(existsSync(file) ? readFileSync(file) : undefined).toEqual(before)

      const restored = await restoreProfileBackup(folder, testClock)
      expect(restored.ok).toBe(true)
      expect(await settingsOf(folder)).toEqual(['language'])
      if (before) expect(readFileSync(join(folder, 'siegel.db.damaged-2026-03-01T12-00-00'))).toEqual(before)
    })
  }

  it('without a copy says that there is none', async () => {
    const folder = testFolder()
    writeFileSync(join(folder, 'siegel.db'), 'x'.repeat(9000))
    const file = join(folder, 'siegel.db')
    expect(await openProfile(folder, options)).toEqual({ ok: false, error: { code: 'database-damaged', file } })
    expect(await restoreProfileBackup(folder, testClock)).toEqual({
      ok: false,
      error: { code: 'not-found', what: 'backup' },
    })
  })

  it('never becomes the copy', async () => {
    const folder = await closedProfile()
    const backup = readFileSync(join(folder, 'siegel.db.backup'))
    damages['overwritten in the middle']?.(join(folder, 'siegel.db'))
    await openProfile(folder, options)
    expect(readFileSync(join(folder, 'siegel.db.backup'))).toEqual(backup)
  })

  it('leaves every damaged one with a name of its own', async () => {
    const folder = await closedProfile()
    for (let round = 0; round < 2; round++) {
      truncateSync(join(folder, 'siegel.db'), 5000)
      expect((await restoreProfileBackup(folder, testClock)).ok).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(2)
  })
})

describe('migrations', () => {
  it('are numbered from one on, without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
  })

  for (const { version, name } of migrations) {
    it(`a database of version ${version} (${name}) comes to the present with what it holds`, async () => {
      const folder = testFolder()
      const old = await testProfile(folder, { migrations: migrations.slice(0, version) })
      expect(schemaVersionOf(old.database)).toBe(version)
      const createdAt = old.database.get('SELECT created_at FROM profile')
      await old.close()
      const now = await testProfile(folder)
      expect(schemaVersionOf(now.database)).toBe(migrations.at(-1)?.version)
      expect(now.database.get('SELECT created_at FROM profile')).toEqual(createdAt)
      const schema = 'SELECT type, name, sql FROM sqlite_schema ORDER BY name'
      const fresh = await testProfile()
      expect(now.database.all(schema)).toEqual(fresh.database.all(schema))
    })
  }

  it('that fail leave nothing of themselves', async () => {
    const { database } = await testProfile()
    const next = (migrations.at(-1)?.version ?? 0) + 1
    const broken = {
      version: next,
      name: 'broken',
      sql: 'CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE half (id INTEGER);',
    }
    expect(() => migrate(database, [...migrations, broken])).toThrow()
    expect(schemaVersionOf(database)).toBe(next - 1)
    expect(database.get("SELECT 1 FROM sqlite_schema WHERE name = 'half'")).toBeUndefined()
  })

  it('make only STRICT tables', async () => {
    const { database } = await testProfile()
    const loose = database.all(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    )
    expect(loose).toEqual([])
  })
})

describe('a full disk', () => {
  it('rolls the transaction back and is a value at the edge', async () => {
    const { database } = await testProfile()
    const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0
    database.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const fill = () =>
      database.transaction(() => {
        database.run(insert)
        database.run('INSERT INTO settings (name, value) VALUES (?, ?)', ['theme', 'x'.repeat(100_000)])
      })
    expect(fill).toThrow(DiskFull)
    expect(unlessDiskFull(fill)).toEqual({ ok: false, error: { code: 'disk-full' } })
    expect(database.all('SELECT name FROM settings')).toEqual([])
    database.exec('PRAGMA max_page_count = 1000000')
    database.run(insert)
    expect(database.all('SELECT name FROM settings')).toHaveLength(1)
  })
})

describe('transactions', () => {
  it('inside others are undone alone', async () => {
    const { database } = await testProfile()
    database.transaction(() => {
      database.run(insert)
      expect(() =>
        database.transaction(() => {
          database.run("INSERT INTO settings (name, value) VALUES ('theme', '1')")
          throw new Error('inner')
        }),
      ).toThrow('inner')
    })
    expect(database.all<{ name: string }>('SELECT name FROM settings').map(({ name }) => name)).toEqual(['language'])
  })

  it('are durable: every commit is flushed to the disk', async () => {
    const { database } = await testProfile()
    expect(database.get('PRAGMA synchronous')).toEqual({ synchronous: 2 })
    expect(database.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' })
  })
})

it("works with the package's SQLite as with Node's own", async () => {
  const builtIn = process.getBuiltinModule
  try {
    process.getBuiltinModule = (() => undefined) as unknown as typeof builtIn
    const folder = testFolder()
    const connection = (await loadSqlite())(join(folder, 'x.db'))
    connection.close()
    const profile = await testProfile(folder)
    profile.database.run('INSERT INTO settings (name, value) VALUES (:name, :value)', { name: 'theme', value: '1' })
    expect(profile.database.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', ['theme'])?.value).toBe(
      '1',
    )
    await profile.close()
    writeFileSync(join(folder, 'siegel.db'), 'x'.repeat(9000))
    const damaged = await openProfile(folder, options)
    expect(damaged.ok === false && damaged.error.code).toBe('database-damaged')
  } finally {
    process.getBuiltinModule = builtIn
  }
})

describe('the spool', () => {
  it('gives back what was written, in pieces or whole, and nothing after it closed', async () => {
    const folder = testFolder()
    const spool = await openSpool(folder)
    const created = await spool.create()
    if (!created.ok) throw new Error('no file')
    const file = created.value
    await Promise.all([file.write(Uint8Array.of(1, 2, 3)), file.write(new Uint8Array(2_000_000).fill(7))])
    expect(file.size).toBe(2_000_003)
    expect([...(await file.read(1, 4))]).toEqual([2, 3, 7, 7])
    expect((await file.read(2_000_000, 100)).length).toBe(3)
    let length = 0
    for await (const piece of file.open()) length += piece.length
    expect(length).toBe(file.size)
    await spool.close()
    expect(readdirSync(join(folder, 'spool'))).toEqual([])
  })

  it('keeps on the disk what nobody else can read', async () => {
    const folder = testFolder()
    const spool = await openSpool(folder)
    const created = await spool.create()
    if (!created.ok) throw new Error('no file')
    const secret = 'the private key, on its way into the vault'
    await created.value.write(new TextEncoder().encode(secret))
    const [written] = readdirSync(join(folder, 'spool'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    const bytes = readFileSync(join(written?.parentPath ?? '', written?.name ?? ''))
    expect(bytes.length).toBe(secret.length)
    expect(bytes.toString()).not.toContain(secret.slice(4, 15))
    expect(new TextDecoder().decode(await created.value.read(0, 100))).toBe(secret)
    await spool.close()
  })

  it('is bounded: beyond it the disk counts as full, and discarding makes room', async () => {
    const spool = await openSpool(testFolder(), 1000)
    const [one, other] = [await spool.create(), await spool.create()]
    if (!one.ok || !other.ok) throw new Error('no file')
    expect(await one.value.write(new Uint8Array(900))).toEqual({ ok: true, value: undefined })
    expect(await other.value.write(new Uint8Array(200))).toEqual({ ok: false, error: { code: 'disk-full' } })
    await one.value.discard()
    expect((await other.value.write(new Uint8Array(200))).ok).toBe(true)
    await spool.close()
  })

  it('forgets what a killed process left, and leaves alone what a running one uses', async () => {
    const folder = testFolder()
    const child = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).trim()
    const [, , countedBy] = processName().split('-')
    const running = `${process.ppid}-${processStartOf(process.ppid) || 1}-${countedBy}-abc`
    const elsewhere = '1-1-1.container-abc'
    for (const name of [`${child}-1-${countedBy}-abc`, running, elsewhere, 'stray']) {
      mkdirSync(join(folder, 'spool', name), { recursive: true })
      writeFileSync(join(folder, 'spool', name, '1'), 'secret')
    }
    const spool = await openSpool(folder)
    const names = readdirSync(join(folder, 'spool'))
    expect(names).toHaveLength(3)
    expect(names).toEqual(expect.arrayContaining([running, elsewhere]))
    await spool.close()
  })
})

it('the copy is renewed at the end and after a crash, but not when nothing changed', async () => {
  const folder = await closedProfile()
  const backup = join(folder, 'siegel.db.backup')
  const time = statSync(backup).mtimeMs
  await (await testProfile(folder)).close()
  expect(statSync(backup).mtimeMs).toBe(time)
  expect(await settingsOf(folder)).toEqual(['language'])
})
