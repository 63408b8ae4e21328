import { Archiver } from '../../src/archive/archiver.js';
import { archiveSigner } from '../../src/archive/keys.js';
import { createRandom } from '../../src/simulator/random.js';
import { keptLog } from '../support/redis-server.js';
import { drawEntries, keptLogReader } from './kept-log.js';

/** `node archiver-program.js '{…}'`: archives a drawn log until it is killed, and says when it has come to its end. */
export interface Program {
  readonly folder: string;
  readonly seed: number;
  readonly entries: number;
  readonly entriesPerPart: number;
  readonly kid: string;
  readonly jwk: JsonWebKey;
}

interface JsonWebKey {
  readonly [member: string]: string;
}

const { folder, seed, entries, entriesPerPart, kid, jwk } = JSON.parse(process.argv[2] ?? '') as Program;
const log = drawEntries(createRandom(seed, 'log'), entries);
const stop = new AbortController();
const archiver = new Archiver({
  folder,
  district: 'example',
  signer: archiveSigner(kid, jwk),
  foldVersion: 2,
  openReader: (after) => {
    const reader = keptLogReader(log, after);
    return {
      read: async (o) => {
        const part = await reader.read({ ...o, count: 20 });
        if (part.length === 0) stop.abort();
        return part;
      },
    };
  },
  setArchived: async () => undefined,
  nowMs: () => Date.now(),
  flush: { entries: entriesPerPart },
  logger: keptLog(),
});
process.stdout.write('begins\n');
await archiver.run(stop.signal);
process.stdout.write('done\n');
