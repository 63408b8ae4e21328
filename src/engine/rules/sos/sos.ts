import type { AlertEvidence, AlertPosition, AlertVersion } from '../../../model/alert.js';
import { newAlertId } from '../../../model/alert-id.js';
import type { Fix } from '../../../model/fix.js';
import { formatAlertBook } from '../../../model/fold-keys.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../../../model/limits.js';
import type { TrackerBatch } from '../../../model/log-entry.js';
import { formatLogId } from '../../../model/log-id.js';
import { toLngLat } from '../../../model/position.js';
import { unitSubject } from '../../../model/subject.js';
import type { Occasion } from '../../alerts/episodes.js';
import { alertSubject } from '../../alerts/topics.js';
import { begin, move } from '../../alerts/versions.js';
import { planAt } from '../../plan/plans.js';
import type { TrackPoint } from '../../track/fold.js';
import { endOfInstant, firstAtOrAfter, fixesWithin } from '../../track/fix-list.js';
import type { HeldFixes } from '../../track/held-fixes.js';
import { isInArea, pointOf } from '../../track/points.js';
import { type UnitState, unitState } from '../../track/unit.js';
import { nearestPlace } from '../nearest-place.js';
import type { RuleScope } from '../slice.js';
import { whereCalled } from './call-position.js';
import {
  createSosMemory,
  forgetUndated,
  hearWord,
  isFirstUndated,
  resolveCall,
  type SaidOfCall,
  type SosCall,
  type SosMemory,
} from './sos-calls.js';

/** Every unit of every plan has this rule. */
const RULE_ID = 'sos';
const SEVERITY = 'high';
/** A call that was this old when it came is told with its age, ms. */
const OLD_CALL_MS = 60_000;

/**
 * Who calls for help, told at the entry that brings it: on and off duty, in every mode, whatever is wrong with the fix, and
 * however late it comes. Answers the new versions. The fixes of the entry must have been admitted.
 */
export function hearCalls(state: RuleScope, batches: readonly TrackerBatch[]): AlertVersion[] {
  const callers = new Set<string>();
  for (const batch of batches) {
    if (isQuiet(state, batch)) continue;
    const { tracker, reportId, fixes, rejected } = batch;
    const now = unitAt(state, tracker, state.nowMs);
    for (const { index, sos } of rejected) {
      if (sos !== true || now === null) continue;
      hearRefused(state, unitState(state, now), `${reportId}/${index}`);
      callers.add(now);
    }
    for (const fix of [...fixes].sort(byInstant)) {
      const unitId = unitOf(state, tracker, fix);
      if (unitId === null || (fix.sos !== true && !hasCalls(state, unitId))) continue;
      hearFix(state, unitState(state, unitId), fix);
      callers.add(unitId);
    }
  }
  const out: AlertVersion[] = [];
  for (const unitId of [...callers].sort()) {
    const unit = unitState(state, unitId);
    for (const call of memoryOf(state, unitId).calls) out.push(...tellCall(state, unit, call, batches));
  }
  return out;
}

/** What is remembered of a unit's calls; a new memory where nothing is. */
function memoryOf({ sos }: RuleScope, unitId: string): SosMemory {
  const memory = sos.get(unitId) ?? createSosMemory();
  sos.set(unitId, memory);
  return memory;
}

function hasCalls({ sos }: RuleScope, unitId: string): boolean {
  return (sos.get(unitId)?.calls.length ?? 0) > 0;
}

/** Somebody has said that the call of an alert is over. */
export function endCall({ sos, nowMs }: RuleScope, { rule, unit, alertId }: AlertVersion): void {
  const memory = rule === 'sos' ? sos.get(unit ?? '') : undefined;
  if (memory !== undefined) resolveCall(memory, alertId, nowMs);
}

/** Alerts are called otherwise from now on. */
export function renameCalls({ sos }: RuleScope, renamed: ReadonlyMap<string, string>): void {
  for (const { calls } of sos.values())
    for (const call of calls) call.alertId = call.alertId === null ? null : (renamed.get(call.alertId) ?? call.alertId);
}

/** Whether nobody calls in it, and its unit, which is the same at any time, has no call that it could end: so are nearly all. */
function isQuiet(state: RuleScope, { tracker, fixes, rejected }: TrackerBatch): boolean {
  const { plans, resumed } = state;
  const [plan, ...others] = plans;
  if (plan === undefined || others.length > 0 || resumed !== null) return false;
  if (fixes.some(({ sos }) => sos === true) || rejected.some(({ sos }) => sos === true)) return false;
  const unit = plan.unitByTracker.get(tracker);
  return unit === undefined || !hasCalls(state, unit.id);
}

/** By event time; at one instant a fix that calls goes first. */
function byInstant(a: Fix, b: Fix): number {
  return a.eventTimeMs - b.eventTimeMs || Number(b.sos === true) - Number(a.sos === true);
}

/** Whose tracker it was when the fix was taken; a time that cannot be trusted is taken as now. */
function unitOf(state: RuleScope, tracker: string, fix: Fix): string | null {
  const then = unitAt(state, tracker, fix.eventTimeMs);
  const now = unitAt(state, tracker, state.nowMs);
  return isInTime(state, fix) ? (then ?? now) : (now ?? then);
}

/** Whose the tracker is by the plan of a time; after a `resume`, until the next plan takes force, by the last one before. */
function unitAt(state: RuleScope, tracker: string, ms: number): string | null {
  const { resumed } = state;
  const plan = planAt(state, ms);
  const isBeforeFirst = plan === null || (ms < plan.fromMs && plan.plan.version === (resumed?.planVersion ?? 0) + 1);
  const before = isBeforeFirst ? resumed?.unitByTracker.get(tracker) : undefined;
  return before ?? plan?.unitByTracker.get(tracker)?.id ?? null;
}

function isInTime({ nowMs }: RuleScope, { eventTimeMs }: Fix): boolean {
  return eventTimeMs <= nowMs + CLOCK_AHEAD_MS && eventTimeMs >= nowMs - HORIZON_MS;
}

function hearFix(state: RuleScope, { id, fixes }: UnitState, fix: Fix): void {
  const { nowMs } = state;
  const memory = memoryOf(state, id);
  const isAhead = fix.eventTimeMs > nowMs + CLOCK_AHEAD_MS;
  const calls = fix.sos === true;
  if (isAhead && !calls) forgetUndated(memory, nowMs);
  if (isAhead && !isFirstUndated(memory, calls ? `${fix.eventTimeMs}` : `${fix.eventTimeMs}/quiet`)) return;
  const held = withinHorizon(fixes, nowMs);
  hearWord(memory, { atMs: isAhead ? nowMs : fix.eventTimeMs, says: fix.sos, nowMs, held });
  if (!calls && isInTime(state, fix)) memory.quietMs = Math.max(memory.quietMs ?? 0, fix.eventTimeMs);
}

function withinHorizon(fixes: HeldFixes, nowMs: number): readonly SaidOfCall[] {
  const start = Math.max(fixes.behind, firstAtOrAfter(fixes, nowMs - HORIZON_MS));
  return Array.from({ length: fixes.length - start }, (_, i) => {
    return { eventTimeMs: fixes.timeMs(start + i), sos: fixes.sosAt(start + i) };
  });
}

/** A fix that ingest refused calls for help: nothing else of it is known but when it came. */
function hearRefused(state: RuleScope, { id, fixes }: UnitState, name: string): void {
  const { nowMs } = state;
  const memory = memoryOf(state, id);
  if (isFirstUndated(memory, name))
    hearWord(memory, { atMs: nowMs, says: true, nowMs, held: withinHorizon(fixes, nowMs) });
}

function tellCall(state: RuleScope, unit: UnitState, call: SosCall, batches: readonly TrackerBatch[]): AlertVersion[] {
  const occasion: Occasion = { nowMs: state.nowMs, cause: 'fix', logId: formatLogId(state.lastId) };
  if (call.alertId === null) return [raise(state, unit, evidenceOf(state, unit, call, batches), { call, occasion })];
  const alert = state.alerts.get(bookKeyOf(unit.id))?.find(({ version }) => version.alertId === call.alertId);
  if (alert === undefined) return [];
  const { version } = alert;
  const again = call.times > version.occurrence;
  if (!again && version.fromMs === call.firstMs) return [];
  alert.episodes = alert.episodes.map((episode) => ({ ...episode, fromMs: call.firstMs }));
  const facts = {
    fromMs: call.firstMs,
    occurrence: call.times,
    chattering: call.times > 1,
    episodes: version.episodes.map((episode) => ({ ...episode, fromMs: call.firstMs })),
  };
  return [move(state, alert, again && version.acknowledged ? 'reopen' : 'correct', facts, occasion)];
}

function bookKeyOf(unitId: string): string {
  return formatAlertBook({ rule: 'sos', ruleId: RULE_ID, subject: unitSubject(unitId) });
}

function raise(
  state: RuleScope,
  unit: UnitState,
  evidence: AlertEvidence,
  { call, occasion }: { readonly call: SosCall; readonly occasion: Occasion },
): AlertVersion {
  const book = state.alerts.get(bookKeyOf(unit.id)) ?? [];
  const subject = unitSubject(unit.id);
  const taken = new Set(book.map(({ version }) => version.alertId));
  const alertId = newAlertId({ rule: 'sos', subject, fromMs: call.firstMs, logId: state.lastId }, taken);
  const episode = { fromMs: call.firstMs, toMs: null, certainty: 'certain' } as const;
  const version = begin(state, SEVERITY, {
    alertId,
    version: 1,
    rule: 'sos',
    ruleId: RULE_ID,
    subject: alertSubject(subject),
    place: null,
    unit: unit.id,
    change: 'raised',
    condition: 'active',
    acknowledged: false,
    // Nothing that comes takes it back.
    finality: 'confirmed',
    shelvedUntilMs: null,
    suppressedBy: null,
    chattering: call.times > 1,
    ...episode,
    occurrence: call.times,
    episodes: [episode],
    cause: occasion.cause,
    atMs: occasion.nowMs,
    logId: occasion.logId,
    evidence,
    mergedInto: null,
    previous: null,
  });
  call.alertId = alertId;
  state.alerts.set(bookKeyOf(unit.id), book);
  book.push({
    version,
    judgedAtMs: occasion.nowMs,
    episodes: [{ ...episode, evidence }],
    ruleSeverity: SEVERITY,
    actionIds: [],
  });
  return version;
}

/** The fix that called first, where the unit was then, and how far its word can be trusted. */
function evidenceOf(state: RuleScope, unit: UnitState, call: SosCall, batches: readonly TrackerBatch[]): AlertEvidence {
  const { nowMs } = state;
  const plan = planAt(state, nowMs);
  const isOf = (fix: Fix, tracker: string): boolean =>
    fix.sos === true &&
    unitOf(state, tracker, fix) === unit.id &&
    (fix.eventTimeMs > nowMs + CLOCK_AHEAD_MS ? nowMs : fix.eventTimeMs) === call.firstMs;
  const calling = [
    ...batches.flatMap(({ tracker, fixes }) => fixes.filter((fix) => isOf(fix, tracker))),
    ...heldAt(unit, call),
  ];
  const own = calling
    .map((fix) => pointOf(fix, undefined))
    .filter(isPoint)
    .sort(bySigma);
  // A unit that the plan of now does not have was in that of its call.
  const planned = plan?.unitById.get(unit.id) ?? planAt(state, call.firstMs)?.unitById.get(unit.id);
  const about = { unit, atMs: call.firstMs };
  const { point, doubted } =
    plan === null || planned === undefined
      ? { point: own[0] ?? null, doubted: null }
      : whereCalled(own[0] ?? null, { ...about, planned, plan: plan.plan });
  const isOwn = point !== null && own.includes(point);
  const area = plan?.plan.area;
  const isOutside = isOwn && area !== undefined && !isInArea(area, point);
  const said = calling[0]?.eventTimeMs ?? call.firstMs;
  const ageMs = nowMs - call.firstMs;
  return {
    ...(point === null ? {} : { position: positionOf(point) }),
    ...(point === null || isOwn ? {} : { positionAgeMs: call.firstMs - point.eventTimeMs }),
    ...(doubted === null ? {} : { doubtedPosition: positionOf(doubted) }),
    ...(isOutside ? { outOfArea: true } : {}),
    ...(point === null || plan === null ? {} : nearestPlace(plan.plan, point)),
    ...(ageMs < OLD_CALL_MS ? {} : { ageMs }),
    ...(said > nowMs + CLOCK_AHEAD_MS ? { clockOffsetMs: said - nowMs } : {}),
    ...(plan === null ? {} : { planVersion: plan.plan.version }),
  };
}

/** A call that a late fix parts from another begins at a fix that is known already. */
function heldAt({ fixes }: UnitState, { firstMs }: SosCall): readonly Fix[] {
  const start = Math.max(fixes.behind, firstAtOrAfter(fixes, firstMs));
  const end = start < fixes.length && fixes.timeMs(start) === firstMs ? endOfInstant(fixes, start) : start;
  return fixesWithin(fixes, start, end).filter(({ sos }) => sos === true);
}

function isPoint(point: TrackPoint | string): point is TrackPoint {
  return typeof point !== 'string';
}

function bySigma(a: TrackPoint, b: TrackPoint): number {
  return a.sigmaM - b.sigmaM || a.lngE7 - b.lngE7 || a.latE7 - b.latE7;
}

function positionOf(point: TrackPoint): AlertPosition {
  const [lng, lat] = toLngLat(point);
  return { lng, lat, sigmaM: point.sigmaM, eventTimeMs: point.eventTimeMs };
}
