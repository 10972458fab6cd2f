export function unzip(archive: string, folder: string, place: (name: string) => string | undefined): Promise<void>
