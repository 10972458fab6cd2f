/** How a certificate authority is called in a sentence: by its name, with the host that is spoken with beside it. */

/** A name is easily given to another server, so it never stands without the host. */
export function shownCa({ caName, caHost }: { readonly caName: string; readonly caHost?: string | undefined }): string {
  return caHost === undefined ? caName : `${caName} (${caHost})`
}
