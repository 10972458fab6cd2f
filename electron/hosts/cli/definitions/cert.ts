/** `siegel cert …`: the options of the commands that look at certificates. */

import { type Command, Option } from 'commander'
import type { VerifyOptions } from '../commands/cert.ts'
import type { ExportCertificateOptions } from '../commands/certFiles.ts'
import { collect, type Definitions } from './define.ts'

export function defineCertificates(program: Command, { define, words }: Definitions): void {
  const cert = program.command('cert').description(words('cert')).exitOverride()
  define(
    cert
      .command('show')
      .description(words('cert-show'))
      .argument('<file>', words('certificate-file'))
      .option('--at <time>', words('at')),
    async (environment, file: string, options: { at?: string }) =>
      (await import('../commands/cert.ts')).showCertificate(environment, file, options.at),
  )
  define(
    cert
      .command('verify')
      .description(words('cert-verify'))
      .argument('<file>', words('certificate-file'))
      .option('--chain <file>', words('chain'), collect)
      .option('--anchor <file>', words('anchor'), collect)
      .option('--crl <file>', words('crl'), collect)
      .option('--policy <oid>', words('policy'), collect)
      .option('--at <time>', words('at'))
      .addOption(new Option('--purpose <purpose>', words('purpose')).choices(['sign', 'encrypt', 'any']).default('any'))
      .option('--offline', words('offline')),
    async (environment, file: string, options: VerifyOptions) =>
      (await import('../commands/cert.ts')).verifyCertificate(environment, file, options),
  )

  define(
    cert
      .command('compare')
      .description(words('cert-compare'))
      .argument('<left>', words('certificate-or-fingerprint'))
      .argument('<right>', words('certificate-or-fingerprint')),
    async (environment, left: string, right: string) =>
      (await import('../commands/certFiles.ts')).compareCertificates(environment, left, right),
  )
  define(
    cert
      .command('export')
      .description(words('cert-export'))
      .argument('<certificate>', words('certificate-or-fingerprint'))
      .addOption(new Option('--format <format>', words('cert-format')).choices(['pem', 'der', 'pkcs7']).default('pem'))
      .option('--with-chain', words('with-chain'))
      .requiredOption('--out <file>', words('out-file')),
    async (environment, text: string, options: ExportCertificateOptions) =>
      (await import('../commands/certFiles.ts')).exportCertificate(environment, text, options),
  )
}
