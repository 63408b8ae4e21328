import { zipSync } from 'fflate';

/** As old as the format allows, so that equal files give equal bytes. Local time: the container has no zone. */
export const NO_TIME = new Date(1980, 0, 1);

/** Files in a zip, in the order in which they are given. Equal files give equal bytes. */
export function zipOf(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Uint8Array {
  return zipSync(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])), { mtime: NO_TIME });
}
