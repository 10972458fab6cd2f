/** What reading one CMS structure may cost. Beyond it the outcome is `over-budget` with the name of the limit. */

export const cmsBudget = {
  /** A whole company's list; each recipient is one look into an index, and takes some hundred bytes. */
  recipients: 10_000,
  /** Two signers are rare, countersigned contracts have a handful; each costs a signature verification. */
  signers: 32,
  /** A chain has three or four; archives of cross-signed roots are the largest seen. */
  certificates: 200,
  /** Several certificates may fit one signer identifier; an attacker could add hundreds to make us verify hundreds of times. */
  candidatesPerSigner: 8,
  /**
   * Signatures checked in one structure, over all signers, certificates and encodings of attributes: honest signers need
   * one each, and twice that where their attributes aren't DER.
   */
  signatureChecks: 64,
  /** One RecipientInfo, SignerInfo, certificate or CRL. CRLs of large public CAs are the largest. */
  elementBytes: 4 * 1_048_576,
  /** All structures around the content together. */
  structureBytes: 16 * 1_048_576,
  /**
   * Headers read from the stream. Writers cut content into segments of 1,000 bytes and more, so 256 MiB have 270,000 at
   * most; segments of one byte would keep the reader busy for minutes.
   */
  elements: 500_000,
  /** Beyond that number a header must bring this many bytes on average, so that larger messages may have more. */
  bytesPerElement: 500,
  /** Depth of constructed OCTET STRINGs; writers in the field use one level. */
  stringDepth: 4,
  /** Decrypted, unpacked or signed content. Mail servers refuse messages far below it; a deflate bomb reaches it from 256 kB. */
  contentBytes: 256 * 1_048_576,
} as const
