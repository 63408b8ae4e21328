import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { dumpState } from '../../src/engine/snapshot.js';
import { HORIZON_MS, MAX_ALERT_EPISODES } from '../../src/model/limits.js';
import type { TrackerBatch } from '../../src/model/log-entry.js';
import type { PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { random } from './verdicts.js';

// S2: the state is bounded by what the district has and the horizon, not by how long the engine has run.

const SEED = 20_261_124;

/** The most items that any list of the state holds, by where the list is. */
function sizesOf(bench: Bench): Map<string, number> {
  const sizes = new Map<string, number>();
  const { state, fixes } = dumpState(bench.state);
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      sizes.set(path, Math.max(sizes.get(path) ?? 0, value.length));
      for (const item of value) walk(item, `${path}[]`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
    }
  };
  walk(state, 'state');
  for (const { fixes: held } of fixes) walk(held, 'fixes');
  return sizes;
}

t.test(`200 units that come and go leave no more behind after hours than after two (seed ${SEED}, S2)`, async (t) => {
  const next = random(SEED);
  const units = Array.from({ length: 200 }, (_, i) => unit(`u-${i}`, { expectedIntervalMs: 60_000 }));
  const places = Array.from({ length: 20 }, (_, i) => circle(`p-${i}`, at(400 * i), 100));
  const ids = places.map(({ id }) => id).sort();
  const unitIds = units.map(({ id }) => id).sort();
  const rules: PlanRule[] = [
    checkpointGap(ids, { thresholdMs: 4 * MINUTE, graceMs: 0 } as Partial<PlanRule>),
    { id: 'short', kind: 'dwell-short', severity: 'low', binds: 'always', places: ids, minVisitMs: 10 * MINUTE },
    { id: 'silence', kind: 'tracker-silence', severity: 'low', binds: 'always', units: unitIds },
    { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units: unitIds, maxStandMs: 10 * MINUTE },
  ];
  const bench = new Bench(plan({ places, units, rules }));
  const measured: Map<string, number>[] = [];
  for (let minute = 1; minute <= 4 * 60; minute += 1) {
    const ms = T0 + minute * MINUTE;
    bench.tickTo(ms, 10_000);
    const batches: TrackerBatch[] = [];
    for (const [i, { tracker }] of units.entries()) {
      // Silent for an hour in four; every tenth unit flaps; all go on to another place each 25 minutes.
      if ((minute + 13 * i) % 240 < 60 || (i % 10 === 0 && minute % 9 < 5)) continue;
      const east =
        400 * ((i + Math.floor(minute / 25)) % 20) + ([0, 300, 105][Math.floor((minute + 7 * i) / 6) % 3] ?? 0);
      const fixes = [fix(ms, at(east + (next() - 0.5) * 20, (next() - 0.5) * 20))];
      batches.push({ tracker, reportId: '01', fixes, rejected: [] });
    }
    bench.append(ms, { kind: 'fixes', batches });
    if (minute % 60 === 0) measured.push(sizesOf(bench));
    // What nobody sees stays for a day: here somebody sees all of it.
    for (const [alertId, alert] of takeHotDelta(bench.state).openAlerts) {
      if (alert === null || alert.acknowledged) continue;
      const seen = { actionId: `a-${bench.log.length}`, actor: 'li', comment: null, untilMs: null };
      bench.append(ms, { kind: 'action', action: 'acknowledge', alertId, alertVersion: alert.version, ...seen });
    }
  }
  const [, early = new Map<string, number>(), , late = new Map<string, number>()] = measured;
  const caps: Record<string, number> = { actionIds: 32, units: 200 };
  for (const [path, size] of late) {
    const before = early.get(path) ?? 0;
    t.ok(
      size <= Math.max(1.3 * before + 8, caps[path.split('.').at(-1) ?? ''] ?? 0),
      `${path}: ${size}, ${before} after two hours`,
    );
  }
  t.ok((late.get('fixes') ?? 0) <= HORIZON_MS / MINUTE + 11, 'fixes within the horizon, and until the base moves');
  t.ok((late.get('state.alerts') ?? 0) > 100, 'there was something to bound');
});

t.test(
  'a unit that stands at the edge of a place for days leaves no trail of doubt, and the gap stays as it was',
  async (t) => {
    const story = (prune: boolean): Bench => {
      const next = random(SEED);
      const rule = checkpointGap(['gate'], { thresholdMs: HOUR, minPresenceMs: 0 } as Partial<PlanRule>);
      const bench = new Bench(
        plan({
          places: [circle('gate', at(0), 100)],
          units: [unit('car-1', { expectedIntervalMs: 60_000 })],
          rules: [rule],
        }),
      );
      if (!prune) bench.state.timers.set({ kind: 'prune' }, null);
      for (let minute = 1; minute <= 24 * 60; minute += 1) {
        bench.tickTo(T0 + minute * MINUTE, 10_000);
        // Well inside at first, then with its median now in, now out; the gap is none for hours, then one.
        const middle = minute < 30 ? 50 : minute % 600 < 300 ? 100 : 110;
        bench.send('car-1', fix(bench.nowMs, at(middle + (next() - 0.5) * 30)));
      }
      return bench;
    };
    const [forgets, keeps] = [story(true), story(false)];
    const weak = (bench: Bench): number =>
      bench.state.units.get('car-1')?.head?.places.get('gate')?.visits.at(-1)?.weak.length ?? 0;
    t.ok(weak(keeps) > 80, `${weak(keeps) / 2} stretches in a day`);
    t.ok(weak(forgets) < 40, `${weak(forgets) / 2} are kept`);
    t.same(forgets.alerts, keeps.alerts);
    t.ok(forgets.alerts.length > 4, `${forgets.alerts.length} versions of alerts`);
  },
);

t.test('a tracker that flaps for a day is one alert that does not grow (S2)', async (t) => {
  const silence: PlanRule = {
    id: 'silence',
    kind: 'tracker-silence',
    severity: 'low',
    binds: 'always',
    units: ['car-1'],
  };
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [silence] }));
  for (let i = 0; i < 24 * 20; i += 1) {
    bench.send('car-1', fix(bench.nowMs, at(500)));
    bench.tickTo(bench.nowMs + 3 * MINUTE, 10_000);
  }
  const [alert] = [...bench.state.alerts.values()].flat();
  t.match(alert?.version, { rule: 'tracker-silence', condition: 'active', chattering: true, occurrence: 24 * 20 });
  t.ok((alert?.episodes.length ?? 0) < 40, `${alert?.episodes.length} episodes are kept`);
  t.equal(alert?.version.episodes.length, MAX_ALERT_EPISODES);
});
