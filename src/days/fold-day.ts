import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FoldCounts, isPrecise } from '../engine/day-view.js';
import { FOLD_VERSION } from '../engine/state.js';
import {
  DAY_RECORD_FORMAT,
  type DayAlert,
  type DayFixes,
  type DayPlan,
  type DayRecord,
  type DayTask,
  type DayUnit,
} from '../model/day-record.js';
import type { FixFlag } from '../model/fix.js';
import { intersect, normalise, pairsOf } from '../model/intervals.js';
import { HORIZON_MS } from '../model/limits.js';
import type { TaskEntry } from '../model/log-entry.js';
import type { CompiledPlan, Intervals, PlanUnit } from '../model/plan.js';
import { silentAfterMs } from '../model/silence.js';
import type { DayEvents, TrackedFix } from './day-events.js';
import { DayFold, type FoldedInstant } from './day-fold.js';
import { DayPresence } from './day-presence.js';
import { TrackerWords } from './day-silences.js';

/** The event loop goes round after so many fixes. */
const INSTANTS_A_TURN = 500;

/** A day as it was folded. */
export interface FoldedDay {
  readonly record: DayRecord;
  /** Event time that was folded: more than the day. */
  readonly foldedFromMs: number;
  readonly foldedToMs: number;
  /** What came too late for the live fold, by unit. */
  readonly late: ReadonlyMap<string, LateFixes>;
}

/** Fixes of a unit, measured in the day, of which no copy came within the horizon. */
export interface LateFixes {
  readonly fixes: number;
  /** The longest that one of them took, log time less event time, ms. */
  readonly mostLateMs: number;
}

/**
 * Folds the events of a day in the order of event time and says what the day came to. It gives the event loop a turn between fixes.
 * Rejects with the signal's reason.
 */
export async function foldDay(events: DayEvents, o: { readonly signal?: AbortSignal } = {}): Promise<FoldedDay> {
  const day = new Day(events);
  let instant: TrackedFix[] = [];
  let instants = 0;
  for await (const fixes of events.fixes) {
    for (const fix of fixes) {
      const [first] = instant;
      if (first !== undefined && (first.atMs !== fix.atMs || first.tracker !== fix.tracker)) {
        day.fixes(instant);
        instant = [];
        instants += 1;
        if (instants % INSTANTS_A_TURN === 0) await nextTurn(undefined, o);
      }
      instant.push(fix);
    }
    if (day.fold.isOver) break;
  }
  day.fixes(instant);
  return day.finish();
}

interface UnitTally {
  readonly words: TrackerWords;
  conflict: number;
  tooDense: number;
  late: number;
  mostLateMs: number;
}

/** What is gathered while a day is folded. */
class Day {
  readonly fold: DayFold;
  readonly #events: DayEvents;
  readonly #presence = new DayPresence();
  readonly #tallies = new Map<string, UnitTally>();
  readonly #tasks = new Map<string, TaskEntry>();
  #begin: ReadonlyMap<string, FoldCounts> = new Map();
  #end: ReadonlyMap<string, FoldCounts> = new Map();
  #unknownTrackerFixes = 0;
  readonly #rosters = new Map<CompiledPlan, ReadonlyMap<string, PlanUnit>>();
  #act = 0;

  constructor(events: DayEvents) {
    this.#events = events;
    for (const task of events.tasks) this.#tasks.set(task.taskId, task);
    this.fold = new DayFold(events, {
      stretch: (places, units) => this.#presence.add(places, units),
      counts: (at, counts) => {
        if (at === 'begin') this.#begin = counts;
        else this.#end = counts;
      },
    });
  }

  /** One tracker's fixes of one instant; acts and the clock come before them. */
  fixes(copies: readonly TrackedFix[]): void {
    const [first] = copies;
    if (first === undefined) return;
    this.#goTo(first.atMs);
    if (this.fold.isOver) return;
    this.#take(first, this.fold.fixes(copies));
  }

  #goTo(atMs: number): void {
    const { acts } = this.#events;
    for (let act = acts[this.#act]; act !== undefined && act.atMs <= atMs; act = acts[this.#act]) {
      this.fold.advanceTo(act.atMs);
      if (this.fold.isOver) return;
      if (act.entry.kind === 'task') this.#tasks.set(act.entry.taskId, act.entry);
      this.fold.act(act);
      this.#act += 1;
    }
    this.fold.advanceTo(atMs);
  }

  #take({ tracker, atMs }: TrackedFix, { fix, firstAtMs, conflict, tooDense }: FoldedInstant): void {
    const plan = planAt(this.fold.plans, atMs);
    const unit = plan === undefined ? undefined : this.#unitByTracker(plan).get(tracker);
    const isOfDay = atMs >= this.#events.fromMs && atMs < this.#events.toMs;
    if (plan === undefined || unit === undefined) {
      if (isOfDay && fix !== null) this.#unknownTrackerFixes += 1;
      return;
    }
    const tally = this.#tallyOf(unit.id);
    tally.words.hear({
      atMs,
      silentMs: silentAfterMs(unit.expectedIntervalMs),
      isPrecise: fix !== null && isPrecise(fix, plan),
      power: fix?.power ?? null,
    });
    if (!isOfDay || fix === null) return;
    tally.conflict += conflict;
    tally.tooDense += tooDense;
    if (firstAtMs - atMs <= HORIZON_MS) return;
    tally.late += 1;
    tally.mostLateMs = Math.max(tally.mostLateMs, firstAtMs - atMs);
  }

  #unitByTracker(plan: CompiledPlan): ReadonlyMap<string, PlanUnit> {
    const known = this.#rosters.get(plan) ?? new Map(plan.units.map((unit) => [unit.tracker, unit]));
    this.#rosters.set(plan, known);
    return known;
  }

  #tallyOf(unit: string): UnitTally {
    const known = this.#tallies.get(unit);
    if (known !== undefined) return known;
    const words = new TrackerWords(this.#events.startMs);
    const tally = { words, conflict: 0, tooDense: 0, late: 0, mostLateMs: 0 };
    this.#tallies.set(unit, tally);
    return tally;
  }

  /** What comes after the last fix, until nothing can change the day. */
  finish(): FoldedDay {
    this.#goTo(Number.MAX_SAFE_INTEGER);
    const { district, day, timeZone, fromMs, toMs } = this.#events;
    const plans = plansOf(this.fold.plans, fromMs, toMs);
    const outages = this.#outages();
    const alerts = this.fold.findings.alertsOf(fromMs, toMs);
    const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
    const places = lastOfEach(plans.map(({ places: all }) => all)).sort(byId);
    const units = lastOfEach(plans.map(({ units: all }) => all)).sort(byId);
    const record: DayRecord = {
      format: DAY_RECORD_FORMAT,
      district,
      day,
      timeZone,
      fromMs,
      toMs,
      foldVersion: FOLD_VERSION,
      plans: plans.map((plan, i) => dayPlan(plan, plans[i + 1], this.#events)),
      outages: pairsOf(outages),
      places: places.map((place) => this.#presence.placeOf(place, outages)),
      units: units.map((unit) => this.#unitOf(unit, outages, alerts)),
      visits: this.fold.findings.visitsOf(fromMs, toMs),
      alerts,
      unknownTrackerFixes: this.#unknownTrackerFixes,
    };
    const late = [...this.#tallies].filter(([, tally]) => tally.late > 0);
    return {
      record,
      foldedFromMs: this.#events.startMs,
      foldedToMs: this.fold.nowMs,
      late: new Map(late.map(([unit, { late: fixes, mostLateMs }]) => [unit, { fixes, mostLateMs }])),
    };
  }

  #outages(): Intervals {
    const { outages, fromMs, toMs } = this.#events;
    return intersect(normalise(outages.map((outage): [number, number] => [outage.fromMs, outage.toMs])), [
      fromMs,
      toMs,
    ]);
  }

  #unitOf({ id, kind, group, expectedIntervalMs }: PlanUnit, outages: Intervals, alerts: readonly DayAlert[]): DayUnit {
    const { duty, outOfService } = this.#presence.dutyOf(id);
    const { words } = this.#tallyOf(id);
    words.end(this.fold.nowMs, silentAfterMs(expectedIntervalMs));
    return {
      unit: id,
      kind,
      group,
      expectedIntervalMs,
      duty: pairsOf(duty),
      outOfService: pairsOf(outOfService),
      silences: words.silences({ duty, outages, network: networkOutages(id, alerts, this.#events.toMs) }),
      tasks: this.#tasksOf(id),
      fixes: this.#fixesOf(id),
    };
  }

  #tasksOf(unit: string): DayTask[] {
    const { fromMs, toMs } = this.#events;
    return [...this.#tasks.values()]
      .filter((task) => task.units.includes(unit) && task.fromMs < toMs && (task.toMs ?? toMs) > fromMs)
      .map((task) => ({
        taskId: task.taskId,
        task: task.task,
        fromMs: Math.max(task.fromMs, fromMs),
        toMs: Math.min(task.toMs ?? toMs, toMs),
      }))
      .sort((a, b) => a.fromMs - b.fromMs || (a.taskId < b.taskId ? -1 : 1));
  }

  #fixesOf(unit: string): DayFixes {
    const { conflict, tooDense } = this.#tallyOf(unit);
    const of = (field: keyof FoldCounts): number =>
      (this.#end.get(unit)?.[field] ?? 0) - (this.#begin.get(unit)?.[field] ?? 0);
    const flagged: Record<string, number> = {};
    const add = (flag: FixFlag, count: number): void => {
      if (count > 0) flagged[flag] = count;
    };
    add('conflict', conflict);
    add('too-dense', tooDense);
    add('null-island', of('nullIsland'));
    add('no-position', of('noPosition'));
    add('not-located', of('notLocated'));
    add('out-of-area', of('outOfArea'));
    add('too-vague', of('tooVague'));
    add('outlier', of('outlier'));
    return { admitted: of('admitted'), flagged };
  }
}

/** When the trackers' network was out for a unit. */
function networkOutages(unit: string, alerts: readonly DayAlert[], untilMs: number): Intervals {
  const named = alerts.filter(({ rule, evidence }) => rule === 'network-outage' && evidence.units?.includes(unit));
  return normalise(
    named.flatMap(({ episodes }) => episodes.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs ?? untilMs])),
  );
}

/** The plan in force at an event time: before the first one, the first. */
function planAt(plans: readonly CompiledPlan[], atMs: number): CompiledPlan | undefined {
  return plans.findLast(({ inForceFromMs }) => inForceFromMs <= atMs) ?? plans[0];
}

/** Plans that were in force in the day, oldest first. */
function plansOf(plans: readonly CompiledPlan[], fromMs: number, toMs: number): CompiledPlan[] {
  const first = planAt(plans, fromMs);
  return plans.filter((plan) => plan === first || (plan.inForceFromMs > fromMs && plan.inForceFromMs < toMs));
}

function dayPlan(
  plan: CompiledPlan,
  next: CompiledPlan | undefined,
  { fromMs, toMs }: Pick<DayEvents, 'fromMs' | 'toMs'>,
): DayPlan {
  const { version, inForceFromMs, sourceSha256 } = plan;
  return { version, fromMs: Math.max(fromMs, inForceFromMs), toMs: next?.inForceFromMs ?? toMs, sourceSha256 };
}

/** What the plans name, each as the last that has it says. */
function lastOfEach<Item extends { readonly id: string }>(lists: readonly (readonly Item[])[]): Item[] {
  return [...new Map(lists.flat().map((item) => [item.id, item])).values()];
}
