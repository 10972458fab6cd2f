/**
 * What a file protected by a password may cost. Its author chooses the iteration counts, and the reader pays.
 *
 * PBKDF2 runs natively at 1 to 2 million iterations a second; the strongest counts in use are 2 million. PKCS#12's own derivation
 * runs here at about 0.7 million; writers use 1 (!) to 600,000, and a file with one key takes them seven times. The sum bounds a
 * file with many bags: 20 seconds, during which all else goes on.
 */

export interface PasswordBudget {
  readonly pbkdf2Iterations: number
  readonly pkcs12Iterations: number
  /** All derivations of one file together, each as often as it goes through its iterations. */
  readonly totalIterations: number
  /** scrypt's 128 · N · r, in bytes. */
  readonly scryptMemory: number
  /** scrypt's p. */
  readonly scryptParallelism: number
  readonly saltBytes: number
}

export const passwordBudget: PasswordBudget = {
  pbkdf2Iterations: 10_000_000,
  pkcs12Iterations: 2_000_000,
  totalIterations: 12_000_000,
  scryptMemory: 2 ** 28,
  scryptParallelism: 16,
  saltBytes: 1_024,
}

/** Counts down over one file. */
export class IterationAllowance {
  readonly budget: PasswordBudget
  #left: number

  constructor(budget: PasswordBudget = passwordBudget) {
    this.budget = budget
    this.#left = budget.totalIterations
  }

  /** False when the file asks for more than it gets. `rounds` is how often the iterations are gone through. */
  take(iterations: number, limit: number, rounds = 1): boolean {
    const cost = iterations * rounds
    if (iterations < 1 || iterations > limit || cost > this.#left) return false
    this.#left -= cost
    return true
  }
}
