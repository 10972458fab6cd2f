/** Bundles one more program of the privileged side into a folder, and says where it lies. */
export function bundleProgram(name: string, source: string, folder: string): Promise<string>
