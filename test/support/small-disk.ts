import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory of so much, such as `4m`, or null where none can be mounted: that takes root. */
export function mountedFolder(size: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'beatwatch-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return null;
  }
}

export function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder]);
  rmdirSync(folder);
}

export function resize(folder: string, size: string): void {
  execFileSync('mount', ['-o', `remount,size=${size}`, folder]);
}

/** Lengthens a file until there is no byte left. */
export async function fillDisk(path: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    for (const size of [65_536, 1]) {
      for (;;) {
        const room = await file.write(Buffer.alloc(size)).catch((error: NodeJS.ErrnoException) => error.code);
        if (room === 'ENOSPC') break;
      }
    }
  } finally {
    await file.close();
  }
}
