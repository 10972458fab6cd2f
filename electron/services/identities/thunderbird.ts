/** Thunderbird's profiles on this computer: certificates taken from one, and an identity put into one. */

import { implement } from '@orpc/server'
import { contract } from '../../../shared/contract/contract.ts'
import type { ThunderbirdProfile as ShownProfile } from '../../../shared/contract/thunderbird.ts'
import { hasNssTools, ownCertificates, type StoredCertificate } from '../../acquisition/nss/certificateStore.ts'
import type { ThunderbirdMachine } from '../../acquisition/thunderbird/machine.ts'
import { mailIdentitiesOf, prefsByteLimit, readPrefs } from '../../acquisition/thunderbird/prefs.ts'
import { findProfiles, type ThunderbirdProfile } from '../../acquisition/thunderbird/profiles.ts'
import { settleCutOffChange } from '../../acquisition/thunderbird/unfinishedChange.ts'
import { hexText, utf8Bytes } from '../../base/bytes.ts'
import { type Certificate, parseCertificate } from '../../certificates/certificate.ts'
import { keyAlgorithmText } from '../../certificates/keyAlgorithmText.ts'
import { lintCertificate } from '../../certificates/lint/lint.ts'
import { summaryOf } from '../../certificates/view.ts'
import { digestOf } from '../../crypto/digest.ts'
import type { ServiceContext } from '../context.ts'
import { canEncrypt, canSign } from '../judge.ts'
import { orRaise, raise } from '../raise.ts'
import { installInThunderbird } from './thunderbirdInstall.ts'
import { takeFromThunderbird } from './thunderbirdTake.ts'

const os = implement(contract.thunderbird).$context<ServiceContext>()

export const thunderbirdProcedures = {
  profiles: os.profiles.handler(async ({ context }) => {
    const machine = await machineOf(context)
    if (!machine) return { tools: false, profiles: [] }
    const found = await findProfiles(machine)
    const profiles = await Promise.all(found.map((profile) => shownProfile(machine, profile)))
    return { tools: profiles.length > 0 && (await hasNssTools(machine)), profiles }
  }),

  certificates: os.certificates.handler(async ({ input, context }) => {
    const { machine, profile } = await profileFor(context, input.profile)
    const stored = orRaise(await ownCertificates(machine, profile.folder))
    const known = new Set(context.application.identities.list().map(({ sha256 }) => sha256))
    return readable(stored).map(({ nickname, certificate }) => ({
      certificate: summaryOf(certificate),
      keyAlgorithm: keyAlgorithmText(certificate),
      nickname,
      canSign: canSign(certificate),
      canEncrypt: canEncrypt(certificate),
      known: known.has(certificate.sha256),
      odd: lintCertificate(certificate, { at: context.runtime.clock() }),
    }))
  }),

  take: os.take.handler(async ({ input, context }) => {
    const { machine, profile } = await profileFor(context, input.profile)
    return takeFromThunderbird(context, machine, profile, input)
  }),

  install: os.install.handler(async ({ input, context }) => {
    const { machine, profile } = await profileFor(context, input.profile)
    return installInThunderbird(context, machine, profile, input)
  }),
}

async function machineOf({ runtime }: ServiceContext): Promise<ThunderbirdMachine | undefined> {
  return runtime.thunderbird?.()
}

/** Names a profile to a caller that can't name folders. */
function idOf({ folder }: ThunderbirdProfile): string {
  return hexText(digestOf('sha256', utf8Bytes(folder))).slice(0, 16)
}

async function profileFor(
  context: ServiceContext,
  id: string,
): Promise<{ machine: ThunderbirdMachine; profile: ThunderbirdProfile }> {
  const machine = await machineOf(context)
  const found = machine ? await findProfiles(machine) : []
  const profile = found.find((each) => idOf(each) === id)
  if (!machine || !profile) return raise({ code: 'not-found', what: 'thunderbird-profile' })
  if (!(await hasNssTools(machine))) return raise({ code: 'nss-tools-missing' })
  return { machine, profile }
}

async function shownProfile(machine: ThunderbirdMachine, profile: ThunderbirdProfile): Promise<ShownProfile> {
  const { name, folder, isDefault } = profile
  const cutOff = await settleCutOffChange(machine, folder)
  const prefs = readPrefs((await machine.readText(`${folder}/prefs.js`, prefsByteLimit)) ?? '')
  return {
    id: idOf(profile),
    name,
    folder,
    isDefault,
    running: await machine.isInUse(folder),
    ...(cutOff ? { cutOff } : {}),
    senders: mailIdentitiesOf(prefs).map(({ signingCertificate, ...sender }) => ({
      ...sender,
      ...(signingCertificate === undefined ? {} : { certificate: signingCertificate }),
    })),
  }
}

/** Those that Siegel can read; a store may hold others. */
function readable(stored: readonly StoredCertificate[]): { nickname: string; certificate: Certificate }[] {
  return stored.flatMap(({ nickname, der }) => {
    const parsed = parseCertificate(der)
    return parsed.ok ? [{ nickname, certificate: parsed.value }] : []
  })
}
