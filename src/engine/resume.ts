import type { AlertVersion } from '../model/alert.js';
import { parseAlertId } from '../model/alert-id.js';
import { formatLogId } from '../model/log-id.js';
import type { ResumeEntry } from '../model/log-entry.js';
import type { VisitVersion } from '../model/visit.js';
import { isOpen } from './lib/alert-states.js';
import { move } from './lib/alert-versions.js';
import { episodesToTell, type Occasion } from './lib/episodes.js';
import { planAt } from './lib/plans.js';
import { turnBack } from './lib/sos-calls.js';
import { createFold, type EngineState, type FoldCounts, type StandingAlert, type UnitState } from './state.js';

/** O1: a `resume` is about the log as it was right before it; a repeat finds another time and is nothing. */
export function isResume(state: EngineState, { atMs, skippedToMs }: ResumeEntry): boolean {
  return state.nowMs === skippedToMs && atMs < skippedToMs;
}

/** What the stages before do for a `resume`. */
export interface ResumeStages {
  /** Of all fixes that were admitted. */
  readonly countsOf: (unit: UnitState) => FoldCounts;
  readonly freshUnit: (id: string) => UnitState;
  /** Ends what was told of visits; `lastInsideMs`: of an open one. */
  readonly endVisits: (sinceMs: number, lastInsideMs: (visit: VisitVersion) => number) => VisitVersion[];
}

/**
 * Log time goes back to `atMs`, and the fold begins anew there, as with a new log: without a plan in force until the next one, and
 * with nothing known of the time before. What was told stays told, as far as it was told by `sinceMs`: what still went on then ends
 * there, and what came after it is retracted. The time from `sinceMs` to `atMs` is an outage (T3); no fix from before `atMs` is
 * judged any more, so nothing of that time is held against anybody. Tasks, calls for help, counters and the numbers of plans go on.
 */
export function startOver(
  state: EngineState,
  { sinceMs, atMs }: ResumeEntry,
  { countsOf, freshUnit, endVisits }: ResumeStages,
): { readonly alerts: AlertVersion[]; readonly visits: VisitVersion[] } {
  const kept = [...state.units.values()].map((unit) => ({
    id: unit.id,
    counts: countsOf(unit),
    sos: turnBack(unit.sos, atMs),
  }));
  const lastInsideMs = (visit: VisitVersion): number => lastInside(state, visit);
  forgetHot(state);
  state.nowMs = atMs;
  const visits = endVisits(sinceMs, lastInsideMs);
  const alerts = endAlerts(state, sinceMs, { nowMs: atMs, cause: 'resume', logId: formatLogId(state.lastId) });
  const planVersion = state.plans.at(-1)?.plan.version ?? state.resumed?.planVersion ?? 0;
  state.resumed = { atMs, planVersion, unitByTracker: unitsByTracker(state, atMs) };
  state.plans = [];
  state.planVersion = 0;
  state.openSince = new Map();
  state.gapDoubts = new Map();
  state.gapBases.clear();
  state.statements.clear();
  state.networkOutages.clear();
  state.dirtyUnits.clear();
  state.timers.clear();
  state.outages = [{ fromMs: sinceMs, toMs: atMs }];
  state.settledToMs = atMs;
  state.units.clear();
  for (const { id, counts, sos } of kept) {
    const head = { ...createFold(), counts: { ...counts } };
    state.units.set(id, { ...freshUnit(id), base: { ...createFold(), counts }, head, sos });
  }
  return { alerts, visits };
}

/** By the plan of the time; of a log that is resumed again before it has a plan, by that before. */
function unitsByTracker(state: EngineState, atMs: number): ReadonlyMap<string, string> {
  const plan = planAt(state, atMs);
  if (plan === null) return state.resumed?.unitByTracker ?? new Map();
  return new Map([...plan.unitByTracker].map(([tracker, { id }]) => [tracker, id]));
}

/** Positions, health and coverage are of a time that was none; they come back with the next plan. */
function forgetHot(state: EngineState): void {
  for (const { plan } of state.plans) {
    for (const { id } of plan.units) {
      state.touched.positions.set(id, null);
      state.touched.units.set(id, null);
    }
    for (const { id } of plan.places) state.touched.coverage.set(id, null);
  }
}

function lastInside(state: EngineState, { unit, place, innerFromMs }: VisitVersion): number {
  const visits = state.units.get(unit)?.head?.places.get(place)?.visits ?? [];
  return visits.find((visit) => visit.innerFromMs === innerFromMs)?.innerToMs ?? innerFromMs;
}

/** Keeps what is still on somebody's list. */
function endAlerts(state: EngineState, sinceMs: number, occasion: Occasion): AlertVersion[] {
  const out: AlertVersion[] = [];
  for (const key of [...state.alerts.keys()].sort()) {
    const book = state.alerts.get(key) ?? [];
    for (const alert of book) {
      const version = endAlert(state, alert, sinceMs, occasion);
      if (version !== null) out.push(version);
    }
    const kept = book.filter(({ version }) => isOpen(version));
    if (kept.length === 0) state.alerts.delete(key);
    else
      state.alerts.set(
        key,
        kept.map((alert) => ({ ...alert, judgedAtMs: Math.min(alert.judgedAtMs, occasion.nowMs) })),
      );
  }
  return out;
}

/** The version that ends an alert with what was known at `sinceMs`; null when it had ended, and was told so, by then. */
function endAlert(state: EngineState, alert: StandingAlert, sinceMs: number, occasion: Occasion): AlertVersion | null {
  const { version } = alert;
  // A call for help ends by a person's word, whatever the log's time was.
  if (version.condition === 'retracted' || version.rule === 'sos') return null;
  const episodes = alert.episodes
    .filter(({ fromMs }) => fromMs <= sinceMs)
    .map((episode) => ({ ...episode, toMs: Math.min(episode.toMs ?? sinceMs, sinceMs) }));
  const last = episodes.at(-1);
  if (last === undefined || raisedAtMs(alert) > sinceMs) return move(state, alert, 'retract', {}, occasion);
  if (version.condition !== 'active' && version.atMs <= sinceMs) return null;
  alert.episodes = episodes;
  const facts = { toMs: last.toMs, episodes: episodesToTell(episodes) };
  return move(state, alert, version.condition === 'active' ? 'clear' : 'correct', facts, occasion);
}

/** Its id names the entry that raised it; in a log that was resumed before, that may be ahead of the time at which it did. */
function raisedAtMs({ version, judgedAtMs }: StandingAlert): number {
  return Math.min(parseAlertId(version.alertId)?.logId.ms ?? judgedAtMs, judgedAtMs);
}
