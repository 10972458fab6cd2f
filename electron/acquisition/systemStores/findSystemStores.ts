/** Which stores of people's own certificates this computer has. */

import type { ToolMachine } from '../toolMachine.ts'
import { gnupgFolderOf } from './gnupgPlaces.ts'
import { gpgsmStore } from './gpgsm.ts'
import { keychainStore, loginKeychainOf } from './keychain.ts'
import { nssFoldersOf, nssSharedStore } from './nssShared.ts'
import type { SystemStore } from './systemStore.ts'
import { windowsStore } from './windowsStore.ts'

/** The system's own first, then GnuPG's. */
export async function findSystemStores(machine: ToolMachine): Promise<SystemStore[]> {
  const stores = await storesOfSystem(machine)
  const gnupg = await gnupgFolderOf(machine)
  return gnupg === undefined ? stores : [...stores, gpgsmStore(machine, gnupg)]
}

async function storesOfSystem(machine: ToolMachine): Promise<SystemStore[]> {
  switch (machine.platform) {
    case 'win32':
      return [windowsStore(machine)]
    case 'darwin': {
      const keychain = loginKeychainOf(machine)
      return (await machine.isFile(keychain)) ? [keychainStore(machine, keychain)] : []
    }
    default: {
      const stores: SystemStore[] = []
      for (const folder of nssFoldersOf(machine)) {
        if (await machine.isFile(`${folder}/cert9.db`)) stores.push(nssSharedStore(machine, folder))
      }
      return stores
    }
  }
}
