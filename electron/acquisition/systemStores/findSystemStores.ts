/** Which stores of people's own certificates this computer has. */

import type { ToolMachine } from '../toolMachine.ts'
import { gpgsmKeyringOf, gpgsmStore } from './gpgsm.ts'
import { keychainStore, loginKeychainOf } from './keychain.ts'
import { nssFoldersOf, nssSharedStore } from './nssShared.ts'
import type { SystemStore } from './systemStore.ts'
import { windowsStore } from './windowsStore.ts'

export async function findSystemStores(machine: ToolMachine): Promise<SystemStore[]> {
  switch (machine.platform) {
    case 'win32':
      return [windowsStore(machine)]
    case 'darwin': {
      const keychain = loginKeychainOf(machine)
      return (await machine.isFile(keychain)) ? [keychainStore(machine, keychain)] : []
    }
    default:
      return storesOfLinux(machine)
  }
}

async function storesOfLinux(machine: ToolMachine): Promise<SystemStore[]> {
  const stores: SystemStore[] = []
  for (const folder of nssFoldersOf(machine)) {
    if (await machine.isFile(`${folder}/cert9.db`)) stores.push(nssSharedStore(machine, folder))
  }
  const keyring = gpgsmKeyringOf(machine)
  if (await machine.isFile(keyring)) stores.push(gpgsmStore(machine, keyring))
  return stores
}
