import { ROUTE_PASS_PERCENT } from '../../model/limits.js';
import { type CellHit, countCovered, type RouteCells, segmentSeenAt } from './cells.js';

/** A hit of a route by a unit that counts. */
export interface RouteHit extends CellHit {
  readonly unit: string;
  /** Whose hits make one pass: the unit, or its group. */
  readonly runner: string;
  readonly passWithinMs: number;
}

/** When a segment was seen last, event times; 0: never. */
export interface SegmentSeen {
  readonly observedMs: number;
  readonly inferredMs: number;
  readonly maybeMs: number;
  /** Who saw it last, and which way it drove. */
  readonly unit: string | null;
  readonly isForward: boolean;
}

/** A pass along a route: a fact of event time. */
export interface RoutePass {
  /** Who completed it, and whose hits it is made of. */
  readonly unit: string;
  readonly runner: string;
  /** The first hit that it counts, and the one that completed it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly isForward: boolean;
  readonly coveredPercent: number;
  /** How much of the route was observed; the rest of what is covered is inferred. */
  readonly observedPercent: number;
}

/** What whoever is on a route has passed since its last pass, by cell: event times, 0: not. */
export interface RunnerSeen {
  readonly runner: string;
  readonly observedMs: readonly number[];
  readonly inferredMs: readonly number[];
}

/** What was seen of a route up to an instant. */
export interface RouteSeen {
  readonly line: string;
  readonly segments: readonly SegmentSeen[];
  /** By runner. */
  readonly runners: readonly RunnerSeen[];
  readonly lastPass: RoutePass | null;
  /** The last hit that may have been; 0: none. */
  readonly maybeMs: number;
}

const NEVER: SegmentSeen = { observedMs: 0, inferredMs: 0, maybeMs: 0, unit: null, isForward: true };

export function seenMs({ observedMs, inferredMs }: SegmentSeen): number {
  return Math.max(observedMs, inferredMs);
}

interface Runner {
  readonly observedMs: number[];
  readonly inferredMs: number[];
  /** The end of its last pass, as far as hits from before it are kept; 0: none. */
  passedMs: number;
}

/** What was seen of a route, hit by hit in the order of time. */
export class RouteLedger {
  readonly #line: string;
  readonly #cells: RouteCells;
  readonly #segments: SegmentSeen[];
  readonly #runners = new Map<string, Runner>();
  #lastPass: RoutePass | null;
  #maybeMs: number;

  constructor(line: string, cells: RouteCells, before: RouteSeen | null) {
    this.#line = line;
    this.#cells = cells;
    const kept = before?.line === line ? before : null;
    this.#segments = kept === null ? new Array<SegmentSeen>(cells.segments).fill(NEVER) : [...kept.segments];
    for (const { runner, observedMs, inferredMs } of kept?.runners ?? [])
      this.#runners.set(runner, { observedMs: [...observedMs], inferredMs: [...inferredMs], passedMs: 0 });
    this.#lastPass = kept?.lastPass ?? null;
    this.#maybeMs = kept?.maybeMs ?? 0;
  }

  get segments(): readonly SegmentSeen[] {
    return this.#segments;
  }

  get lastPass(): RoutePass | null {
    return this.#lastPass;
  }

  get maybeMs(): number {
    return this.#maybeMs;
  }

  /** Answers whether it changes what was seen of a segment, or of the route as a whole. */
  add(hit: RouteHit): boolean {
    const { atMs, cell, kind } = hit;
    const segment = segmentSeenAt(cell);
    if (segment !== null) this.#segments[segment] = seenBy(this.#segments[segment] as SegmentSeen, hit);
    if (kind === 'maybe') {
      this.#maybeMs = Math.max(this.#maybeMs, atMs);
      return true;
    }
    const runner = this.#runner(hit.runner);
    const since = this.#countsAfterMs(runner, hit);
    const isNew = Math.max(runner.observedMs[cell] as number, runner.inferredMs[cell] as number) <= since;
    const list = kind === 'observed' ? runner.observedMs : runner.inferredMs;
    list[cell] = Math.max(list[cell] as number, atMs);
    return (isNew && this.#complete(runner, hit)) || segment !== null;
  }

  /** How far the runner that has covered most by now is, of those that are not older than they may be. Null: nobody has begun. */
  furthest(atMs: number, passWithinMs: number): { readonly runner: string; readonly coveredPercent: number } | null {
    let best: { readonly runner: string; readonly coveredPercent: number } | null = null;
    for (const [name, runner] of [...this.#runners].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const coveredPercent = this.#percent(runner, this.#countsAfterMs(runner, { atMs, passWithinMs }));
      if (coveredPercent > (best?.coveredPercent ?? 0)) best = { runner: name, coveredPercent };
    }
    return best;
  }

  /** What may still matter after an instant: hits that can count for no pass any more are left out. */
  dump(cutoffMs: number, passWithinMs: number): RouteSeen {
    const runners: RunnerSeen[] = [];
    for (const [runner, seen] of [...this.#runners].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const since = this.#countsAfterMs(seen, { atMs: cutoffMs, passWithinMs });
      const counting = (list: readonly number[]): number[] => list.map((ms) => (ms > since ? ms : 0));
      const [observedMs, inferredMs] = [counting(seen.observedMs), counting(seen.inferredMs)];
      if (observedMs.every((ms) => ms === 0) && inferredMs.every((ms) => ms === 0)) continue;
      runners.push({ runner, observedMs, inferredMs });
    }
    return { line: this.#line, segments: this.#segments, runners, lastPass: this.#lastPass, maybeMs: this.#maybeMs };
  }

  #runner(name: string): Runner {
    const known = this.#runners.get(name);
    if (known !== undefined) return known;
    const none = (): number[] => new Array<number>(this.#cells.cells).fill(0);
    const runner = { observedMs: none(), inferredMs: none(), passedMs: 0 };
    this.#runners.set(name, runner);
    return runner;
  }

  /** What is later than this counts for the pass that goes on. */
  #countsAfterMs({ passedMs }: Runner, { atMs, passWithinMs }: Pick<RouteHit, 'atMs' | 'passWithinMs'>): number {
    return Math.max(passedMs, atMs - passWithinMs - 1);
  }

  #percent({ observedMs, inferredMs }: Runner, since: number): number {
    const covered = countCovered(
      this.#cells,
      (cell) => (observedMs[cell] as number) > since || (inferredMs[cell] as number) > since,
    );
    return (covered * 100) / this.#cells.cells;
  }

  #complete(runner: Runner, hit: RouteHit): boolean {
    const since = this.#countsAfterMs(runner, hit);
    const percent = this.#percent(runner, since);
    if (percent < ROUTE_PASS_PERCENT) return false;
    const { observedMs, inferredMs } = runner;
    const times = observedMs.map((ms, cell) => Math.max(ms, inferredMs[cell] as number)).filter((ms) => ms > since);
    const observed = countCovered(this.#cells, (cell) => (observedMs[cell] as number) > since);
    runner.passedMs = hit.atMs;
    this.#lastPass = {
      unit: hit.unit,
      runner: hit.runner,
      fromMs: times.reduce((first, ms) => Math.min(first, ms)),
      toMs: hit.atMs,
      isForward: (times.at(-1) as number) >= (times[0] as number),
      coveredPercent: Math.floor(percent),
      observedPercent: Math.floor((observed * 100) / this.#cells.cells),
    };
    return true;
  }
}

function seenBy(before: SegmentSeen, { kind, atMs, unit, isForward }: RouteHit): SegmentSeen {
  if (kind === 'maybe') return { ...before, maybeMs: Math.max(before.maybeMs, atMs) };
  const by = atMs >= seenMs(before) ? { unit, isForward } : {};
  return kind === 'observed'
    ? { ...before, ...by, observedMs: Math.max(before.observedMs, atMs) }
    : { ...before, ...by, inferredMs: Math.max(before.inferredMs, atMs) };
}
