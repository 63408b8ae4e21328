import { SIGMA_PER_HDOP_M } from '../../src/model/limits.js';
import type { CompiledPlan, PlanPlace, PlanRule, PlanUnit, UnitKind } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { createDrift } from '../../src/simulator/drift.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import type { DueReport } from '../../src/simulator/report-source.js';
import { at, checkpointGap, circle, fix, MINUTE, plan, square, T0, unit } from '../engine/support.js';

export interface DistrictSize {
  readonly units: number;
  /** A square number: they lie side by side. */
  readonly zones: number;
  readonly checkpoints: number;
  readonly routes: number;
  /** How far the ends of a route may lie from its middle, east and north, metres. Absent: anywhere. */
  readonly routeM?: number;
}

const ZONE_M = 3_000;
const KINDS: readonly UnitKind[] = ['car', 'car', 'motorcycle', 'car', 'foot'];
/** How fast units of a kind patrol. */
export const SPEED_MPS: Readonly<Record<UnitKind, number>> = { car: 11, motorcycle: 13, foot: 1.4 };
/** Nobody drives across the whole district to the next stop. */
const BEAT_M = 2_000;
const INTERVAL_MS = 10_000;

/** Square zones side by side, checkpoints and routes anywhere in them, every rule about all of them. */
export function drawPlan(size: DistrictSize, seed: number): CompiledPlan {
  const random = createRandom(seed, 'places');
  const side = Math.sqrt(size.zones);
  const anywhere = () => at(random.between(0, extentOf(size)), random.between(0, extentOf(size)));
  const zones = ids('zone', size.zones).map((id, i) =>
    square(id, at((0.5 + (i % side)) * ZONE_M, (0.5 + Math.floor(i / side)) * ZONE_M), ZONE_M / 2),
  );
  const posts = ids('post', size.checkpoints).map((id) => circle(id, anywhere(), random.integer(60, 150)));
  const routes = ids('route', size.routes).map((id): PlanPlace => {
    const line = drawLine(size, random).flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);
    return { ...circle(id, at(0), 1), kind: 'route', shape: { type: 'corridor', lines: [line], corridorM: 40 } };
  });
  const units = ids('unit', size.units).map((id, i) => unit(id, { kind: KINDS[i % KINDS.length] as UnitKind }));
  return plan({ places: [...zones, ...posts, ...routes], units, rules: rulesOf(zones, posts, routes, units) });
}

/** Three positions. */
function drawLine({ routeM, ...size }: DistrictSize, random: Random): PositionE7[] {
  const extentM = extentOf(size);
  const middle = [random.between(0, extentM), random.between(0, extentM)] as const;
  const end = (): PositionE7 => {
    if (routeM === undefined) return at(random.between(0, extentM), random.between(0, extentM));
    return at(middle[0] + random.between(-routeM, routeM), middle[1] + random.between(-routeM, routeM));
  };
  return [at(...middle), end(), end()];
}

function rulesOf(
  zones: readonly PlanPlace[],
  posts: readonly PlanPlace[],
  routes: readonly PlanPlace[],
  units: readonly PlanUnit[],
): PlanRule[] {
  const idsOf = (subjects: readonly { readonly id: string }[]): string[] => subjects.map(({ id }) => id);
  const gap = (kind: string, places: readonly PlanPlace[], minutes: number): PlanRule =>
    checkpointGap(idsOf(places), { id: kind, kind, thresholdMs: minutes * MINUTE } as Partial<PlanRule>);
  const base = { severity: 'low', binds: 'always' } as const;
  return [
    gap('zone-gap', zones, 30),
    gap('checkpoint-gap', posts, 10),
    gap('route-gap', routes, 30),
    { ...base, id: 'short', kind: 'dwell-short', places: idsOf(posts), minVisitMs: 10 * MINUTE },
    { ...base, id: 'long', kind: 'dwell-long', units: idsOf(units), maxStandMs: 25 * MINUTE },
    { ...base, id: 'silence', kind: 'tracker-silence', units: idsOf(units) },
  ];
}

/** Side of the district's square, metres. */
export function extentOf({ zones }: DistrictSize): number {
  return Math.sqrt(zones) * ZONE_M;
}

export interface ReportOptions {
  readonly seed: number;
  readonly extentM: number;
  readonly toMs: number;
  readonly lateShare: number;
  readonly latestMs: number;
}

/**
 * Units that drive from stop to stop, one in ten of them with no link while it stands; the receiver of every fifth drifts. By
 * the whole second in which they come.
 */
export function drawReports(plan: CompiledPlan, options: ReportOptions): Map<number, DueReport[]> {
  const bySecond = new Map<number, DueReport[]>();
  for (const [i, unit] of plan.units.entries()) {
    for (const report of reportsOf(unit, i % 5 === 0, options)) {
      const second = Math.ceil(report.atMs / 1_000) * 1_000;
      const due = bySecond.get(second) ?? [];
      bySecond.set(second, due);
      due.push(report);
    }
  }
  return bySecond;
}

function* reportsOf(unit: PlanUnit, drifts: boolean, o: ReportOptions): Iterable<DueReport> {
  const random = createRandom(o.seed, 'unit', unit.id);
  const drift = drifts ? createDrift(createRandom(o.seed, 'drift', unit.id)) : null;
  for (const { ms, eastM, northM, linked } of walk(unit, random, o)) {
    if (!linked) continue;
    const error = drift?.() ?? { eastM: 4 * random.gaussian(), northM: 4 * random.gaussian(), accuracyM: 5 };
    const hdopCenti = Math.round((error.accuracyM / SIGMA_PER_HDOP_M) * 100);
    const lateMs = random.chance(o.lateShare) ? random.integer(0, o.latestMs) : 0;
    const fixes = [fix(ms, at(eastM + error.eastM, northM + error.northM), { hdopCenti })];
    yield { tracker: unit.tracker, atMs: ms + lateMs, fixes };
  }
}

interface Whereabouts {
  readonly ms: number;
  readonly eastM: number;
  readonly northM: number;
  readonly linked: boolean;
}

/** Where the unit is at each of its reports. */
function* walk({ kind }: PlanUnit, random: Random, { extentM, toMs }: ReportOptions): Iterable<Whereabouts> {
  const within = (m: number): number => Math.min(extentM, Math.max(0, m));
  let [eastM, northM] = [random.between(0, extentM), random.between(0, extentM)];
  let ms = T0 + random.integer(1, INTERVAL_MS);
  while (ms < toMs) {
    const [fromEastM, fromNorthM] = [eastM, northM];
    eastM = within(eastM + random.between(-BEAT_M, BEAT_M));
    northM = within(northM + random.between(-BEAT_M, BEAT_M));
    const wayM = Math.hypot(eastM - fromEastM, northM - fromNorthM);
    const steps = Math.ceil((wayM / SPEED_MPS[kind] / INTERVAL_MS) * 1_000);
    const part = (from: number, to: number, i: number): number => from + ((to - from) * i) / steps;
    for (let i = 1; i <= steps; i += 1, ms += INTERVAL_MS)
      yield { ms, eastM: part(fromEastM, eastM, i), northM: part(fromNorthM, northM, i), linked: true };
    const linked = !random.chance(0.1);
    for (const untilMs = ms + random.integer(2, 20) * MINUTE; ms < untilMs; ms += INTERVAL_MS)
      yield { ms, eastM, northM, linked };
  }
}

function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i + 1).padStart(3, '0')}`);
}
