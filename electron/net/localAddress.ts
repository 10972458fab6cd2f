/** Addresses that mean this machine or its own link (RFC 1122 §3.2.1.3, RFC 3927, RFC 4291 §2.4, RFC 6890). */

import { BlockList, isIP } from 'node:net'

const local = new BlockList()
local.addSubnet('0.0.0.0', 8, 'ipv4')
local.addSubnet('127.0.0.0', 8, 'ipv4')
// Link-local; machines in data centres keep their own credentials at one of these addresses.
local.addSubnet('169.254.0.0', 16, 'ipv4')
local.addAddress('::', 'ipv6')
local.addAddress('::1', 'ipv6')
local.addSubnet('fe80::', 10, 'ipv6')

/**
 * Whether an IP address is this machine's loopback, its unspecified or a link-local one, IPv4 also inside IPv6. A name is
 * none of them. Private networks (RFC 1918) are not counted: companies keep the lists of their own CAs there.
 */
export function isLocalAddress(address: string): boolean {
  // A link-local address may name the link as well: fe80::1%eth0.
  const [plain = ''] = address.split('%')
  const family = isIP(plain)
  return family !== 0 && local.check(plain, family === 4 ? 'ipv4' : 'ipv6')
}
