/** A protocol's name as people write it: OpenSSL says TLSv1.3, the standard TLS 1.3. */
export function protocolText(protocol: string): string {
  return protocol.replace(/^TLSv/, 'TLS ')
}
