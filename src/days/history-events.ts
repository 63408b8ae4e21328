import { finalAfterPlansMs } from '../engine/day-view.js';
import { isNextPlan, NO_PLAN } from '../engine/plan/plans.js';
import type { LogHistory } from '../log/log-history.js';
import { BeatwatchError } from '../model/errors.js';
import { CLOCK_AHEAD_MS, OUTAGE_HOLE_MS } from '../model/limits.js';
import type { FixesEntry, LogEntry, TaskEntry, RosterEntry } from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import { standingPlans } from '../model/standing-plans.js';
import type { DayAct, DayEvents } from './day-events.js';
import { DayFixes } from './day-fixes.js';
import { type ActsBefore, EarlierActs } from './earlier-acts.js';
import type { LocalDay } from './local-day.js';
import { type TimedEntry, timedEntries } from './timed-entries.js';

/**
 * The fold of a day begins so long before it: what began earlier still, and went on, is known from there on. A multiple of the time
 * after which the fold forgets.
 */
export const LEAD_MS = 12 * 3_600_000;
/** The fold of a day goes on this long after its end, and `settlesAfterPlansMs` longer: nothing later can change what the day came to. */
const MARGIN_MS = 1_800_000;
/** Fixes that are held at once, about 200 MB. The log of a day with more is read again for each part of the day. */
const FIXES_AT_ONCE = 400_000;

export interface HistoryEventsOptions {
  readonly district: string;
  readonly day: LocalDay;
  /** Entries logged from here on are not looked at. */
  readonly readToMs: number;
  /** FIXES_AT_ONCE unless given. */
  readonly fixesAtOnce?: number;
  /** Plans and tasks of the log, kept from one day to the next; read for this day alone unless given. */
  readonly earlier?: EarlierActs;
}

/**
 * The events of a day, gathered from the district's log. Rejects as `LogHistory.read` does, and so does the reading of its fixes; code `day-incomplete`
 * when something of the day was deleted. Entries that cannot be decoded are left out, as the engine skips them.
 */
export async function historyEvents(history: LogHistory, o: HistoryEventsOptions): Promise<DayEvents> {
  const { readToMs, fixesAtOnce = FIXES_AT_ONCE, earlier = new EarlierActs() } = o;
  const startMs = o.day.fromMs - LEAD_MS;
  // E1: nothing that counts was measured this long before it was logged.
  const readFromMs = startMs - CLOCK_AHEAD_MS;
  const gathered = new Gathered(startMs, readFromMs, await earlier.before(history, readFromMs));
  const fixes = new DayFixes({ history, startMs, readToMs, atOnce: fixesAtOnce });
  const { goneBeforeMs } = await history.read({
    fromMs: readFromMs,
    toMs: readToMs,
    visit: (entries) => {
      const timed = timedEntries(entries);
      gathered.add(timed);
      fixes.count(timed);
    },
  });
  refuseIncomplete(o.day, readFromMs, goneBeforeMs);
  const { acts, outages } = gathered;
  const plans = plansFrom(gathered.plans, startMs);
  const all = [...plans, ...acts.flatMap(({ entry }) => (entry.kind === 'plan' ? [entry.plan] : []))];
  const untilMs = o.day.toMs + MARGIN_MS + finalAfterPlansMs(all);
  return {
    ...o.day,
    district: o.district,
    startMs,
    plans,
    tasks: [...gathered.tasks.values()].filter(({ toMs }) => toMs === null || toMs > startMs),
    rosters: gathered.rosters.filter(({ toMs }) => toMs > startMs),
    acts,
    outages,
    fixes: fixes.until(untilMs),
  };
}

/** A record of what is left of a day would say that nobody was there. */
function refuseIncomplete({ day }: LocalDay, readFromMs: number, goneBeforeMs: number | null): void {
  if (goneBeforeMs === null || goneBeforeMs <= readFromMs) return;
  const [gone, from] = [goneBeforeMs, readFromMs].map((ms) => new Date(ms).toISOString());
  throw new BeatwatchError(
    'day-incomplete',
    `${day}: got a log that lacks some of what came before ${gone}, expected all from ${from} on`,
    { day },
  );
}

/** Plans that were in force at an instant or came into force later, each after the one before. */
function plansFrom(plans: readonly CompiledPlan[], atMs: number): CompiledPlan[] {
  const first = plans.findLastIndex(({ inForceFromMs }) => inForceFromMs <= atMs);
  return standingPlans(plans.slice(Math.max(0, first)));
}

class Gathered {
  /** Logged before `startMs`, as `tasks` and `rosters`. */
  readonly plans: CompiledPlan[];
  readonly tasks: Map<string, TaskEntry>;
  readonly rosters: RosterEntry[];
  readonly acts: DayAct[] = [];
  outages: { fromMs: number; toMs: number }[] = [];
  readonly #startMs: number;
  #lastMs: number;

  /** `readFromMs`: log time from which on all entries are added; `before`: what was logged earlier. */
  constructor(startMs: number, readFromMs: number, before: ActsBefore) {
    this.#startMs = startMs;
    this.#lastMs = readFromMs;
    this.plans = [...before.plans];
    this.tasks = new Map(before.tasks);
    this.rosters = [...before.rosters];
  }

  add(entries: readonly TimedEntry[]): void {
    for (const { atMs, entry } of entries) {
      this.#noteHole(atMs, entry);
      if (entry !== null) this.#take(entry, atMs);
    }
  }

  /** T3; after a `resume` the time that the log had run ahead is one. */
  #noteHole(atMs: number, entry: LogEntry | null): void {
    const fromMs = entry?.kind === 'resume' ? entry.sinceMs : this.#lastMs;
    this.#lastMs = atMs;
    // Before its first entry there was no log, and nobody to miss.
    if (entry?.kind === 'genesis') return;
    if (entry?.kind === 'resume') this.outages = this.outages.filter((outage) => outage.fromMs < fromMs);
    if (atMs - fromMs > OUTAGE_HOLE_MS && atMs > this.#startMs) this.outages.push({ fromMs, toMs: atMs });
  }

  #take(entry: LogEntry, atMs: number): void {
    const isBefore = atMs < this.#startMs;
    switch (entry.kind) {
      case 'plan':
        if (isBefore) this.#takePlan(entry.plan, atMs);
        else this.acts.push({ atMs, entry });
        return;
      case 'task':
        if (isBefore) this.tasks.set(entry.taskId, entry);
        else this.acts.push({ atMs, entry });
        return;
      case 'roster':
        if (isBefore) this.rosters.push(entry);
        else this.acts.push({ atMs, entry });
        return;
      case 'statement':
      case 'action':
        if (!isBefore) this.acts.push({ atMs, entry });
        return;
      case 'fixes':
        if (!isBefore) this.#takeRejected(entry, atMs);
        return;
      default:
        return;
    }
  }

  #takePlan(plan: CompiledPlan, atMs: number): void {
    if (isNextPlan(this.plans.at(-1) ?? NO_PLAN, plan, atMs)) this.plans.push(plan);
  }

  #takeRejected({ batches }: FixesEntry, atMs: number): void {
    for (const { tracker, reportId, rejected } of batches) {
      if (rejected.length === 0) continue;
      const entry = { kind: 'fixes', batches: [{ tracker, reportId, fixes: [], rejected }] } as const;
      this.acts.push({ atMs, entry });
    }
  }
}
