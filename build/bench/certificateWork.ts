/**
 * The work that certificates.ts measures, each as a process of its own: `TASK FOLDER`, where FOLDER holds what
 * certificateFiles.ts wrote. Tasks that measure themselves print JSON.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectSuccess } from '../../electron/base/result.ts'
import { type Certificate, readCertificates } from '../../electron/certificates/certificate.ts'
import { type PathQuestion, validatePath } from '../../electron/certificates/path.ts'
import { readCrls } from '../../electron/certificates/revocation/crl.ts'

const [task = '', folder = '.'] = process.argv.slice(2)

const tasks: Readonly<Record<string, () => void>> = { verify, cold, cached, list }
tasks[task]?.()

function certificateOf(file: string): Certificate {
  const [certificate] = expectSuccess(readCertificates(readFileSync(file)))
  if (!certificate) throw new Error(`no certificate in ${file}`)
  return certificate
}

function questionIn(chain: string): PathQuestion {
  const at = (name: string) => certificateOf(join(chain, name))
  return {
    leaf: at('leaf.pem'),
    intermediates: [at('intermediate.pem')],
    anchors: [at('root.pem')],
    at: new Date(),
    purpose: 'sign',
  }
}

function validate(question: PathQuestion): void {
  const { state } = validatePath(question)
  if (state !== 'valid') throw new Error(`the chain is ${state}`)
}

/** What a command does: one chain, from the files to the answer. */
function verify(): void {
  validate(questionIn(join(folder, 'chains', '0')))
}

/** Chains that nobody has seen, one after the other; reading the files isn't counted, reading the certificates is. */
function cold(): void {
  const chains = readdirSync(join(folder, 'chains')).map((name) =>
    ['leaf.pem', 'intermediate.pem', 'root.pem'].map((file) => readFileSync(join(folder, 'chains', name, file))),
  )
  const started = process.cpuUsage()
  for (const files of chains) {
    const [leaf, intermediate, root] = files.flatMap((file) => expectSuccess(readCertificates(file)))
    if (!leaf || !intermediate || !root) throw new Error('a chain is incomplete')
    validate({ leaf, intermediates: [intermediate], anchors: [root], at: new Date(), purpose: 'sign' })
  }
  const { user, system } = process.cpuUsage(started)
  print({ seconds: (user + system) / 1e6 / chains.length })
}

/** The same chain again and again, as every mail of a correspondent brings it. */
function cached(): void {
  const question = questionIn(join(folder, 'chains', '0'))
  const rounds = 10_000
  validate(question)
  const started = process.cpuUsage()
  for (let round = 0; round < rounds; round += 1) validate(question)
  const { user, system } = process.cpuUsage(started)
  print({ seconds: (user + system) / 1e6 / rounds })
}

/** A long revocation list read once, and looked at often. */
function list(): void {
  const bytes = readFileSync(join(folder, 'list.crl'))
  const { leaf } = questionIn(join(folder, 'chains', '0'))
  const started = performance.now()
  const [crl] = expectSuccess(readCrls(bytes))
  if (!crl) throw new Error('no list')
  const read = performance.now()
  const rounds = 100_000
  for (let round = 0; round < rounds; round += 1) if (crl.entries.find(leaf)) throw new Error('the leaf is listed')
  print({
    seconds: (read - started) / 1000,
    lookup: (performance.now() - read) / 1000 / rounds,
    entries: crl.entries.count,
  })
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
