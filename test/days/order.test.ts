import t from 'tap';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { FoldedDay } from '../../src/days/fold-day.js';
import { recordDigest } from '../../src/days/record-digest.js';
import { drawScenario, play } from '../engine/scenario.js';
import { HOUR, T0 } from '../engine/support.js';
import { latestVisits } from '../engine/verdicts.js';
import { keptHistory, logOf, settledDay } from './support.js';

t.setTimeout(400_000);

const HOURS = 3;
/** All that a scene sends has come by then. */
const UNTIL_MS = T0 + 12 * HOUR;

/** The day of a scene of which fixes come up to so late, some of them twice. */
async function dayOf(seed: number, delayMs: number): Promise<FoldedDay> {
  const arrivals = drawScenario(seed, { hours: HOURS, delayMs, plans: true, events: true });
  return await settledDay(logOf(play(arrivals, { untilMs: UNTIL_MS })));
}

t.test('any order of arrival gives the same settled day, byte for byte', async (t) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const inOrder = await dayOf(seed, 0);
    const { places, visits, alerts } = inOrder.record;
    t.ok(visits.length > 5 && alerts.length > 3, `seed ${seed}: ${visits.length} visits, ${alerts.length} alerts`);
    t.ok(
      places.some(({ covered, unknown }) => covered.length > 0 && unknown.length > 0),
      'presence and doubt',
    );
    for (const delayMs of [2 * HOUR, 8 * HOUR]) {
      const late = await dayOf(seed, delayMs);
      t.equal(recordDigest(late.record), recordDigest(inOrder.record), `seed ${seed}, up to ${delayMs} ms late`);
      t.equal(canonicalJson(late.record), canonicalJson(inOrder.record));
      t.ok(late.late.size > 0, 'it says which units came too late for the live fold');
    }
  }
});

t.test('a day with more fixes than are held at once is read in parts, to the same bytes', async (t) => {
  const arrivals = drawScenario(4, { hours: HOURS, delayMs: 2 * HOUR, plans: true, events: true });
  const log = logOf(play(arrivals, { untilMs: UNTIL_MS }));
  const whole = await settledDay(log);
  for (const fixesAtOnce of [100, 1_000]) {
    const kept = keptHistory(log);
    let reads = 0;
    const read: typeof kept.read = (stretch) => {
      reads += 1;
      return kept.read(stretch);
    };
    const inParts = await settledDay(log, { fixesAtOnce, history: { ...kept, read } });
    t.ok(reads > 3, `${fixesAtOnce} at once: the log was read ${reads} times`);
    t.equal(canonicalJson(inParts.record), canonicalJson(whole.record));
    t.strictSame([...inParts.late], [...whole.late]);
  }
});

t.test('a day that came in order settles to the visits that the live fold found', async (t) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const bench = play(drawScenario(seed, { hours: HOURS, delayMs: 0, plans: true, events: false }), {
      untilMs: UNTIL_MS,
    });
    const { record } = await settledDay(logOf(bench));
    const live = latestVisits(bench.visits)
      .filter(({ state }) => state !== 'retracted')
      .map(({ kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole }) => {
        return { kind, unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs, fromHole, toHole };
      });
    t.same(
      new Set(record.visits.map((visit) => canonicalJson(visit))),
      new Set(live.map((visit) => canonicalJson(visit))),
    );
  }
});
