import t from 'tap';
import { FileColumnValues } from '../../src/archive/column-values.js';
import { joinedFixes } from '../../src/archive/joined-fixes.js';
import type { Fix } from '../../src/model/fix.js';
import type { FixQuery } from '../../src/log/fix-history.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { at, fix, T0 } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { raw, testKeys } from './support.js';

const SEED = 20_261_130;
const ARCHIVES = 12;
const ENTRIES = 40;
const SECOND = 1_000;
const TRACKERS = ['bd-1', 'bd-2', 'bd-3'];
const NUMBERS = [
  'altitudeDm',
  'speedCmps',
  'courseCdeg',
  'satellites',
  'beidouSatellites',
  'hdopCenti',
  'accuracyDm',
  'batteryPercent',
] as const;
const FLAGS = ['located', 'power', 'ignition', 'lightbar', 'sos', 'backfill'] as const;

/** What a column has over all entries of one archive, of which a part has half. */
type Habit = 'nothing' | 'one value' | 'one value a part' | 'one value or nothing' | 'any';
const HABITS: readonly Habit[] = ['nothing', 'one value', 'one value a part', 'one value or nothing', 'any'];

function drawn<T>(random: Random, habit: Habit, entry: number, values: readonly T[]): T | null {
  const [first, second] = values as readonly [T, T];
  if (habit === 'nothing') return null;
  if (habit === 'one value') return first;
  if (habit === 'one value a part') return entry < ENTRIES / 2 ? first : second;
  if (habit === 'one value or nothing') return random.chance(0.5) ? first : null;
  return random.pick([...values, null]);
}

function drawFix(random: Random, habits: ReadonlyMap<string, Habit>, entry: number): Fix {
  const habitOf = (name: string): Habit => habits.get(name) as Habit;
  const numbers = NUMBERS.map((name) => [name, drawn(random, habitOf(name), entry, [7, 0, 12])]);
  const flags = FLAGS.map((name) => [name, drawn(random, habitOf(name), entry, [false, true])]);
  const milli = drawn(random, habitOf('milli'), entry, [0, 250, 999]) ?? 0;
  const position = drawn(random, habitOf('position'), entry, [at(0), at(50), at(100)]);
  return fix(T0 + entry * SECOND + milli, position, Object.fromEntries([...numbers, ...flags]) as Partial<Fix>);
}

t.test(`seed ${SEED}: fixes are read as they were sent, whatever columns have one value in a file`, async (t) => {
  let known = 0;
  for (let i = 0; i < ARCHIVES; i += 1) {
    const random = createRandom(SEED, 'columns', i);
    const habits = new Map([...NUMBERS, ...FLAGS, 'milli', 'position'].map((name) => [name, random.pick(HABITS)]));
    const sent = new Map<string, Fix[]>(TRACKERS.map((tracker) => [tracker, []]));
    const log = Array.from({ length: ENTRIES }, (_, entry) => {
      const batches = TRACKERS.map((tracker) => {
        const one = drawFix(random, habits, entry);
        sent.get(tracker)?.push(one);
        return { tracker, reportId: '00', fixes: [one], rejected: [] };
      });
      return raw({ ms: T0 + entry * SECOND + 2 * SECOND, seq: 0 }, { kind: 'fixes', batches });
    });
    const folder = await temporaryFolder(t);
    const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: ENTRIES / 2 });
    const stretches = TRACKERS.map((tracker) => ({ tracker, fromMs: T0, toMs: T0 + 2 * ENTRIES * SECOND }));
    const query: FixQuery = { stretches, detail: 'whole', upTo: null, trackers: TRACKERS.length };
    for (const blockRows of [0, undefined]) {
      const history = joinedFixes({
        district: archive.district,
        archive,
        log: null,
        ...(blockRows === 0 && { blockRows }),
      });
      const read = new Map<string, Fix[]>(TRACKERS.map((tracker) => [tracker, []]));
      for await (const batch of (await history.open(query)).batches())
        for (const { stretch, fix: one } of batch) read.get(TRACKERS[stretch] as string)?.push(one);
      t.strictSame([...read], [...sent], `archive ${i}, ${blockRows === 0 ? 'by statements' : 'by blocks'}`);
    }
    const files = archive.fixParts.map(({ file }) => file.name);
    known += (await new FileColumnValues(folder).read(await archive.reader(), files)).size;
    await archive.close();
  }
  t.ok(known > 3 * ARCHIVES, `${known} columns had one value`);
});
