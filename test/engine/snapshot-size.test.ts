import t from 'tap';
import { encodeSnapshot, MAX_STATE_JSON_BYTES } from '../../src/codec/snapshot-codec.js';
import { wire } from '../../src/codec/wire.js';
import { dumpState } from '../../src/engine/snapshot.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { PlanRule } from '../../src/model/plan.js';
import type { SnapshotDump } from '../../src/model/snapshot.js';
import { at, Bench, checkpointGap, circle, fix, MINUTE, plan, T0, unit } from './support.js';
import { random } from './verdicts.js';

const SEED = 20_261_124;
const UNITS = 10_000;
/** So many are folded; a district of UNITS is that often theirs. */
const FOLDED = 1_000;
const INTERVAL_MS = MINUTE;
/** S2: of a fix of which the receiver says everything that it can, and of everything else that the state knows of a unit. */
const FIX_BYTES = 16;
const UNIT_BYTES = 512;

/** Cars that drive about for twelve minutes and stand for twelve, with receivers that say all they can. */
function drive(next: () => number): (ms: number) => Fix {
  let [eastM, northM] = [next() * 8_000, next() * 8_000];
  const phase = Math.floor(next() * 24);
  return (ms) => {
    const stands = Math.floor(ms / MINUTE + phase) % 24 < 12;
    if (!stands) [eastM, northM] = [eastM + (next() - 0.5) * 1_200, northM + (next() - 0.5) * 1_200];
    const noise = (): number => (next() - 0.5) * 10;
    return fix(ms - Math.floor(next() * 1_000), at(eastM + noise(), northM + noise()), {
      altitudeDm: 900 + Math.floor(next() * 50),
      speedCmps: stands ? 0 : Math.floor(next() * 2_000),
      courseCdeg: Math.floor(next() * 36_000),
      satellites: 8 + Math.floor(next() * 8),
      beidouSatellites: 4 + Math.floor(next() * 6),
      hdopCenti: 80 + Math.floor(next() * 60),
      power: true,
      ignition: !stands,
      lightbar: false,
      backfill: false,
    });
  };
}

/** Ten such districts in one: the state is lists by unit, place and alert. */
function repeated(dump: SnapshotDump): SnapshotDump {
  const times = <Item>(items: readonly Item[]): Item[] =>
    Array<readonly Item[]>(UNITS / FOLDED)
      .fill(items)
      .flat();
  const state = Object.entries(dump.state as object).map(([key, value]: [string, unknown]) => {
    return [key, Array.isArray(value) && key !== 'plans' ? times(value as unknown[]) : value] as const;
  });
  return { ...dump, state: Object.fromEntries(state), fixes: times(dump.fixes) };
}

t.test(`S2: a snapshot of ${UNITS} units at the horizon is no larger than their fixes ask for`, async (t) => {
  const next = random(SEED);
  t.comment(`seed ${SEED}`);
  const ids = Array.from({ length: FOLDED }, (_, i) => `u-${String(i).padStart(5, '0')}`);
  const places = Array.from({ length: 25 }, (_, i) => {
    return circle(`p-${10 + i}`, at(1_600 * (i % 5) + 800, 1_600 * Math.floor(i / 5) + 800), 100);
  });
  const placeIds = places.map(({ id }) => id);
  const rules: PlanRule[] = [
    checkpointGap(placeIds),
    { id: 'short', kind: 'dwell-short', severity: 'low', binds: 'always', places: placeIds, minVisitMs: 10 * MINUTE },
    { id: 'silence', kind: 'tracker-silence', severity: 'low', binds: 'always', units: ids },
    { id: 'stand', kind: 'dwell-long', severity: 'low', binds: 'always', units: ids, maxStandMs: 10 * MINUTE },
  ];
  const units = ids.map((id) => unit(id, { expectedIntervalMs: INTERVAL_MS }));
  const bench = new Bench(plan({ places, units, rules }));
  const cars = ids.map(() => drive(next));
  for (let minute = 1; minute <= 42; minute += 1) {
    bench.tickTo(T0 + minute * MINUTE, 10_000);
    const batches = cars.map((car, i) => {
      return { tracker: `t-${ids[i]}`, reportId: '01', fixes: [car(bench.nowMs)], rejected: [] };
    });
    bench.append(bench.nowMs, { kind: 'fixes', batches });
  }
  bench.tickTo(bench.nowMs + 1_000);

  const dump = repeated(dumpState(bench.state));
  const held = dump.fixes.reduce((sum, { fixes }) => sum + fixes.length, 0);
  const perUnit = HORIZON_MS / INTERVAL_MS;
  t.ok(held >= UNITS * perUnit, `${held} fixes are held`);
  const bytes = encodeSnapshot(dump);
  const most = UNITS * (perUnit * FIX_BYTES + UNIT_BYTES);
  t.ok(bytes.length <= most, `${bytes.length} bytes, ${Math.round(bytes.length / UNITS)} a unit; ${most} are allowed`);
  const { stateJsonBytes } = wire.SnapshotBody.decode(wire.Snapshot.decode(bytes).body);
  t.ok(stateJsonBytes <= MAX_STATE_JSON_BYTES / 4, `${stateJsonBytes} bytes of JSON`);
  t.ok(bench.visits.length > FOLDED / 10, `${bench.visits.length} versions of visits`);
});
