/**
 * macOS: Apple's roots, and certificates of the machine's and the person's keychain that somebody marked as trusted. To lie
 * in a keychain means nothing: it holds the certificates of correspondents, too. What was decided is in the trust settings
 * of the administrator and of the person, by SHA-1 of the certificate; a denial in either of them also counts for Apple's roots.
 */

import { join } from 'node:path'
import { hexText, utf8Text } from '../../base/bytes.ts'
import { success } from '../../base/result.ts'
import { digestOf } from '../../crypto/digest.ts'
import {
  certificatesInPem,
  type Machine,
  type OperatingSystemStore,
  orEmpty,
  rootsForMail,
  storeBudget,
  unreadable,
} from './operatingSystemStore.ts'

const program = '/usr/bin/security'
const appleRoots = '/System/Library/Keychains/SystemRootCertificates.keychain'
const machineKeychain = '/Library/Keychains/System.keychain'

export function macosStore(machine: Machine): OperatingSystemStore {
  const certificatesOfKeychain = async (keychain: string) =>
    machine.run(program, ['find-certificate', '-a', '-p', keychain], storeBudget)

  /** Nobody decided anything, or the file of decisions: the program then ends without an answer. */
  const settings = async (...domain: readonly string[]) =>
    orEmpty(await machine.runIntoFile(program, (file) => ['trust-settings-export', ...domain, file], storeBudget))

  return {
    async read() {
      const roots = await certificatesOfKeychain(appleRoots)
      if (!roots.ok) return unreadable(roots.error)
      const home = machine.environment['HOME']
      const keychains = [machineKeychain, ...(home ? [join(home, 'Library/Keychains/login.keychain-db')] : [])]
      const others = []
      for (const keychain of keychains) {
        const found = orEmpty(await certificatesOfKeychain(keychain))
        if (!found.ok) return unreadable(found.error)
        others.push(...certificatesInPem(found.value))
      }
      const [byAdministrator, byPerson] = [await settings('-d'), await settings()]
      if (!byAdministrator.ok) return unreadable(byAdministrator.error)
      if (!byPerson.ok) return unreadable(byPerson.error)
      const decisions = [byAdministrator, byPerson].map(({ value }) => trustSettingsIn(utf8Text(value)))
      const decided = (certificate: { readonly der: Uint8Array }, wanted: TrustSetting) =>
        decisions.some((each) => each.get(hexText(digestOf('sha1', certificate.der))) === wanted)
      const trusted = [...certificatesInPem(roots.value), ...others.filter((each) => decided(each, 'trusted'))]
      return success(rootsForMail(trusted.filter((each) => !decided(each, 'denied'))))
    },
  }
}

export type TrustSetting = 'trusted' | 'denied'

/** The S/MIME policy's OID 1.2.840.113635.100.1.8 as the settings write it: base64 of its content octets. */
const mailPolicy = 'KoZIhvdjZAEI'

/**
 * What `security trust-settings-export` writes: a property list whose `trustList` has an entry for each certificate, by its SHA-1,
 * with an array `trustSettings` of dictionaries. Without any of those the root is trusted for everything; a dictionary
 * without a policy holds for all policies, one without a result means "trusted". 1 and 2 mean trusted, 3 denied, 4 undecided.
 * What holds for one application or one address only is left out.
 *
 * Answers by SHA-1 in lower-case hexadecimal. A denial outweighs everything beside it.
 */
export function trustSettingsIn(propertyList: string): Map<string, TrustSetting> {
  const settings = new Map<string, TrustSetting>()
  const entries = propertyList.split(/<key>([0-9A-Fa-f]{40})<\/key>/)
  for (let index = 1; index + 1 < entries.length; index += 2) {
    const setting = settingOf(entries[index + 1] ?? '')
    if (setting) settings.set((entries[index] ?? '').toLowerCase(), setting)
  }
  return settings
}

function settingOf(entry: string): TrustSetting | undefined {
  const settings = /<key>trustSettings<\/key>\s*(?:<array\/>|<array>(.*?)<\/array>)/s.exec(entry)
  if (!settings) return undefined
  const dictionaries = (settings[1] ?? '').split('<dict').slice(1)
  if (dictionaries.length === 0) return 'trusted'
  const results = dictionaries.filter(concernsMail).map(resultOf)
  if (results.includes('3')) return 'denied'
  return results.includes('1') || results.includes('2') ? 'trusted' : undefined
}

function concernsMail(dictionary: string): boolean {
  if (/<key>kSecTrustSettings(?:Application|PolicyString)<\/key>/.test(dictionary)) return false
  const policy = /<key>kSecTrustSettingsPolicy<\/key>\s*<data>(.*?)<\/data>/s.exec(dictionary)?.[1]
  return policy === undefined || policy.replace(/\s/g, '') === mailPolicy
}

function resultOf(dictionary: string): string {
  return /<key>kSecTrustSettingsResult<\/key>\s*<integer>(\d+)<\/integer>/.exec(dictionary)?.[1] ?? '1'
}
