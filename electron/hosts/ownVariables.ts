/** Siegel's own variables, the vault's passphrase above all: they are for none of the programs that it starts. */

export function withoutOwnVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOwn(name)))
}

/** For a host that asks for the passphrase in its window: from here on nothing that it starts inherits one. */
export function forgetOwnVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment).filter(isOwn)) delete environment[name]
}

function isOwn(name: string): boolean {
  return /^SIEGEL_/i.test(name)
}
