import type { StatementEnd, StatementRecord } from '../../model/hot.js';
import { intersect } from '../../model/intervals.js';
import { TOP_SPEED_CMPS } from '../../model/limits.js';
import type { PlanPlace, PlanUnit } from '../../model/plan.js';
import { earlier } from '../agenda/instants.js';
import type { PlanInForce } from '../plan/slice.js';
import { compare } from './comparisons.js';
import { doubtEndMs, type Unseen } from './doubts.js';
import type { PresenceScope, Statement } from './slice.js';

/** The time over which a statement speaks for its unit: out of sight, for a position always says more. Half-open event time. */
export interface Spoken {
  readonly statement: Statement;
  readonly fromMs: number;
  /** Past the engine's clock while it stands. */
  readonly toMs: number;
  /** End of the stretch out of sight that it was made in. */
  readonly hiddenToMs: number;
  /** It ended because its time ran out: nobody has said since that the unit went away. */
  readonly ranOut: boolean;
}

/** What the statements about a unit say of one place: pairs of event times, unsorted. */
export interface Said {
  /** It was in the place. */
  readonly here: [number, number][];
  /** It was at a place that lies partly in this one. */
  readonly maybe: [number, number][];
  readonly notHere: [number, number][];
  /** It may have been there after its statement had run out, as after a last position. */
  readonly after: [number, number][];
}

/** When a statement ends, which may be ahead, and by what. */
export function endOf(
  state: PresenceScope,
  unitId: string,
  index: number,
): { readonly atMs: number; readonly by: StatementEnd } {
  const all = state.statements.get(unitId) ?? [];
  const { statementId, untilMs } = all[index] as Statement;
  const next = all[index + 1];
  const outranked = state.units.get(unitId)?.head?.outranked.find((one) => one.statementId === statementId);
  const byPosition = outranked?.atMs ?? Number.POSITIVE_INFINITY;
  const byNext = next?.statedAtMs ?? Number.POSITIVE_INFINITY;
  if (byPosition <= Math.min(byNext, untilMs)) return { atMs: byPosition, by: 'position' };
  return byNext <= untilMs ? { atMs: byNext, by: 'statement' } : { atMs: untilMs, by: 'time' };
}

/** The last statement about a unit, as of the engine's clock; null: none is kept. */
export function statementRecord(state: PresenceScope, unitId: string): StatementRecord | null {
  const all = state.statements.get(unitId) ?? [];
  const last = all.at(-1);
  if (last === undefined) return null;
  const { atMs, by } = endOf(state, unitId, all.length - 1);
  return atMs <= state.nowMs ? { ...last, endedMs: atMs, endedBy: by } : { ...last, endedMs: null, endedBy: null };
}

/**
 * When the statements about a unit speak. One that was made while the unit was seen does from then on if nothing was seen of it any
 * more.
 *
 * @param unseen when the unit was out of sight, as `unseenOf` answers
 */
export function spokenOf(state: PresenceScope, unitId: string, unseen: readonly Unseen[]): readonly Spoken[] {
  const found: Spoken[] = [];
  for (const [i, statement] of (state.statements.get(unitId) ?? []).entries()) {
    const { statedAtMs: fromMs } = statement;
    let hiddenToMs = 0;
    for (const stretch of unseen) {
      if (stretch.fromMs <= fromMs && stretch.toMs > fromMs) hiddenToMs = Math.max(hiddenToMs, stretch.toMs);
    }
    const { atMs, by } = endOf(state, unitId, i);
    const toMs = Math.min(atMs, hiddenToMs, state.nowMs + 1);
    if (toMs > fromMs)
      found.push({ statement, fromMs, toMs, hiddenToMs, ranOut: by === 'time' && atMs <= state.nowMs });
  }
  return found;
}

/** What is said of a place. Each version of the plan is asked about its own time; one without the stated place says nothing. */
export function saidOf(state: PresenceScope, spoken: readonly Spoken[], placeId: string, unit: PlanUnit): Said {
  const said: Said = { here: [], maybe: [], notHere: [], after: [] };
  for (const one of spoken) {
    const { statement, fromMs, toMs } = one;
    if (statement.notAt.includes(placeId)) said.notHere.push([fromMs, toMs]);
    if (statement.at === null) continue;
    for (const [i, version] of state.plans.entries()) {
      const place = version.placeById.get(placeId);
      const stated = version.placeById.get(statement.at);
      if (place === undefined || stated === undefined) continue;
      const inForce = [i === 0 ? 0 : version.fromMs, version.toMs] as const;
      const { lie, awayM } = compare(version, stated.id, place.id);
      const list = lie === 'within' ? said.here : lie === 'meets' ? said.maybe : said.notHere;
      addPairs(list, intersect([fromMs, toMs], inForce));
      if (!one.ranOut) continue;
      const reachedMs = toMs + reachMs(awayM, version.unitById.get(unit.id) ?? unit);
      const untilMs = Math.min(one.hiddenToMs, doubtEndMs(state, toMs));
      if (reachedMs < untilMs) addPairs(said.after, intersect([reachedMs, untilMs], inForce));
    }
  }
  return said;
}

/** When what the statements about a unit say of a place changes, though nothing is heard of it; null: not any more. */
export function nextSaidMs(state: PresenceScope, plan: PlanInForce, place: PlanPlace, unit: PlanUnit): number | null {
  let nextMs = nextEndMs(state, unit.id);
  for (const [i, { at }] of (state.statements.get(unit.id) ?? []).entries()) {
    const stated = at === null ? undefined : plan.placeById.get(at);
    const { atMs, by } = endOf(state, unit.id, i);
    const doubtMs = by === 'time' ? doubtEndMs(state, atMs) : 0;
    if (stated === undefined || doubtMs < state.nowMs) continue;
    const reachedMs = atMs + reachMs(compare(plan, stated.id, place.id).awayM, unit);
    for (const changesMs of [reachedMs, doubtMs]) nextMs = earlierAfterNow(state, nextMs, changesMs);
  }
  return nextMs;
}

/** When the next statement about a unit that stands ends by itself; null: none does. */
export function nextEndMs(state: PresenceScope, unitId: string): number | null {
  let nextMs: number | null = null;
  for (const i of (state.statements.get(unitId) ?? []).keys())
    nextMs = earlierAfterNow(state, nextMs, endOf(state, unitId, i).atMs);
  return nextMs;
}

/** Whether what was stated of the unit keeps it from counting as not there: it is at a place, or was for not too long ago. */
export function isVouchedFor(state: PresenceScope, unitId: string): boolean {
  const all = state.statements.get(unitId) ?? [];
  const at = all.at(-1)?.at ?? null;
  if (at === null) return false;
  const { atMs, by } = endOf(state, unitId, all.length - 1);
  return state.nowMs < (by === 'time' ? doubtEndMs(state, atMs) : atMs);
}

/** The end of a half-open stretch: what comes after it is seen a moment later. */
function earlierAfterNow(state: PresenceScope, nextMs: number | null, atMs: number): number | null {
  return atMs + 1 > state.nowMs ? earlier(nextMs, atMs + 1) : nextMs;
}

function reachMs(awayM: number, { kind }: PlanUnit): number {
  return Math.floor((awayM * 100_000) / TOP_SPEED_CMPS[kind]);
}

function addPairs(pairs: [number, number][], intervals: readonly number[]): void {
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i] as number, intervals[i + 1] as number]);
}
