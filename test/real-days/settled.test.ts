import t from 'tap';
import { foldDay } from '../../src/days/fold-day.js';
import { historyEvents } from '../../src/days/history-events.js';
import { localDay } from '../../src/days/local-day.js';
import { recordDigest } from '../../src/days/record-digest.js';
import { keptHistory, logOf } from '../days/support.js';
import { latestVisits } from '../engine/verdicts.js';
import type { Bench } from '../engine/support.js';
import { boundsOf, LONGEST_RUN_MS, needs } from './days.js';
import { AUSTIN_FILE, austinDay, inFileOrder, play } from './shuffled-day.js';

t.setTimeout(LONGEST_RUN_MS);

const DAY = localDay('2017-03-21', 'America/Chicago');
/** All of them. */
const BUSES = 329;

async function settled(bench: Bench) {
  const readToMs = Number.MAX_SAFE_INTEGER;
  return await foldDay(await historyEvents(keptHistory(logOf(bench)), { district: 'test', day: DAY, readToMs }));
}

t.test(
  ...needs(
    AUSTIN_FILE,
    'the whole Austin day in file order, most of it hours late, settles to what it settles to in event order',
  ),
  async (t) => {
    const ordered = await austinDay(t, { fromMs: DAY.fromMs - 43_200_000, toMs: DAY.toMs + 43_200_000, buses: BUSES });
    const byFile = await inFileOrder(ordered);
    t.equal(byFile.arrivals.length >= ordered.arrivals.length, true);
    const live = play(ordered);
    const late = play(byFile);
    t.ok(
      (late.state.counts.flags.late ?? 0) > 40_000,
      `${late.state.counts.flags.late} fixes came later than the horizon`,
    );
    const [inOrder, inFile] = [await settled(live), await settled(late)];
    t.ok(inOrder.record.visits.length >= 3_000, `${inOrder.record.visits.length} visits`);
    t.equal(recordDigest(inFile.record), recordDigest(inOrder.record));
    t.same(boundsOf(inFile.record.visits), boundsOf(inOrder.record.visits));
    const stands = latestVisits(live.visits).filter(
      ({ state, innerFromMs, innerToMs }) =>
        state !== 'retracted' && innerFromMs < DAY.toMs && (innerToMs === null || innerToMs >= DAY.fromMs),
    );
    t.same(
      boundsOf(inFile.record.visits),
      boundsOf(stands),
      'and to the visits that the live fold found in event order',
    );
    t.ok(
      latestVisits(late.visits).length < stands.length / 2 || inFile.late.size > 10,
      'which it did not find in file order',
    );
  },
);
