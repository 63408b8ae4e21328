import { join } from 'node:path';

/** What the fold of a test does at an entry with fixes instead of folding it. */
export type EngineFault = 'hang' | 'die' | 'grow';

/** The file that says so, for one district; while it is there. */
export function faultPath(dataFolder: string, district: string): string {
  return join(dataFolder, `fault-${district}`);
}
