import type { JsonWebKey } from 'node:crypto';
import { archiveSigner } from '../../src/archive/keys.js';
import { makePack } from '../../src/reports/pack.js';
import { madeDays } from './made-day.js';

/** What the program is to pack, as JSON in its only argument: the first made day of a seed, signed with a private key. */
export interface PackTask {
  readonly seed: number;
  readonly key: JsonWebKey;
}

const { seed, key } = JSON.parse(process.argv[2] ?? '') as PackTask;
const [day] = await madeDays({ seed });
if (day === undefined) throw new Error('bug: no day was made');
process.stdout.write(await makePack(day, archiveSigner('test', key)));
