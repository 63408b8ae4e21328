import { readFile } from 'node:fs/promises';

/** What trackers and servers say to each other, as the text of a proto file of the project, found by its package.json. */
export function readTrackerProto(): Promise<string> {
  return readFile(new URL(import.meta.resolve('#proto-files/tracker.proto')), 'utf8');
}
