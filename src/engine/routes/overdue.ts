import type { AlertEvidence } from '../../model/alert.js';
import { firstEndingAfter, normalise, subtract } from '../../model/intervals.js';
import type { Intervals, RoutePassRule } from '../../model/plan.js';
import { earlier } from '../agenda/instants.js';
import type { Episode } from '../alerts/episodes.js';
import { dueUnder, type LimitInForce } from '../plan/limits-over.js';
import type { PresenceSpan } from '../presence/presence.js';
import { judgedFromMs, type OutageInput } from '../agenda/after-outage.js';
import { type RouteCells, segmentBoundsM } from './cells.js';
import { type RouteHit, RouteLedger, type RouteSeen, type SegmentSeen, seenMs } from './seen.js';

/** One line of a route, as long as plans have it. */
export interface WatchInput extends OutageInput {
  readonly line: string;
  readonly cells: RouteCells;
  /** What is asked about ends here: the engine's clock, or an instant before which all is to be forgotten. */
  readonly nowMs: number;
  /** Before this all is forgotten but for `remembered`. */
  readonly sinceMs: number;
  readonly remembered: RememberedWatch | null;
  /** When the rule binds for the route while it has this line. */
  readonly binds: Intervals;
  readonly limits: readonly LimitInForce<RoutePassRule>[];
  /** From `sinceMs` on, by (time, cell, unit, kind). */
  readonly hits: readonly RouteHit[];
  /** When units that count may have been on it unseen: at the places of hits that may have been, as the instant of it. In no order. */
  readonly doubts: () => readonly PresenceSpan[];
}

/** What remains known of a route when all that was before an instant is forgotten. */
export interface RememberedWatch {
  readonly seen: RouteSeen;
  /** The overdue time that goes on then; null: none does. */
  readonly overdue: OverdueSoFar | null;
  /** Until when somebody may have been there unseen; 0: nobody. */
  readonly unseenToMs: number;
  /** Who may have been there in the time that still matters, and until when; by unit. */
  readonly doubts: readonly { readonly unit: string; readonly toMs: number }[];
}

interface OverdueSoFar {
  readonly fromMs: number;
  /** It was sure at some time in it. */
  readonly wasSure: boolean;
}

export interface WatchFinding {
  readonly episodes: readonly Episode[];
  readonly nextMs: number | null;
  readonly dueMs: number | null;
  /** What was seen up to `nowMs`. */
  readonly ledger: RouteLedger;
  readonly overdue: OverdueSoFar | null;
}

/**
 * Routes that are overdue: in a binding window a segment was not seen for `everyMs`, or no pass was completed for so long. The window's
 * opening starts both counts anew. The time begins when that is so, is raised when it has lasted for the grace, and ends when all segments
 * have been seen, and a pass was completed, within `everyMs`. It is `uncovered` while nobody may have seen the stretch in doubt for as long.
 */
export function watchRoute(input: WatchInput): WatchFinding {
  const { nowMs, binds, sinceMs, hits } = input;
  const ledger = new RouteLedger(input.line, input.cells, input.remembered?.seen ?? null);
  const found: Episode[] = [];
  let nextMs: number | null = null;
  let dueMs: number | null = null;
  let overdue: OverdueSoFar | null = null;
  let next = 0;
  const take = (untilMs: number): void => {
    for (; next < hits.length && (hits[next] as RouteHit).atMs < untilMs; next += 1) ledger.add(hits[next] as RouteHit);
  };
  for (let i = firstEndingAfter(binds, sinceMs - 1); i < binds.length; i += 2) {
    const [opensMs, closesMs] = [binds[i] as number, binds[i + 1] as number];
    if (opensMs > nowMs) {
      nextMs = earlier(nextMs, opensMs);
      break;
    }
    const startMs = Math.max(opensMs, Math.min(sinceMs, closesMs));
    take(startMs);
    const watch = new Watch(input, ledger, opensMs, startMs, found);
    const endMs = Math.min(closesMs, nowMs + 1);
    for (; next < hits.length && (hits[next] as RouteHit).atMs < endMs; next += 1) watch.take(hits[next] as RouteHit);
    if (nowMs < closesMs) {
      const open = watch.goOn();
      nextMs = earlier(earlier(nextMs, closesMs), open.nextMs);
      ({ dueMs, overdue } = open);
    } else watch.close(closesMs);
  }
  take(nowMs + 1);
  const ahead = hits[next];
  if (ahead !== undefined) nextMs = earlier(nextMs, ahead.atMs);
  return { episodes: found, nextMs, dueMs, ledger, overdue };
}

/** What remains known when all that was before an instant is forgotten. */
export function rememberWatch(input: WatchInput, cutoffMs: number): RememberedWatch {
  const { binds, hits, limits, remembered } = input;
  const { ledger, overdue } = watchRoute({
    ...input,
    nowMs: cutoffMs,
    // What ends with a window at that very instant is still to be told.
    binds: binds.map((ms, i) => (i % 2 === 1 && ms === cutoffMs ? ms + 1 : ms)),
    hits: hits.filter(({ atMs }) => atMs < cutoffMs),
  });
  const longest = (of: (rule: RoutePassRule) => number): number => Math.max(0, ...limits.map(({ rule }) => of(rule)));
  let unseenToMs = remembered?.unseenToMs ?? 0;
  const lastMs = new Map<string, number>();
  const oldestMs = cutoffMs - longest(({ everyMs }) => everyMs);
  const before = (remembered?.doubts ?? []).map(({ unit, toMs }) => ({ unit, fromMs: toMs, toMs }));
  for (const { unit, fromMs, toMs } of [...before, ...input.doubts()]) {
    if (fromMs >= cutoffMs) continue;
    if (toMs > fromMs) unseenToMs = Math.max(unseenToMs, Math.min(toMs, cutoffMs));
    if (toMs < oldestMs) continue;
    lastMs.set(unit, Math.max(lastMs.get(unit) ?? 0, Math.min(toMs, cutoffMs)));
  }
  const doubts = [...lastMs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([unit, toMs]) => ({ unit, toMs }));
  return {
    seen: ledger.dump(
      cutoffMs,
      longest(({ passWithinMs }) => passWithinMs),
    ),
    overdue,
    unseenToMs,
    doubts,
  };
}

/** What is late at an instant. */
interface Late {
  /** Since when the oldest segment was not seen, or no pass was completed, whichever is longer ago. */
  readonly sinceMs: number;
  /** The same if whoever may have been there was: by hits alone. */
  readonly atMostSinceMs: number;
  readonly segment: number;
  readonly isPass: boolean;
}

/** An overdue time so far. */
interface Running {
  readonly fromMs: number;
  readonly limit: LimitInForce<RoutePassRule>;
  /** When it is raised. */
  readonly dueMs: number;
  wasSure: boolean;
}

/** One binding window, from the first hit to the last. */
class Watch {
  readonly #input: WatchInput;
  readonly #ledger: RouteLedger;
  readonly #opensMs: number;
  readonly #found: Episode[];
  #cursorMs: number;
  #late: Late;
  #running: Running | null = null;

  constructor(input: WatchInput, ledger: RouteLedger, opensMs: number, startMs: number, found: Episode[]) {
    this.#input = input;
    this.#ledger = ledger;
    this.#opensMs = opensMs;
    this.#found = found;
    this.#cursorMs = startMs;
    this.#late = this.#look();
    const before = opensMs < startMs ? (input.remembered?.overdue ?? null) : null;
    const limit = dueUnder(input.limits, this.#late.sinceMs)?.limit;
    if (before !== null && limit !== undefined)
      this.#running = { ...before, limit, dueMs: this.#dueMs(before.fromMs, limit) };
  }

  take(hit: RouteHit): void {
    this.#advance(hit.atMs);
    const running = this.#running;
    const seen = running === null ? {} : this.#evidence(hit.atMs);
    if (!this.#ledger.add(hit)) return;
    const late = this.#look();
    if (running !== null && late.sinceMs !== this.#late.sinceMs) {
      const due = dueUnder(this.#input.limits, late.sinceMs);
      const isOver = due === null || this.#fromMs(due) > hit.atMs;
      const by = { ending: 'arrival', byUnit: hit.unit, byEventTimeMs: hit.atMs } as const;
      if (isOver) this.#end(running, hit.atMs, { ...seen, ...by });
    }
    this.#late = late;
  }

  close(atMs: number): void {
    this.#advance(atMs);
    if (this.#running !== null) this.#end(this.#running, atMs, { ...this.#evidence(atMs), ending: 'window' });
  }

  /** The window is open at the engine's clock. */
  goOn(): { readonly nextMs: number | null; readonly dueMs: number | null; readonly overdue: OverdueSoFar | null } {
    const { nowMs } = this.#input;
    this.#advance(nowMs);
    const running = this.#running;
    if (running === null) {
      const due = dueUnder(this.#input.limits, this.#late.sinceMs);
      const dueMs = due === null ? null : this.#dueMs(this.#fromMs(due), due.limit);
      return { nextMs: dueMs, dueMs, overdue: null };
    }
    const { fromMs, wasSure, dueMs } = running;
    const overdue = { fromMs, wasSure };
    if (dueMs > nowMs) return { nextMs: dueMs, dueMs, overdue };
    const { everyMs } = running.limit.rule;
    const sure = this.#sureUntil(nowMs);
    const sureFromMs = sure.at(-1) === nowMs ? (sure.at(-2) as number) : nowMs;
    const isSure = nowMs - sureFromMs >= everyMs;
    this.#found.push(this.#episode(running, null, isSure, sureFromMs < nowMs ? { sureSinceMs: sureFromMs } : {}));
    return { nextMs: isSure ? null : sureFromMs + everyMs, dueMs, overdue };
  }

  /** Brings the time up to an instant, what was seen being what it is. */
  #advance(toMs: number): void {
    const due = dueUnder(this.#input.limits, this.#late.sinceMs);
    if (due !== null && this.#running === null) {
      const fromMs = Math.max(this.#fromMs(due), this.#cursorMs);
      if (fromMs < toMs || (fromMs === toMs && toMs === this.#input.nowMs))
        this.#running = { fromMs, limit: due.limit, dueMs: this.#dueMs(fromMs, due.limit), wasSure: false };
    }
    const running = this.#running;
    if (running !== null && !running.wasSure) {
      const { everyMs } = running.limit.rule;
      const sure = this.#sureUntil(toMs);
      for (let i = 0; i < sure.length; i += 2) {
        const [fromMs, untilMs] = [sure[i] as number, sure[i + 1] as number];
        if (untilMs >= running.fromMs && untilMs - fromMs >= everyMs) running.wasSure = true;
      }
    }
    this.#cursorMs = Math.max(this.#cursorMs, toMs);
  }

  #end(running: Running, toMs: number, more: AlertEvidence): void {
    this.#running = null;
    if (toMs < running.dueMs || toMs < this.#input.sinceMs || this.#input.nowMs < running.dueMs) return;
    this.#found.push(this.#episode(running, toMs, running.wasSure, more));
  }

  /** When the time begins, without its grace. */
  #fromMs({ dueMs, limit }: { readonly dueMs: number; readonly limit: LimitInForce<RoutePassRule> }): number {
    return Math.max(limit.fromMs, dueMs - limit.rule.graceMs);
  }

  #dueMs(fromMs: number, { rule }: LimitInForce<RoutePassRule>): number {
    return judgedFromMs(fromMs - rule.everyMs, fromMs + rule.graceMs, this.#input);
  }

  #look(): Late {
    const { segments, lastPass, maybeMs } = this.#ledger;
    const since = (ms: number): number => Math.max(this.#opensMs, ms);
    let [segment, segmentMs, atMostMs] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const [i, one] of segments.entries()) {
      const ms = since(seenMs(one));
      if (ms < segmentMs) [segment, segmentMs] = [i, ms];
      atMostMs = Math.min(atMostMs, since(Math.max(seenMs(one), one.maybeMs)));
    }
    const passMs = since(lastPass?.toMs ?? 0);
    return {
      sinceMs: Math.min(segmentMs, passMs),
      atMostSinceMs: Math.min(atMostMs, Math.max(passMs, maybeMs)),
      segment,
      isPass: passMs < segmentMs,
    };
  }

  /** Up to an instant: when it was sure that nobody can have seen what is late, flat. */
  #sureUntil(toMs: number): readonly number[] {
    const { remembered, outages } = this.#input;
    const fromMs = Math.min(this.#late.atMostSinceMs, toMs);
    const pairs: [number, number][] = outages.map((outage): [number, number] => [outage.fromMs, outage.toMs]);
    for (const span of this.#input.doubts()) if (span.toMs > span.fromMs) pairs.push([span.fromMs, span.toMs]);
    pairs.push([0, remembered?.unseenToMs ?? 0]);
    return subtract([fromMs, toMs], normalise(pairs));
  }

  #episode(running: Running, toMs: number | null, isSure: boolean, more: AlertEvidence): Episode {
    const { rule, planVersion } = running.limit;
    const endMs = toMs ?? this.#input.nowMs;
    const maybe = isSure ? [] : this.#whoMayBe(Math.max(this.#late.sinceMs, endMs - rule.everyMs), endMs);
    return {
      fromMs: running.fromMs,
      toMs,
      certainty: isSure ? 'uncovered' : 'unknown',
      evidence: {
        ...(toMs === null ? this.#evidence(endMs) : {}),
        ...more,
        ...(maybe.length === 0 ? {} : { possibleUnits: maybe }),
        thresholdMs: rule.everyMs,
        graceMs: rule.graceMs,
        planVersion,
      },
    };
  }

  #whoMayBe(fromMs: number, toMs: number): readonly string[] {
    const units = this.#input
      .doubts()
      .filter((span) => span.toMs >= fromMs && span.fromMs < toMs)
      .map(({ unit }) => unit);
    for (const one of this.#input.remembered?.doubts ?? []) if (one.toMs >= fromMs) units.push(one.unit);
    return [...new Set(units)].sort();
  }

  /** What was seen of the route at an instant, by what is late then. */
  #evidence(atMs: number): AlertEvidence {
    const due = dueUnder(this.#input.limits, this.#late.sinceMs);
    if (due === null) return {};
    const { rule } = due.limit;
    const { segments, lastPass } = this.#ledger;
    const countsMs = Math.max(this.#opensMs, atMs - rule.everyMs);
    const share = (of: (one: SegmentSeen) => number): number =>
      Math.floor((segments.filter((one) => of(one) > countsMs).length * 100) / segments.length);
    const oldest = segments[this.#late.segment] as SegmentSeen;
    const seenAtMs = seenMs(oldest);
    return {
      ...(oldest.unit === null ? {} : { lastUnit: oldest.unit, lastSeenMs: seenAtMs }),
      routePass: {
        late: this.#late.isPass ? 'pass' : 'segment',
        coveredPercent: share(seenMs),
        observedPercent: share(({ observedMs }) => observedMs),
        ...segmentBoundsM(this.#input.cells, this.#late.segment),
        ...(oldest.unit === null ? {} : { direction: oldest.isForward ? 'forward' : 'backward' }),
        passWithinMs: rule.passWithinMs,
        ...(lastPass === null
          ? {}
          : {
              lastPass: {
                unit: lastPass.unit,
                endedMs: lastPass.toMs,
                direction: lastPass.isForward ? 'forward' : 'backward',
                observedPercent: lastPass.observedPercent,
              },
            }),
      },
    };
  }
}
