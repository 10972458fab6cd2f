/** The operating system's secret store through Electron's safeStorage. */

import { safeStorage } from 'electron'
import { asBuffer, base64Bytes, base64Text } from '../../base/bytes.ts'
import { failure, success } from '../../base/result.ts'
import type { OsSecretStore } from '../../keystore/osSecretStore.ts'

export function createOsSecretStore(): OsSecretStore {
  return {
    async available() {
      // Older runtimes have only calls that block the program while the system asks the person.
      if (typeof safeStorage.isAsyncEncryptionAvailable !== 'function') return false
      // basic_text "encrypts" with a key that everybody knows: no store at all.
      if (process.platform === 'linux' && !isRealBackend(safeStorage.getSelectedStorageBackend())) return false
      return safeStorage.isAsyncEncryptionAvailable()
    },
    async protect(bytes) {
      if (!(await this.available())) return failure({ code: 'os-store-unavailable' })
      try {
        return success(await safeStorage.encryptStringAsync(base64Text(bytes)))
      } catch {
        return failure({ code: 'os-store-refused' })
      }
    },
    async reveal(protectedBytes) {
      if (!(await this.available())) return failure({ code: 'os-store-unavailable' })
      try {
        const { result } = await safeStorage.decryptStringAsync(asBuffer(protectedBytes))
        return success(base64Bytes(result))
      } catch {
        return failure({ code: 'os-store-refused' })
      }
    },
  }
}

function isRealBackend(backend: string): boolean {
  return backend !== 'basic_text' && backend !== 'unknown'
}
