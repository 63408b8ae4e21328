import { createHash } from 'node:crypto';
import t from 'tap';
import { step } from '../../src/engine/pipeline.js';
import { createState } from '../../src/engine/state.js';
import { distanceM } from '../../src/geo/ruler.js';
import { signedDistanceM } from '../../src/geo/shape.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import { PLAN_LEAD_MS, TOP_SPEED_CMPS } from '../../src/model/limits.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan, GapRule, PlanUnit } from '../../src/model/plan.js';
import { createFleet, type Fleet, type FleetOptions } from '../../src/simulator/fleet.js';
import type { DueReport, DueWork } from '../../src/simulator/report-source.js';
import { isWithin, spansWithin } from '../../src/simulator/spans.js';
import { truthLines } from '../../src/simulator/truth-record.js';
import { DAY_MS, HOUR_MS, meixian } from './support.js';

const plan = await meixian();
const STEP_MS = 5_000;
const MINUTE_MS = 60_000;

function fleetOf(options: Partial<FleetOptions>): Fleet {
  return createFleet(plan, { seed: 1, fromMs: DAY_MS, spanMs: 12 * HOUR_MS, ...options });
}

function reportsOf(fleet: Fleet, fromMs: number, toMs: number, stepMs = STEP_MS): DueReport[] {
  const reports: DueReport[] = [];
  for (let ms = fromMs; ms < toMs; ms += stepMs) {
    reports.push(...(fleet.source.due(ms, Math.min(toMs, ms + stepMs)) as DueWork).reports);
  }
  return reports;
}

function fixesByUnit(fleet: Fleet): Map<PlanUnit, Fix[]> {
  const unitByTracker = new Map(plan.units.map((unit) => [unit.tracker, unit]));
  const fixes = new Map<PlanUnit, Fix[]>(plan.units.map((unit) => [unit, []]));
  for (const report of reportsOf(fleet, fleet.truth.fromMs, fleet.truth.toMs, HOUR_MS)) {
    fixes.get(unitByTracker.get(report.tracker) as PlanUnit)?.push(...report.fixes);
  }
  return fixes;
}

t.test('the same seed gives the same bytes, another seed gives others', async (t) => {
  const digest = (fleet: Fleet, reports: readonly DueReport[]): string =>
    createHash('sha256')
      .update([...truthLines(fleet.truth)].join(''))
      .update(JSON.stringify(reports))
      .digest('hex');
  const options = { spanMs: 3 * HOUR_MS };
  const first = fleetOf(options);
  const again = fleetOf(options);
  const inSteps = reportsOf(first, DAY_MS, DAY_MS + HOUR_MS);
  t.equal(digest(again, reportsOf(again, DAY_MS, DAY_MS + HOUR_MS)), digest(first, inSteps));
  t.same(
    reportsOf(first, DAY_MS + 1_800_000, DAY_MS + HOUR_MS),
    inSteps.slice(-reportsOf(first, DAY_MS + 1_800_000, DAY_MS + HOUR_MS).length),
    'any stretch can be asked for again',
  );
  const other = fleetOf({ ...options, seed: 2 });
  t.not(digest(other, reportsOf(other, DAY_MS, DAY_MS + HOUR_MS)), digest(first, inSteps));
  t.same(first.trackers, plan.units.map(({ tracker }) => tracker).sort());
});

t.test('units report at their interval while they are on duty, and move as their kind can', async (t) => {
  const fleet = fleetOf({});
  for (const [unit, fixes] of fixesByUnit(fleet)) {
    const duties = spansWithin(plan.schedules[unit.duty] ?? [], fleet.truth.fromMs, fleet.truth.toMs);
    for (const duty of duties) {
      const times = fixes.map((fix) => fix.eventTimeMs).filter((ms) => ms >= duty.fromMs && ms < duty.toMs);
      const gaps = [duty.fromMs, ...times, duty.toMs].map((ms, index, all) => ms - (all[index - 1] ?? ms));
      t.ok(Math.max(...gaps) <= 1.1 * unit.expectedIntervalMs, `${unit.id} is never silent on duty`);
    }
    let fastest = 0;
    fixes.forEach((fix, index) => {
      const before = fixes[index - 1];
      if (before === undefined || fix.eventTimeMs - before.eventTimeMs > MINUTE_MS || !before.position || !fix.position)
        return;
      const metres = distanceM(plan.ruler, before.position, fix.position) - 25;
      fastest = Math.max(fastest, (metres * 1_000) / (fix.eventTimeMs - before.eventTimeMs));
    });
    t.ok(fastest < TOP_SPEED_CMPS[unit.kind] / 100 / 3, `${unit.id} drives at most ${fastest.toFixed(1)} m/s`);
  }
});

/** The longest stretch of a window of a gap rule without a fix of a unit on duty in the place, straight from the fixes. */
function longestAbsence(
  fixes: ReadonlyMap<PlanUnit, readonly Fix[]>,
  rule: GapRule,
  placeId: string,
  fleet: Fleet,
): number {
  const shape = plan.places.find(({ id }) => id === placeId)?.shape;
  const times: number[] = [];
  for (const [unit, list] of fixes) {
    const duty = plan.schedules[unit.duty] ?? [];
    for (const { eventTimeMs, position } of list) {
      if (shape === undefined || position === null || !isWithin(duty, eventTimeMs)) continue;
      if (signedDistanceM(plan.ruler, shape, position) <= 0) times.push(eventTimeMs);
    }
  }
  times.sort((a, b) => a - b);
  let longestMs = 0;
  for (const window of spansWithin(plan.schedules[rule.binds] ?? [], fleet.truth.fromMs, fleet.truth.toMs)) {
    const inside = times.filter((ms) => ms >= window.fromMs && ms < window.toMs);
    [window.fromMs, ...inside, window.toMs].forEach((ms, index, all) => {
      longestMs = Math.max(longestMs, ms - (all[index - 1] ?? ms));
    });
  }
  return longestMs;
}

t.test('exactly the places that were left alone are left alone, by the fixes alone', async (t) => {
  for (const [seed, neglect] of [
    [1, 4],
    [5, 0],
    [6, 2],
  ] as const) {
    const fleet = fleetOf({ seed, neglect });
    const { neglects, shortStays, longStands } = fleet.truth;
    t.equal(neglects.length, neglect, `seed ${seed}`);
    t.equal(shortStays.length, 2);
    t.equal(longStands.length, 2);
    const fixes = fixesByUnit(fleet);
    for (const rule of plan.rules.filter((one): one is GapRule => one.kind.endsWith('-gap'))) {
      const limitMs = rule.thresholdMs + rule.graceMs;
      for (const place of rule.places) {
        const absenceMs = longestAbsence(fixes, rule, place, fleet);
        const meant = neglects.some((one) => one.ruleId === rule.id && one.place === place);
        const right = meant ? absenceMs >= limitMs + MINUTE_MS : absenceMs <= 0.85 * limitMs;
        t.ok(
          right,
          `seed ${seed}: ${place} alone for ${Math.round(absenceMs / MINUTE_MS)} of ${limitMs / MINUTE_MS} min, meant: ${meant}`,
        );
      }
    }
  }
});

/** Folds the fleet's reports with the real engine, in memory. */
function alertsOf(fleet: Fleet, district: CompiledPlan): AlertVersion[] {
  const state = createState(district.district);
  const alerts: AlertVersion[] = [];
  let seq = 0;
  const put = (ms: number, entry: LogEntry): void => {
    seq += 1;
    alerts.push(...step(state, { ms, seq }, entry).alerts);
  };
  const { fromMs, toMs } = fleet.truth;
  const beginMs = district.inForceFromMs - PLAN_LEAD_MS;
  put(beginMs, { kind: 'genesis', district: district.district, clock: 'virtual', foldVersion: 1 });
  put(beginMs, { kind: 'plan', plan: district });
  for (let ms = beginMs; ms < fromMs; ms += STEP_MS) put(ms, { kind: 'tick' });
  for (let ms = fromMs; ms < toMs; ms += STEP_MS) {
    put(ms + STEP_MS, { kind: 'tick' });
    const { reports } = fleet.source.due(ms, ms + STEP_MS) as DueWork;
    const batches = reports.map(({ tracker, fixes }) => ({ tracker, reportId: '00', fixes, rejected: [] }));
    if (batches.length > 0) put(ms + STEP_MS, { kind: 'fixes', batches });
  }
  put(toMs + 1_000, { kind: 'tick' });
  return alerts;
}

t.test('the engine raises one gap alert for each neglect, in time, and no other', async (t) => {
  const seed = 3;
  t.comment(`seed ${seed}`);
  const fleet = fleetOf({ seed, spanMs: 7 * HOUR_MS, neglect: 3 });
  const inForce = { ...plan, inForceFromMs: fleet.truth.fromMs };
  const alerts = alertsOf(fleet, inForce);
  const last = new Map(alerts.map((alert) => [alert.alertId, alert]));
  const gaps = [...last.values()].filter(({ rule, condition }) => rule.endsWith('-gap') && condition !== 'retracted');
  t.same(
    gaps.map(({ rule, subject }) => `${rule} ${subject.id}`).sort(),
    fleet.truth.neglects.map(({ rule, place }) => `${rule} ${place}`).sort(),
  );
  for (const neglect of fleet.truth.neglects) {
    const raised = alerts.find(({ rule, subject }) => rule === neglect.rule && subject.id === neglect.place);
    t.ok(raised !== undefined && raised.atMs <= neglect.raiseByMs, `${neglect.place} is raised in time`);
    t.ok(Math.abs((raised?.fromMs ?? 0) - neglect.fromMs) < 30_000, `${neglect.place} from its true start`);
    t.equal(raised?.certainty, 'uncovered');
  }
  const short = [...last.values()].filter(({ rule }) => rule === 'dwell-short');
  t.same(
    short.map(({ alertId }) => alertId.split(':')[1]).sort(),
    fleet.truth.shortStays.map(({ unit, place }) => `${unit}@${place}`).sort(),
  );
});

t.test('faults do what they say, and the truth says where', async (t) => {
  const faults = {
    drift: 1,
    silences: 2,
    silenceMs: 8 * MINUTE_MS,
    backlogs: 2,
    duplicates: 0.1,
    clockFaults: 1,
    outliers: 0.01,
    deadLinks: 5,
    sos: 3,
  };
  const plain = fleetOf({ seed: 9, spanMs: 6 * HOUR_MS });
  const fleet = fleetOf({ seed: 9, spanMs: 6 * HOUR_MS, faults });
  const reports = reportsOf(fleet, DAY_MS, DAY_MS + 6 * HOUR_MS);
  t.same(fleet.truth.neglects, plain.truth.neglects, 'the day is the same');
  const told = (kind: string) => fleet.truth.faults.filter((fault) => fault.kind === kind);
  t.same(
    ['drift', 'silence', 'backlog', 'clock', 'dead-link', 'sos'].map((kind) => told(kind).length),
    [1, 2, 2, 1, 5, 3],
  );
  for (const { tracker, fromMs, toMs } of told('sos')) {
    const calls = reports.filter(({ fixes, ...report }) => report.tracker === tracker && fixes.some(({ sos }) => sos));
    t.ok(
      calls.some(({ fixes }) => fixes.some(({ eventTimeMs: ms }) => ms >= fromMs && ms < toMs)),
      `${tracker} calls for help`,
    );
  }
  for (const { tracker, fromMs, toMs } of told('silence')) {
    const during = reports.filter(
      (report) => report.tracker === tracker && report.atMs >= fromMs && report.atMs < toMs,
    );
    t.equal(during.length, 0, `${tracker} is silent`);
    t.equal(toMs - fromMs, 8 * MINUTE_MS);
  }
  for (const { tracker, fromMs, toMs } of told('backlog')) {
    const own = reports.filter((report) => report.tracker === tracker);
    t.equal(own.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length, 0, `${tracker} has no link`);
    const [live, stored] = own.filter(({ atMs }) => atMs >= toMs);
    t.equal(live?.fixes.at(-1)?.backfill, false, 'live first');
    const times = stored?.fixes.map((fix) => fix.eventTimeMs) ?? [];
    t.ok(
      stored?.fixes.every((fix) => fix.backfill === true),
      'then what was stored',
    );
    t.ok(times.length >= 110 && times.every((ms) => ms >= fromMs && ms < toMs), `all ${times.length} of it`);
    t.same(
      times,
      [...times].sort((a, b) => b - a),
      'newest first',
    );
  }
  const [clock] = told('clock');
  const ahead = reports.filter(({ fixes, atMs }) => (fixes[0]?.eventTimeMs ?? 0) > atMs + HOUR_MS);
  t.ok(ahead.length > 300 && ahead.every(({ tracker }) => tracker === clock?.tracker), 'the clock is ahead');
  const keys = reports.flatMap(({ tracker, fixes }) => fixes.map((fix) => `${tracker} ${fix.eventTimeMs}`));
  const repeats = keys.length - new Set(keys).size;
  t.ok(repeats / keys.length > 0.12 && repeats / keys.length < 0.24, `${repeats} of ${keys.length} fixes are repeats`);
  const far = reports
    .flatMap(({ fixes }) => fixes)
    .filter(({ position }) => {
      return (
        position !== null && plan.places.every(({ shape }) => signedDistanceM(plan.ruler, shape, position) > 2_500)
      );
    });
  t.ok(far.length > 0.003 * keys.length && far.length < 0.02 * keys.length, `${far.length} outliers`);
  const cuts: string[] = [];
  for (let ms = DAY_MS; ms < DAY_MS + 6 * HOUR_MS; ms += MINUTE_MS) {
    cuts.push(...(fleet.source.due(ms, ms + MINUTE_MS) as DueWork).cutLinks);
  }
  t.same(
    cuts.sort(),
    told('dead-link')
      .map(({ tracker }) => tracker)
      .sort(),
  );
});

t.test('what cannot be is refused with its reason', async (t) => {
  const cases: [string, Partial<FleetOptions>, object][] = [
    [
      'more neglect than room',
      { neglect: 50, spanMs: 2 * HOUR_MS },
      { code: 'fleet-impossible', message: /got 50, expected at most \d/ },
    ],
    [
      'a time that the plan does not cover',
      { fromMs: plan.expandedToMs - HOUR_MS },
      { code: 'fleet-options', message: /fleet's time/ },
    ],
    ['a broken seed', { seed: 0.5 }, { code: 'fleet-options', message: /seed/ }],
    ['a negative count', { neglect: -1 }, { code: 'fleet-options', message: /neglect/ }],
    ['a share above one', { faults: { duplicates: 1.5 } }, { code: 'fleet-options', message: /duplicates/ }],
    [
      'a silence longer than any room',
      { spanMs: HOUR_MS, faults: { silences: 1, silenceMs: 5 * HOUR_MS } },
      { code: 'fleet-impossible' },
    ],
  ];
  for (const [name, options, expected] of cases) t.throws(() => fleetOf(options), expected as { code: string }, name);
  const empty = { ...plan, units: [] };
  t.throws(() => createFleet(empty, { seed: 1, fromMs: DAY_MS, spanMs: HOUR_MS }), { code: 'fleet-impossible' });
  const few = { ...plan, units: plan.units.slice(0, 4) };
  t.throws(() => createFleet(few, { seed: 1, fromMs: DAY_MS, spanMs: 3 * HOUR_MS }), {
    code: 'fleet-impossible',
    message: /no unit left for/,
  });
});

t.test('plans that lack zones, checkpoints or rules are driven too', async (t) => {
  const without = (kind: string): CompiledPlan => {
    const places = plan.places.filter((place) => place.kind !== kind);
    const ids = places.map(({ id }) => id);
    const rules = plan.rules.map((rule) =>
      'places' in rule ? { ...rule, places: rule.places.filter((id) => ids.includes(id)) } : rule,
    );
    return { ...plan, places, rules };
  };
  const options = { seed: 4, fromMs: DAY_MS, spanMs: 4 * HOUR_MS, neglect: 0 };
  for (const district of [without('zone'), without('checkpoint'), without('route'), { ...plan, rules: [] }]) {
    const fleet = createFleet(district, options);
    t.ok(reportsOf(fleet, DAY_MS, DAY_MS + HOUR_MS).length > 5_000);
  }
});
