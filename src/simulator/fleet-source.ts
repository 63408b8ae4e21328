import type { Fix } from '../model/fix.js';
import type { CompiledPlan, PlanUnit } from '../model/plan.js';
import { createDrift, type DriftSample } from './drift.js';
import { DEFAULT_CLOCK_AHEAD_MS, type Fault, type FaultKind, type FaultOptions } from './faults.js';
import { shifted } from './ground.js';
import { type Path, stateAt } from './path.js';
import { createRandom, type Random } from './random.js';
import { receive } from './receiver.js';
import type { DueReport, DueWork, ReportSource } from './report-source.js';
import type { Span } from './spans.js';

export interface FleetSourceInput {
  readonly plan: CompiledPlan;
  readonly whole: Span;
  readonly paths: readonly Path[];
  readonly faults: readonly Fault[];
  readonly faultOptions: FaultOptions;
  readonly seed: number;
}

/** Share of the interval by which a report may be early or late. */
const JITTER = 0.04;
/** Stored fixes in one report, so that a frame stays small. */
const BACKLOG_FIXES = 200;

interface Unit {
  readonly unit: PlanUnit;
  readonly paths: readonly Path[];
  readonly faults: readonly Fault[];
  readonly phaseMs: number;
  /** Drift by ordinal of the report, drawn as far as was asked for. */
  readonly drift: DriftSample[];
  readonly nextDrift: (() => DriftSample) | null;
}

/**
 * What the fleet's trackers report. Report number k of a unit is at phase + k × interval, give or take a jitter of its own,
 * and everything in it is a function of the seed, the unit and k: any stretch of time can be asked for, again and again.
 */
export class FleetSource implements ReportSource {
  readonly #input: FleetSourceInput;
  readonly #units: readonly Unit[];

  constructor(input: FleetSourceInput) {
    this.#input = input;
    this.#units = input.plan.units.map((unit) => {
      const faults = input.faults.filter((fault) => fault.unit === unit.id);
      const drifts = faults.some(({ kind }) => kind === 'drift');
      return {
        unit,
        paths: input.paths.filter((path) => path.unit === unit.id),
        faults,
        phaseMs: createRandom(input.seed, 'phase', unit.id).integer(1, unit.expectedIntervalMs - 1),
        drift: [],
        nextDrift: drifts ? createDrift(createRandom(input.seed, 'drift', unit.id)) : null,
      };
    });
  }

  get fromMs(): number {
    return this.#input.whole.fromMs;
  }
  get toMs(): number {
    return this.#input.whole.toMs;
  }

  due(afterMs: number, untilMs: number): DueWork {
    const reports = this.#units.flatMap((unit) => this.#reportsOf(unit, afterMs, untilMs));
    const cuts = this.#input.faults.filter(
      ({ kind, fromMs }) => kind === 'dead-link' && fromMs > afterMs && fromMs <= untilMs,
    );
    return {
      reports: reports.sort((a, b) => a.atMs - b.atMs),
      cutLinks: [...new Set(cuts.map(({ tracker }) => tracker))].sort(),
      more: false,
    };
  }

  nextAfter(afterMs: number): number | null {
    let nextMs: number | null = null;
    for (const unit of this.#units) {
      const first = this.#firstLiveAfter(unit, afterMs);
      if (first !== null && (nextMs === null || first < nextMs)) nextMs = first;
    }
    return nextMs;
  }

  #firstLiveAfter(unit: Unit, afterMs: number): number | null {
    for (const path of unit.paths) {
      const fromMs = Math.max(afterMs, path.fromMs - 1);
      for (let k = this.#ordinal(unit, fromMs); ; k++) {
        const atMs = this.#instant(unit, k);
        if (atMs >= Math.min(path.toMs, this.toMs)) break;
        if (atMs > fromMs && this.#talks(unit, atMs)) return atMs;
      }
    }
    return null;
  }

  #reportsOf(unit: Unit, afterMs: number, untilMs: number): DueReport[] {
    const reports: DueReport[] = [];
    for (let k = this.#ordinal(unit, afterMs); ; k++) {
      const atMs = this.#instant(unit, k);
      if (atMs > untilMs || atMs >= this.toMs) return reports;
      if (atMs <= afterMs || !this.#talks(unit, atMs)) continue;
      const { tracker } = unit.unit;
      const again = createRandom(this.#input.seed, 'again', unit.unit.id, k);
      const share = this.#input.faultOptions.duplicates ?? 0;
      const repeats = again.chance(share) && k > 0 && this.#talks(unit, this.#instant(unit, k - 1));
      const fixes = this.#fixes(unit, repeats ? [k - 1, k] : [k], false);
      reports.push({ tracker, atMs, fixes });
      if (again.chance(share)) reports.push({ tracker, atMs, fixes });
      reports.push(...this.#storedBefore(unit, k).map((stored) => ({ tracker, atMs, fixes: stored })));
    }
  }

  /** The fixes stored in a stretch without a link that this report is the first after. */
  #storedBefore(unit: Unit, k: number): Fix[][] {
    const before = this.#instant(unit, k - 1);
    const fault = faultAt(unit, before, 'backlog');
    if (fault === null || faultAt(unit, this.#instant(unit, k), 'backlog') !== null) return [];
    const stored: number[] = [];
    for (let i = this.#ordinal(unit, fault.fromMs); i < k; i++) {
      if (faultAt(unit, this.#instant(unit, i), 'backlog') === fault) stored.push(i);
    }
    if ((this.#input.faultOptions.backlogOrder ?? 'newest-first') === 'newest-first') stored.reverse();
    const chunks: Fix[][] = [];
    for (let at = 0; at < stored.length; at += BACKLOG_FIXES) {
      chunks.push(this.#fixes(unit, stored.slice(at, at + BACKLOG_FIXES), true));
    }
    return chunks;
  }

  #fixes(unit: Unit, ordinals: readonly number[], backfill: boolean): Fix[] {
    return ordinals.flatMap((k) => {
      const fix = this.#fix(unit, k);
      return fix === null ? [] : [{ ...fix, backfill }];
    });
  }

  #fix(unit: Unit, k: number): Fix | null {
    const { plan, seed, faultOptions } = this.#input;
    const atMs = this.#instant(unit, k);
    const path = pathAt(unit, atMs);
    if (path === null || atMs <= this.fromMs) return null;
    const random = createRandom(seed, 'fix', unit.unit.id, k);
    const state = stateAt(plan.ruler, path, atMs);
    const aheadMs = faultAt(unit, atMs, 'clock') === null ? 0 : (faultOptions.clockAheadMs ?? DEFAULT_CLOCK_AHEAD_MS);
    const received = receive(plan.ruler, unit.unit.kind, state, atMs + aheadMs, random, driftOf(unit, k));
    const fix = { ...received, sos: faultAt(unit, atMs, 'sos') !== null };
    return random.chance(faultOptions.outliers ?? 0) ? thrown(plan, fix, random) : fix;
  }

  /** Whether the tracker is on, has a link and is not silent. */
  #talks(unit: Unit, atMs: number): boolean {
    return (
      pathAt(unit, atMs) !== null && faultAt(unit, atMs, 'silence') === null && faultAt(unit, atMs, 'backlog') === null
    );
  }

  /** An ordinal at or before the first report after the instant. */
  #ordinal(unit: Unit, afterMs: number): number {
    return Math.max(0, Math.floor((afterMs - this.fromMs - unit.phaseMs) / unit.unit.expectedIntervalMs) - 1);
  }

  #instant(unit: Unit, k: number): number {
    const { expectedIntervalMs, id } = unit.unit;
    const jitter = createRandom(this.#input.seed, 'jitter', id, k).between(-JITTER, JITTER);
    return this.fromMs + unit.phaseMs + k * expectedIntervalMs + Math.round(jitter * expectedIntervalMs);
  }
}

function pathAt(unit: Unit, atMs: number): Path | null {
  return unit.paths.find((path) => atMs >= path.fromMs && atMs < path.toMs) ?? null;
}

function faultAt(unit: Unit, atMs: number, kind: FaultKind): Fault | null {
  return unit.faults.find((fault) => fault.kind === kind && atMs >= fault.fromMs && atMs < fault.toMs) ?? null;
}

function driftOf(unit: Unit, k: number): DriftSample | null {
  if (unit.nextDrift === null) return null;
  while (unit.drift.length <= k) unit.drift.push(unit.nextDrift());
  return unit.drift[k] ?? null;
}

/** A position kilometres off, as a receiver gives after a cold start. */
function thrown(plan: CompiledPlan, fix: Fix, random: Random): Fix {
  if (fix.position === null) return fix;
  const eastM = random.between(3_000, 20_000) * (random.chance(0.5) ? 1 : -1);
  const northM = random.between(3_000, 20_000) * (random.chance(0.5) ? 1 : -1);
  return { ...fix, position: shifted(plan.ruler, fix.position, eastM, northM) };
}
