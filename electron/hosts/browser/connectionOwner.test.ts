import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { isOwnConnection, ownerIn } from './connectionOwner.ts'

const heading = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

function line(local: string, remote: string, state: string, user: number): string {
  return `   7: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(user).padStart(5)}        0 4711 1`
}

const connection = { port: 0x8413, peerPort: 0xa4a9 }

it('is read from the line of the other end, not of this one', () => {
  const lines = [
    heading,
    line('0100007F:8413', '0100007F:A4A9', '01', 1000),
    line('0100007F:A4A9', '0100007F:8413', '01', 65_534),
  ]
  expect(ownerIn(lines.join('\n'), connection)).toBe(65_534)
})

it('is found where the other end speaks IPv4 through a socket for IPv6', () => {
  const mapped = '0000000000000000FFFF00000100007F'
  expect(ownerIn(line(`${mapped}:A4A9`, `${mapped}:8413`, '01', 1001), connection)).toBe(1001)
})

it.each([
  ['of another computer', line('0A00000A:A4A9', '0100007F:8413', '01', 0)],
  ['that was closed, which the table gives to root', line('0100007F:A4A9', '0100007F:8413', '06', 0)],
  ['to another port', line('0100007F:A4A9', '0100007F:8414', '01', 0)],
  ['of no address', heading],
])('isn’t taken from a connection %s', (_name, table) => {
  expect(ownerIn(table, connection)).toBeUndefined()
})

it('is this user where they connect themselves', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [typeof client],
    unknown[],
  ]
  onTestFinished(() => void accepted.destroy())
  expect(await isOwnConnection({ port, peerPort: accepted.remotePort ?? 0 })).toBe(true)
})
