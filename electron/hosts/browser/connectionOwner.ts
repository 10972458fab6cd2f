/**
 * Which user of this computer holds the other end of a connection over 127.0.0.1. The address that is handed to a browser stands in
 * a command line, which on Linux every user can read while the browser starts; there the kernel also tells whose a connection is.
 */

import { readFile } from 'node:fs/promises'

/** 127.0.0.1 as the tables write it: in the processor's byte order, in the second one as an IPv6 address. */
const loopback = new Set([
  '0100007F',
  '7F000001',
  '0000000000000000FFFF00000100007F',
  '00000000000000000000FFFF7F000001',
])

const established = '01'

interface Connection {
  /** The port that is served. */
  readonly port: number
  /** The other end's. */
  readonly peerPort: number
}

/** Whether the other end is held by this process's user; where the system doesn't tell whose it is, it counts as theirs. */
export async function isOwnConnection(connection: Connection): Promise<boolean> {
  // The table is no snapshot: a connection may be missed while others come and go.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(textOf))
    if (tables[0] === undefined) return true
    const owner = ownerIn(tables.join('\n'), connection)
    if (owner !== undefined) return owner === process.getuid?.()
  }
  return false
}

/** The user's number in the table of the kernel's sockets (proc(5)). */
export function ownerIn(table: string, { port, peerPort }: Connection): number | undefined {
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', state, , , , user] = line.trim().split(/\s+/)
    if (isAt(local, peerPort) && isAt(remote, port) && state === established) return Number(user)
  }
  return undefined
}

function isAt(address: string, port: number): boolean {
  const [host = '', written = ''] = address.split(':')
  return loopback.has(host) && Number.parseInt(written, 16) === port
}

function textOf(file: string): Promise<string | undefined> {
  // Another system, or one without IPv6.
  return readFile(file, 'latin1').catch(() => undefined)
}
