/** Who lives in the sandbox. Both playable people lend their account, so that one person can play both sides. */

export interface Resident {
  readonly name: string
  readonly address: string
  /** The login, and the name of the mailbox's folder. */
  readonly user: string
  readonly playable: boolean
}

export const mailDomain = 'sandbox.example'
export const caDomain = 'ca.sandbox.example'
export const caAddress = `acme@${caDomain}`

export const residents: readonly Resident[] = [
  { name: 'Anna Berger', address: `anna@${mailDomain}`, user: 'anna', playable: true },
  { name: 'Jonas Keller', address: `jonas@${mailDomain}`, user: 'jonas', playable: true },
  { name: 'Mara Lind', address: `mara@${mailDomain}`, user: 'mara', playable: false },
]
