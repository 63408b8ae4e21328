import type { AlertCause } from '../../model/alert.js';
import type { PlanUnit, TrackerSilenceRule } from '../../model/plan.js';
import { earlier, nextSettleMs } from '../agenda/instants.js';
import { nextLookMs, setLook } from '../agenda/looks.js';
import { networkTopic } from '../alerts/topics.js';
import { releasesAtMs } from '../alerts/upkeep.js';
import { sortedIds } from '../collections.js';
import { positionRecord, unitRecord } from '../hot/records.js';
import { currentPlan } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { placesSoFar, planWithUnit, scopesSoFar } from '../plan/so-far.js';
import { hasTask } from '../plan/tasks.js';
import { isOnDuty } from '../plan/windows.js';
import { lastJudged } from '../presence/judged.js';
import { isOutageRunning, judgeNetwork } from '../rules/tracker-silence/judge.js';
import { judgeUnit, type UnitFindings } from '../rules/unit-rules.js';
import type { EngineState } from '../state.js';
import { sightOf } from '../track/sight.js';
import { type UnitState, unitState } from '../track/unit.js';
import type { Agenda, Outputs } from './agenda.js';
import { tell } from './tell.js';

interface UnitFinding {
  readonly unit: UnitState;
  readonly planned: PlanUnit;
  /** It is in the plan that is in force. */
  readonly isPlanned: boolean;
  readonly found: UnitFindings;
}

/** Judges the units on the agenda, and tells what comes of it; puts the places on it at which their presence is other than it was. */
export function settleUnits(state: EngineState, plan: PlanInForce, agenda: Agenda, out: Outputs): void {
  const findings: UnitFinding[] = [];
  for (const unitId of sortedIds(agenda.units.keys())) {
    const finding = judge(state, plan, unitId, agenda);
    if (finding !== null) findings.push(finding);
  }
  settleNetwork(state, plan, findings, agenda, out);
  for (const finding of findings) settleUnit(state, finding, agenda, out);
}

function judge(state: EngineState, plan: PlanInForce, unitId: string, agenda: Agenda): UnitFinding | null {
  const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
  if (planned === undefined) return null;
  const unit = unitState(state, unitId);
  const isPlanned = plan.unitById.has(unitId);
  const visited = agenda.followed.get(unitId)?.visited ?? [];
  const places = hasTask(state, unitId)
    ? sortedIds(new Set([...visited, ...(unit.head?.places.keys() ?? [])]))
    : visited;
  return { unit, planned, isPlanned, found: judgeUnit(state, unit, planned, places) };
}

/** Before the single silences are told: one outage of the network stands for all of them. */
function settleNetwork(
  state: EngineState,
  plan: PlanInForce,
  findings: readonly UnitFinding[],
  agenda: Agenda,
  out: Outputs,
): void {
  for (const rule of plan.plan.rules) {
    if (rule.kind !== 'tracker-silence') continue;
    const topic = networkTopic(rule, state.district);
    const held = releasesAtMs(state, topic) !== null || isOutageRunning(state, rule);
    if (!held && !findings.some((finding) => bearsOnNetwork(state, rule, finding))) continue;
    const before = state.lastAlert;
    const latchMs = tell(state, [judgeNetwork(state, plan, rule)], 'timer', out);
    setLook(state, { kind: 'network', ruleId: rule.id }, latchMs);
    if (state.lastAlert === before) continue;
    for (const unit of rule.units)
      if (!agenda.units.has(unit)) state.timers.setEarlier({ kind: 'unit', unit }, nextSettleMs(state.nowMs));
    // It explains gaps of places, and shortfalls, too.
    for (const id of placesSoFar(state)) if (!agenda.places.has(id)) agenda.places.set(id, 'timer');
    for (const id of scopesSoFar(state).keys()) if (!agenda.scopes.has(id)) agenda.scopes.set(id, 'timer');
  }
}

function bearsOnNetwork(state: EngineState, rule: TrackerSilenceRule, { unit, found }: UnitFinding): boolean {
  const isOther = found.silenceChanged || isOnDuty(state, unit.id) !== lastJudged(state, unit.id).onDuty;
  return isOther && rule.units.includes(unit.id);
}

function settleUnit(state: EngineState, finding: UnitFinding, agenda: Agenda, out: Outputs): void {
  const { unit, planned, found } = finding;
  const cause = agenda.units.get(unit.id) ?? 'timer';
  const latchMs = tell(state, found.judgements, cause, out);
  followPresence(state, planned, agenda, cause);
  setLook(state, { kind: 'unit', unit: unit.id }, earlier(found.nextMs, latchMs));
  if (!finding.isPlanned) return;
  state.touched.units.set(unit.id, unitRecord(state, unit, planned));
  if (agenda.followed.has(unit.id)) state.touched.positions.set(unit.id, positionRecord(unit, planned));
}

/** Puts the places on the agenda at which what is known of the unit's presence has changed, and the rules that count it if it has. */
function followPresence(state: EngineState, planned: PlanUnit, agenda: Agenda, cause: AlertCause): void {
  const { id } = planned;
  const last = lastJudged(state, id);
  const now = { sight: sightOf(state, planned), onDuty: isOnDuty(state, id) };
  const followed = agenda.followed.get(id);
  const isOther = now.sight !== last.sight || now.onDuty !== last.onDuty;
  if (followed === undefined || isOther || followed.everywhere || followed.moves)
    for (const [ruleId, { units }] of scopesSoFar(state))
      if (units.has(id) && agenda.scopes.get(ruleId) !== 'late-data') agenda.scopes.set(ruleId, cause);
  if (followed === undefined && !isOther) return;
  const before = followed === undefined ? state.presence.recall(state, id) : followed.before;
  const visited = followed?.visited ?? [];
  const own = now.onDuty === last.onDuty ? visited : [...visited, ...(before?.places.keys() ?? [])];
  if (isOther || !state.judged.has(id)) state.judged.set(id, now);
  const change = before === null ? null : state.presence.changeOf(state, before, own);
  const anywhere = isOther || followed?.everywhere === true;
  for (const placeId of change?.places ?? (anywhere ? placesSoFar(state) : own)) {
    const known = agenda.places.get(placeId);
    if (known === undefined || (followed !== undefined && known !== 'late-data')) agenda.places.set(placeId, cause);
  }
  if (change === null || change.later.size === 0) return;
  const plan = currentPlan(state);
  for (const [place, atMs] of change.later)
    if (plan?.placeById.has(place)) state.timers.setEarlier({ kind: 'place', place }, nextLookMs(state, atMs));
}
