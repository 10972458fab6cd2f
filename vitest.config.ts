/** The tests beside the code. Two cores carry no more than two workers. */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['electron/**/*.test.ts', 'shared/**/*.test.ts', 'renderer/**/*.test.{ts,tsx}', 'build/**/*.test.ts'],
    environment: 'node',
    // For what hangs alone: however busy the machine is, no test fails for being slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    setupFiles: ['build/sameInputs.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
})
