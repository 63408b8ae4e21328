import { createHash } from 'node:crypto';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { LocalClock } from '../../src/district/local-time.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { DayPlace, DayRecord, DaySilenceCause, DaySpan, DayUnit, DayVisit } from '../../src/model/day-record.js';
import { intersect, normalise, subtract } from '../../src/model/intervals.js';
import type { CompiledPlan, Intervals } from '../../src/model/plan.js';
import type { ReportDay } from '../../src/reports/period-of.js';
import { spansOf, union } from '../../src/reports/spans.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { fixture } from '../district/district-folder.js';
import { alert } from '../support/hot-records.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1_440;
/** 2026-11-24 is so many days after 1970-01-01. */
const FIRST_DAY = 20_781;

export interface MadeDays {
  readonly seed: number;
  readonly days?: number;
  readonly fixtureName?: 'meixian' | 'example';
  /** Another zone than the fixture's: its clocks show the day. */
  readonly timeZone?: string;
}

const loaded = new Map<string, ReturnType<typeof loadDistrict>>();

function districtOf(name: 'meixian' | 'example'): ReturnType<typeof loadDistrict> {
  const known = loaded.get(name) ?? loadDistrict(fixture(name));
  loaded.set(name, known);
  return known;
}

/** Settled days from 2026-11-24 on as nobody lived them: random visits, doubts, silences and alerts over the plan of a fixture. */
export async function madeDays({ seed, days = 1, fixtureName = 'meixian', timeZone }: MadeDays): Promise<ReportDay[]> {
  const source = await districtOf(fixtureName);
  const clock = new LocalClock(timeZone ?? source.timeZone);
  const startMs = clock.instantMs(FIRST_DAY * DAY_MINUTES);
  const plan = compilePlan(
    { ...source, timeZone: timeZone ?? source.timeZone },
    { version: 1, inForceFromMs: startMs, expandFromMs: startMs, expandDays: days + 2 },
  );
  return Array.from({ length: days }, (_, i) => {
    const fromMs = clock.instantMs((FIRST_DAY + i) * DAY_MINUTES);
    const toMs = clock.instantMs((FIRST_DAY + i + 1) * DAY_MINUTES);
    const day = new Date((FIRST_DAY + i) * 24 * HOUR_MS).toISOString().slice(0, 10);
    return madeDay(createRandom(seed, day), plan, { day, fromMs, toMs });
  });
}

interface Day {
  readonly day: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function madeDay(random: Random, plan: CompiledPlan, { day, fromMs, toMs }: Day): ReportDay {
  const whole = [fromMs, toMs];
  const units = plan.units.map((unit): DayUnit => {
    const duty = intersect(plan.schedules[unit.duty] ?? [], whole);
    return {
      unit: unit.id,
      kind: unit.kind,
      group: unit.group,
      expectedIntervalMs: unit.expectedIntervalMs,
      duty: spansOf(duty),
      outOfService: [],
      silences: spansOf(intersect(randomSpans(random, whole, 2, 25), duty)).map(([from, to]) => ({
        fromMs: from,
        toMs: to,
        cause: random.pick<DaySilenceCause>(['no-report', 'no-report', 'power-cut', 'network', 'no-position']),
      })),
      tasks: random.chance(0.2)
        ? [{ taskId: `task-${unit.id}`, task: 'escort', fromMs: fromMs + 9 * HOUR_MS, toMs: fromMs + 10 * HOUR_MS }]
        : [],
      fixes: { admitted: random.integer(2_000, 4_000), flagged: { late: 3, outlier: random.integer(0, 40) } },
    };
  });
  const visits = plan.places
    .flatMap(({ id }) => Array.from({ length: random.integer(2, 12) }, () => madeVisit(random, id, plan, fromMs)))
    .filter(({ innerFromMs }) => innerFromMs < toMs)
    .sort((a, b) => a.innerFromMs - b.innerFromMs || (a.unit < b.unit ? -1 : 1));
  const places = plan.places.map(({ id, kind }): DayPlace => {
    const binds = plan.rules.flatMap((rule) => ('places' in rule && rule.places.includes(id) ? [rule.binds] : []));
    const required = intersect(union(...binds.map((key) => plan.schedules[key] ?? [])), whole);
    const seen = visits.filter(({ place, kind: stay }) => place === id && stay === 'visit');
    const covered = intersect(
      union(
        normalise(seen.map((visit) => [visit.innerFromMs, visit.innerToMs ?? toMs])),
        randomSpans(random, whole, 10, 60),
      ),
      whole,
    );
    const unknown = subtract(randomSpans(random, whole, 3, 30), covered);
    const uncovered = subtract(required, union(covered, unknown));
    return {
      place: id,
      kind,
      required: spansOf(required),
      covered: spansOf(covered),
      unknown: spansOf(unknown),
      uncovered: spansOf(uncovered),
    };
  });
  const record: DayRecord = {
    format: 1,
    district: plan.district,
    day,
    timeZone: plan.timeZone,
    fromMs,
    toMs,
    foldVersion: 7,
    plans: [{ version: plan.version, fromMs, toMs, sourceSha256: plan.sourceSha256 }],
    outages: [],
    places,
    units,
    visits,
    alerts: [],
    unknownTrackerFixes: 0,
  };
  const recordSha256 = createHash('sha256').update(canonicalJson(record)).digest('hex');
  return { record, recordSha256, plans: [plan], alerts: madeAlerts(random, plan, fromMs), alertsDeletedAtMs: null };
}

function madeVisit(random: Random, place: string, plan: CompiledPlan, fromMs: number): DayVisit {
  const innerFromMs = fromMs + random.integer(0, 23 * 60) * MINUTE_MS;
  const isCross = random.chance(0.15);
  const isOpen = !isCross && random.chance(0.03);
  const innerToMs = isCross ? innerFromMs : isOpen ? null : innerFromMs + random.integer(60, 2_400) * 1_000;
  const end = innerToMs === null || random.chance(0.05) ? null : innerToMs + random.integer(1, 240) * 1_000;
  return {
    kind: isCross ? 'cross' : 'visit',
    unit: random.pick(plan.units).id,
    place,
    innerFromMs,
    innerToMs,
    outerFromMs: random.chance(0.05) ? null : innerFromMs - random.integer(1, 240) * 1_000,
    outerToMs: end,
    fromHole: false,
    toHole: false,
  };
}

function randomSpans(random: Random, [fromMs = 0, toMs = 0]: Intervals, most: number, minutes: number): Intervals {
  const spans = Array.from({ length: random.integer(0, most) }, (): DaySpan => {
    const from = fromMs + random.integer(0, (toMs - fromMs) / MINUTE_MS) * MINUTE_MS;
    return [from, Math.min(toMs, from + random.integer(1, minutes) * MINUTE_MS)];
  });
  return normalise(spans);
}

function madeAlerts(random: Random, plan: CompiledPlan, fromMs: number): AlertVersion[] {
  return Array.from({ length: random.integer(5, 60) }, (_, i) => {
    const atMs = fromMs + random.integer(7 * 60, 20 * 60) * MINUTE_MS;
    const alertId = `checkpoint-gap:a${i}:${atMs}:1-0`;
    const place = random.pick(plan.places).id;
    const raised = madeVersion({
      alertId,
      place,
      atMs,
      fromMs: atMs - 10 * MINUTE_MS,
      subject: { kind: 'place', id: place },
    });
    const more: AlertVersion[] = [];
    if (random.chance(0.7))
      more.push({
        ...raised,
        version: 2,
        change: 'acknowledged',
        acknowledged: true,
        atMs: atMs + random.integer(10, 900) * 1_000,
      });
    if (random.chance(0.1)) more.push({ ...raised, version: 3, change: 'retracted', condition: 'retracted' });
    return [raised, ...more];
  })
    .sort((a, b) => (a[0]?.atMs ?? 0) - (b[0]?.atMs ?? 0))
    .flat();
}

/** A version of a checkpoint gap, raised and open, but for what the test says. */
export function madeVersion(fields: Partial<AlertVersion>): AlertVersion {
  return alert(1, { alertId: 'checkpoint-gap:square:0:1-0', rule: 'checkpoint-gap', ruleId: 'posts', ...fields });
}
