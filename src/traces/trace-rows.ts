import { pointOf } from '../engine/track/points.js';
import { sigmaM } from '../engine/track/sigma.js';
import type { LoggedFix } from '../log/fix-history.js';
import { MAX_FENCE_SIGMA_M } from '../model/limits.js';
import { formatLogId } from '../model/log-id.js';
import { E7 } from '../model/position.js';
import type { FixQuality, TraceFix, TraceHole, TraceRow } from '../model/trace.js';
import type { Instant } from './instants.js';
import type { UnitStretch } from './unit-stretches.js';

/** Where a reader of a trace stands: it has every row of this unit up to this instant, and all of the units before it. */
export interface TracePlace {
  readonly unit: string;
  /** Event time, ms; the end of the range: the unit is done. */
  readonly atMs: number;
  /** The unit's last usable position up to there, or null: none in the range. */
  readonly positionMs: number | null;
}

/** Rows that belong together, and where a reader stands who has taken them. */
export interface TraceStep {
  readonly rows: readonly TraceRow[];
  readonly place: TracePlace;
}

export interface TraceRange {
  /** As `unitStretches` makes them. */
  readonly stretches: readonly UnitStretch[];
  /** Event times `[fromMs, toMs)`; `toMs` is not in the future. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The units that are asked for, sorted: one without a stretch or a fix is one hole. */
  readonly units: readonly string[];
  /** Where the page before ended: its unit is one of `units`. */
  readonly after: TracePlace | null;
}

/** What is left of stretches behind a place. */
export function stretchesBehind(stretches: readonly UnitStretch[], after: TracePlace | null): readonly UnitStretch[] {
  if (after === null) return stretches;
  return stretches.flatMap((stretch) => {
    if (stretch.unit < after.unit) return [];
    const fromMs = stretch.unit === after.unit ? Math.max(stretch.fromMs, after.atMs + 1) : stretch.fromMs;
    return fromMs < stretch.toMs ? [{ ...stretch, fromMs }] : [];
  });
}

/** Turns the instants of a reading into the rows of a trace, a step an instant. */
export async function* traceSteps(
  range: TraceRange,
  instants: AsyncIterable<readonly Instant[]>,
): AsyncGenerator<TraceStep> {
  const trace = new Trace(range);
  for await (const some of instants) {
    for (const one of some) {
      yield* trace.upToUnit((range.stretches[one.stretch] as UnitStretch).unit);
      yield trace.take(one);
    }
  }
  yield* trace.upToUnit(null);
}

/** Walks over the units in order, and knows the last usable position of the one where it stands. */
class Trace {
  readonly #range: TraceRange;
  readonly #silence: ReadonlyMap<string, number>;
  /** Into `units`. */
  #unit: number;
  #positionMs: number | null;

  constructor(range: TraceRange) {
    const { units, after, stretches, toMs } = range;
    this.#range = range;
    const isDone = after !== null && after.atMs >= toMs;
    this.#unit = after === null ? 0 : units.indexOf(after.unit) + Number(isDone);
    this.#positionMs = isDone ? null : (after?.positionMs ?? null);
    this.#silence = new Map(stretches.map(({ unit, silentAfterMs }) => [unit, silentAfterMs]));
  }

  /** Ends every unit before this one; null: all of them. */
  *upToUnit(unit: string | null): Generator<TraceStep> {
    const { units, toMs } = this.#range;
    for (; this.#unit < units.length && units[this.#unit] !== unit; this.#unit += 1) {
      const ended = units[this.#unit] as string;
      const rows = this.#holeUpTo(ended, toMs, this.#silence.get(ended) ?? 0);
      yield { rows, place: { unit: ended, atMs: toMs, positionMs: this.#positionMs } };
      this.#positionMs = null;
    }
  }

  take({ stretch, atMs, fixes, conflict }: Instant): TraceStep {
    const { unit, silentAfterMs, ...rest } = this.#range.stretches[stretch] as UnitStretch;
    const rows = fixes.map((one) => traceFix(one, { unit, conflict, ...rest }));
    const isPosition = rows.some(({ quality }) => quality === 'precise' || quality === 'vague');
    const hole = isPosition ? this.#holeUpTo(unit, atMs, silentAfterMs) : [];
    if (isPosition) this.#positionMs = atMs;
    return { rows: [...hole, ...rows], place: { unit, atMs, positionMs: this.#positionMs } };
  }

  #holeUpTo(unit: string, toMs: number, silentAfterMs: number): TraceHole[] {
    const fromMs = this.#positionMs ?? this.#range.fromMs;
    return toMs - fromMs > silentAfterMs ? [{ type: 'hole', unit, fromMs, toMs }] : [];
  }
}

function traceFix(
  { fix, logId }: LoggedFix,
  { unit, tracker, area, conflict }: Pick<UnitStretch, 'unit' | 'tracker' | 'area'> & { readonly conflict: boolean },
): TraceFix {
  const point = pointOf(fix, area);
  return {
    type: 'fix',
    unit,
    tracker,
    eventTimeMs: fix.eventTimeMs,
    lng: scaled(fix.position?.lngE7 ?? null, E7),
    lat: scaled(fix.position?.latE7 ?? null, E7),
    sigmaM: fix.position === null ? null : sigmaM(fix),
    quality: typeof point === 'string' ? point : qualityOf(point.sigmaM),
    conflict,
    altitudeM: scaled(fix.altitudeDm, 10),
    speedMps: scaled(fix.speedCmps, 100),
    courseDeg: scaled(fix.courseCdeg, 100),
    located: fix.located,
    satellites: fix.satellites,
    beidouSatellites: fix.beidouSatellites,
    hdop: scaled(fix.hdopCenti, 100),
    accuracyM: scaled(fix.accuracyDm, 10),
    power: fix.power,
    batteryPercent: fix.batteryPercent,
    ignition: fix.ignition,
    lightbar: fix.lightbar,
    sos: fix.sos,
    backfill: fix.backfill,
    logId: formatLogId(logId),
  };
}

function qualityOf(sigma: number): FixQuality {
  return sigma > MAX_FENCE_SIGMA_M ? 'vague' : 'precise';
}

function scaled(value: number | null, unitsPerOne: number): number | null {
  return value === null ? null : value / unitsPerOne;
}
