/** Addresses that mean this machine, its own link or its own network (RFC 1122 §3.2.1.3, RFC 1918, RFC 3927, RFC 4291 §2.4, RFC 6890). */

import { BlockList, isIP } from 'node:net'

const local = new BlockList()
local.addSubnet('0.0.0.0', 8, 'ipv4')
local.addSubnet('127.0.0.0', 8, 'ipv4')
// Link-local; machines in data centres keep their own credentials at one of these addresses.
local.addSubnet('169.254.0.0', 16, 'ipv4')
// The whole block of the unspecified and the loopback address, with the retired spellings of IPv4 (RFC 4291 §2.5.5.1).
local.addSubnet('::', 96, 'ipv6')
// 0.0.0.0/8, 127.0.0.0/8 and 169.254.0.0/16 behind a translator (RFC 6052).
local.addSubnet('64:ff9b::', 104, 'ipv6')
local.addSubnet('64:ff9b::7f00:0', 104, 'ipv6')
local.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6')
local.addSubnet('fe80::', 10, 'ipv6')

const inside = new BlockList()
inside.addSubnet('10.0.0.0', 8, 'ipv4')
inside.addSubnet('172.16.0.0', 12, 'ipv4')
inside.addSubnet('192.168.0.0', 16, 'ipv4')
// RFC 6598: what lies between a provider and its customers, and where some data centres keep credentials.
inside.addSubnet('100.64.0.0', 10, 'ipv4')
// RFC 4193.
inside.addSubnet('fc00::', 7, 'ipv6')

/**
 * Whether an IP address is this machine's loopback, its unspecified or a link-local one, IPv4 also inside IPv6. A name is
 * none of them. Private networks (RFC 1918) are not counted: companies keep the lists of their own CAs there.
 */
export function isLocalAddress(address: string): boolean {
  return lists(local, address)
}

/** Whether an IP address is local, or one of a private network: nothing that a stranger may make this machine ask. */
export function isInsideAddress(address: string): boolean {
  return lists(local, address) || lists(inside, address)
}

function lists(list: BlockList, address: string): boolean {
  // A link-local address may name the link as well: fe80::1%eth0.
  const [plain = ''] = address.split('%')
  const family = isIP(plain)
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}
