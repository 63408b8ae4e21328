import { firstEndingAfter, intersect, subtract, unite } from '../../model/intervals.js';
import type { RosterRecord } from '../../model/hot.js';
import type { RosterEntry } from '../../model/log-entry.js';
import { MAX_KEPT_SHIFTS, type Roster, type RosterShift } from '../../model/roster.js';
import { earlier, nextChangeMs, nextSettleMs } from '../agenda/instants.js';
import type { AgendaSlice } from '../agenda/slice.js';
import type { PlanSlice } from './slice.js';
import { placesSoFar, scopesSoFar } from './so-far.js';

/** An append whose reply was lost is made again: of so many of the last rosters a repeat is known. */
const KEPT_IDS = 20;

export const NO_ROSTER: Roster = { kept: [], shifts: [] };

/**
 * Over its own time, and from its log time on, a roster says all crews in the place of what was said before. What is past stays as it was,
 * for it was judged by that. All places and rules that count officers are judged again at the next settling instant. Answers whether it
 * changes anything: not if its time is over, it is a repeat, or more than MAX_KEPT_SHIFTS would be kept.
 */
export function addRoster(
  state: PlanSlice & Readonly<AgendaSlice>,
  { kind: _kind, shifts, ...said }: RosterEntry,
): boolean {
  const span = [Math.max(said.fromMs, state.nowMs), said.toMs] as const;
  if (span[0] >= span[1] || state.lastRoster?.ids.includes(said.rosterId) === true) return false;
  const kept = [
    ...state.roster.shifts.flatMap((shift) => cutShift(shift, subtract([shift.fromMs, shift.toMs], span))),
    ...shifts.flatMap((shift) => cutShift(shift, intersect([shift.fromMs, shift.toMs], span))),
  ];
  const times = unite([state.roster.kept, span]);
  if (kept.length + times.length / 2 > MAX_KEPT_SHIFTS) return false;
  state.roster = { kept: times, shifts: kept.sort(byUnit) };
  const ids = [said.rosterId, ...(state.lastRoster?.ids ?? [])].slice(0, KEPT_IDS);
  state.lastRoster = { last: { ...said, loggedAtMs: state.nowMs }, ids };
  const soonMs = nextSettleMs(state.nowMs);
  for (const place of placesSoFar(state)) state.timers.setEarlier({ kind: 'place', place }, soonMs);
  for (const ruleId of scopesSoFar(state).keys()) state.timers.setEarlier({ kind: 'scope', ruleId }, soonMs);
  return true;
}

function cutShift(shift: RosterShift, times: readonly number[]): RosterShift[] {
  const cut: RosterShift[] = [];
  for (let i = 0; i < times.length; i += 2)
    cut.push({ ...shift, fromMs: times[i] as number, toMs: times[i + 1] as number });
  return cut;
}

/** Null: none is kept. */
export function rosterRecord({ roster, lastRoster }: Pick<PlanSlice, 'roster' | 'lastRoster'>): RosterRecord | null {
  return lastRoster === null ? null : { ...roster, ...lastRoster };
}

/** Forgets what ended before the cutoff. Answers whether anything did. */
export function forgetRoster(state: PlanSlice, cutoffMs: number): boolean {
  const { kept, shifts } = state.roster;
  const left = shifts.filter(({ toMs }) => toMs >= cutoffMs);
  const ended = firstEndingAfter(kept, cutoffMs - 1);
  if (ended === 0 && left.length === shifts.length) return false;
  state.roster = { kept: kept.slice(ended), shifts: left };
  if (state.roster.kept.length === 0) state.lastRoster = null;
  return true;
}

/** Who crewed a unit over a stretch of time. Null: no roster says, and the plan's crew counts; empty: a roster is kept and names nobody. */
export interface Crew {
  readonly fromMs: number;
  readonly toMs: number;
  readonly officers: readonly string[] | null;
}

/** The crews of a unit over `[fromMs, toMs)`, one after the other, without a gap. */
export function crewsOver(roster: Roster, unit: string, fromMs: number, toMs: number): readonly Crew[] {
  if (roster.kept.length === 0) return [{ fromMs, toMs, officers: null }];
  const crews: Crew[] = [];
  let atMs = fromMs;
  const push = (untilMs: number, officers: Crew['officers']): void => {
    if (untilMs > atMs) crews.push({ fromMs: atMs, toMs: untilMs, officers });
    atMs = Math.max(atMs, untilMs);
  };
  const own = shiftsOf(roster).get(unit) ?? [];
  const { kept } = roster;
  for (let i = firstEndingAfter(kept, fromMs); i < kept.length && (kept[i] as number) < toMs; i += 2) {
    const endMs = Math.min(kept[i + 1] as number, toMs);
    push(Math.min(kept[i] as number, toMs), null);
    for (const shift of own) {
      if (shift.toMs <= atMs || shift.fromMs >= endMs) continue;
      push(Math.min(shift.fromMs, endMs), []);
      push(Math.min(shift.toMs, endMs), shift.officers);
    }
    push(endMs, []);
  }
  push(toMs, null);
  return crews;
}

/** When any crew changes next; what changes right now shows a moment later. Null: none does. */
export function nextCrewMs(roster: Roster, nowMs: number): number | null {
  let nextMs = nextChangeMs(roster.kept, nowMs);
  for (const { fromMs, toMs } of roster.shifts) nextMs = earlier(nextMs, nextChangeMs([fromMs, toMs], nowMs));
  return nextMs;
}

function shiftsOf(roster: Roster): ReadonlyMap<string, readonly RosterShift[]> {
  const known = derived.get(roster);
  if (known !== undefined) return known;
  const byUnit = new Map<string, RosterShift[]>();
  for (const shift of roster.shifts) byUnit.set(shift.unit, [...(byUnit.get(shift.unit) ?? []), shift]);
  derived.set(roster, byUnit);
  return byUnit;
}

/** Derived from a roster alone, so kept until there is another. */
const derived = new WeakMap<Roster, ReadonlyMap<string, readonly RosterShift[]>>();

function byUnit(a: RosterShift, b: RosterShift): number {
  return a.unit === b.unit ? a.fromMs - b.fromMs : a.unit < b.unit ? -1 : 1;
}
