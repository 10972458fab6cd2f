/** The end-to-end tests: the same scenarios in the browser host (Chromium) and in the desktop window (Electron). */

import { defineConfig } from '@playwright/test'
import type { HostOptions } from './e2e/fixtures/app.ts'

export default defineConfig<HostOptions>({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Each scenario has a host and a profile of its own, but two cores carry no more than one window and its sandbox.
  workers: 1,
  fullyParallel: false,
  // For what never comes alone: however busy the machine is, no scenario fails for being slow.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  forbidOnly: true,
  reporter: 'list',
  use: { actionTimeout: 60_000 },
  projects: [
    { name: 'browser', testMatch: ['scenarios/**/*.ts', 'security/browser*.ts'], use: { host: 'browser' } },
    { name: 'desktop', testMatch: ['scenarios/**/*.ts', 'security/desktop*.ts'], use: { host: 'desktop' } },
  ],
})
