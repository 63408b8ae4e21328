import t from 'tap';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { createRandom } from '../../src/simulator/random.js';
import { at, fix, T0 } from '../engine/support.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog } from './archived-log.js';
import { raw, testKeys } from './support.js';

const SEED = 20_261_130;
const TRACKERS = 30;
const SECOND = 1_000;

/** Ten minutes of a fleet whose receivers have noise in each digit: an entry each 10 s with a fix of each tracker. */
function tenMinutes(): readonly RawEntry[] {
  const random = createRandom(SEED, 'short-parts');
  const noise = (size: number): number => Math.round(size * random.gaussian());
  return Array.from({ length: 60 }, (_, i) => {
    const ms = T0 + i * 10 * SECOND;
    const batches = Array.from({ length: TRACKERS }, (_, k) => {
      const told = { altitudeDm: 800 + noise(20), speedCmps: 900 + noise(100), hdopCenti: 90 + noise(10) };
      const fixes = [fix(ms - random.integer(0, 9_999), at(100 * i + noise(3), 50 * k + noise(3)), told)];
      return { tracker: `bd-${k}`, reportId: i.toString(16).padStart(16, '0'), fixes, rejected: [] };
    });
    return raw({ ms, seq: 0 }, { kind: 'fixes', batches });
  });
}

t.test('a part of ten minutes of thirty trackers takes at most 12 bytes a fix', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await archiveLog({ folder, signer: testKeys().signer, log: tenMinutes(), entriesPerPart: 60 });
  t.teardown(() => archive.close());
  const [{ bytes, rows } = { bytes: 0, rows: 0 }] = archive.fixParts.map(({ file }) => file);
  t.equal(rows, 60 * TRACKERS);
  t.ok(bytes <= 12 * rows, `${bytes} bytes of ${rows} fixes`);
});
