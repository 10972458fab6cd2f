import { expect, it } from 'vitest'
import { forgetOwnVariables, withoutOwnVariables } from './ownVariables.ts'

const environment = { PATH: '/usr/bin', SIEGEL_PASSPHRASE: 'seven green seals', Siegel_Home: '/profile' }

it('are left out of what a program gets, and forgotten where nothing needs them', () => {
  expect(withoutOwnVariables(environment)).toEqual({ PATH: '/usr/bin' })
  const own = { ...environment }
  forgetOwnVariables(own)
  expect(own).toEqual({ PATH: '/usr/bin' })
})
