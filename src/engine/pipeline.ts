import type { AlertCause, AlertVersion } from '../model/alert.js';
import { unreachable } from '../model/errors.js';
import { type AlertBook, formatVisitBook, type TimerKey } from '../model/fold-keys.js';
import type { EntryOutputs } from '../model/hot.js';
import { OUTAGE_HOLE_MS } from '../model/limits.js';
import type { ActionEntry, FoldEntry, LogEntry, ResumeEntry } from '../model/log-entry.js';
import type { PlanUnit, TrackerSilenceRule } from '../model/plan.js';
import { formatLogId, type LogId } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';
import { admitBatch, hear, unitState } from './admit.js'; //      in time? new?
import { closeByPlan, updateAlerts } from './alerts.js'; // lifecycle: raised, corrected, cleared, retracted
import { applyAction, keepUp, nextUpkeepMs, releasesAtMs } from './alert-upkeep.js'; // acts of people and of time
import { crossingsByPlace, foldUnit, placesWithOther, settleSilent, visitsByPlace } from './fold-unit.js'; //         its fixes in event time: track, fences, stands
import { addPlan, announcePlan, type PlanChange } from './plan-change.js'; // which plan is in force
import { cutoffOf, PRUNE_EVERY_MS, prune } from './prune.js'; //             what is settled is forgotten
import { judgePlace, settleDoubts } from './rules/place-rules.js'; //            coverage
import { isOutageRunning, judgeOutage, judgeUnit, type UnitFindings } from './rules/unit-rules.js'; // dwell, silence
import { isResume, startOver } from './resume.js'; //             a log that was ahead of the clock goes on
import { addStatement } from './statements.js'; //         what is said of units by radio
import { addTask } from './tasks.js'; //                           what explains an alert
import { takeOver } from './take-over.js'; //                     what an older fold has told (V1)
import { hearCalls } from './sos.js'; //                            who calls for help
import { trackFix } from './track.js'; //                          plausible?
import { endVisits, updateCrossings, updateVisits } from './visits.js'; //                     who was where, from when to when
import { note } from './lib/alert-versions.js';
import { earlier } from './lib/episodes.js';
import { currentPlan, placesSoFar, planWithPlace, planWithUnit } from './lib/plans.js';
import { findWhereabouts, isOnDuty, type Whereabouts } from './lib/presence.js';
import type { UnitPlaces } from './lib/presence-table.js';
import { coverageRecord, positionRecord, unitRecord } from './lib/records.js';
import { sightOf } from './lib/sight.js';
import { nextSettleMs, settleAtOrAfterMs } from './lib/settle-time.js';
import { hasTask } from './lib/suppression.js';
import { bookOfVersion, type Judgement, networkTopic } from './lib/topics.js';
import type { EngineState, FoldCounts, PlanInForce, UnitFold, UnitState } from './state.js';

interface Outputs {
  readonly alerts: AlertVersion[];
  readonly visits: VisitVersion[];
}

/**
 * The fold: one log entry changes the state and brings about outputs. First every timer due at or before the entry's log
 * time fires, at its due time (T1); then the entry applies itself. A call for help is told at once. Else fixes only change tracks: visits and verdicts follow at
 * the next settling instant, so they do not depend on how the fixes of one second were cut into entries.
 * `atMs`: the entry's log time, where its id is ahead of it. Throws only on a bug; the state is then spoilt.
 */
export function step(state: EngineState, id: LogId, entry: LogEntry, atMs = id.ms): EntryOutputs {
  const out: Outputs = { alerts: [], visits: [] };
  state.lastId = id;
  if (entry.kind === 'resume' && isResume(state, entry)) {
    resume(state, entry, out);
    return { logId: id, alerts: out.alerts, visits: out.visits };
  }
  if (state.nowMs > 0 && atMs - state.nowMs > OUTAGE_HOLE_MS) {
    state.outages.push({ fromMs: state.nowMs, toMs: atMs });
    // Nobody knows who was anywhere in it: what is said of gaps that go on changes at once.
    for (const place of placesSoFar(state)) state.timers.setEarlier({ kind: 'place', place }, nextSettleMs(atMs));
  }
  fireTimers(state, atMs, out);
  state.nowMs = Math.max(state.nowMs, atMs);
  applyEntry(state, entry, out);
  if (state.dirtyUnits.size > 0) state.timers.setEarlier({ kind: 'settle' }, nextSettleMs(state.nowMs));
  return { logId: id, alerts: out.alerts, visits: out.visits };
}

function applyEntry(state: EngineState, entry: LogEntry, out: Outputs): void {
  switch (entry.kind) {
    case 'fixes':
      for (const batch of entry.batches) admitBatch(state, batch);
      out.alerts.push(...hearCalls(state, entry.batches, { unitState, trackFix }));
      return;
    case 'heartbeat':
      for (const tracker of entry.trackers) {
        const planned = currentPlan(state)?.unitByTracker.get(tracker);
        if (planned !== undefined) hear(state, unitState(state, planned.id));
      }
      return;
    case 'plan':
      addPlan(state, entry.plan);
      return;
    case 'action':
      act(state, entry, out);
      return;
    case 'task':
      addTask(state, entry);
      return;
    case 'statement':
      addStatement(state, entry, { unitState });
      return;
    case 'fold':
      handOver(state, entry, out);
      return;
    case 'genesis':
      state.toldBy = entry.foldVersion;
      state.timers.set({ kind: 'prune' }, settleAtOrAfterMs(state.nowMs + PRUNE_EVERY_MS));
      return;
    // Applied before, or a repeat (O1).
    case 'resume':
    case 'access':
    case 'settlement':
    case 'tick':
      return;
    default:
      unreachable(entry);
  }
}

function act(state: EngineState, entry: ActionEntry, out: Outputs): void {
  const applied = applyAction(state, entry);
  if (applied === null) return;
  out.alerts.push(...applied.versions);
  planUpkeep(state, applied.book);
}

/** Time goes back: everything is judged anew from there. What was admitted stays counted. */
function resume(state: EngineState, entry: ResumeEntry, out: Outputs): void {
  const countsOf = (unit: UnitState): FoldCounts => {
    // The time of those that wait is over.
    unit.refoldFromMs = 0;
    return foldUnit(state, unit).head.counts;
  };
  const freshUnit = (id: string): UnitState => unitState(state, id);
  const told = startOver(state, entry, {
    countsOf,
    freshUnit,
    endVisits: (sinceMs, lastInsideMs) => endVisits(state, sinceMs, lastInsideMs),
  });
  out.alerts.push(...told.alerts);
  out.visits.push(...told.visits);
  state.timers.set({ kind: 'prune' }, settleAtOrAfterMs(state.nowMs + PRUNE_EVERY_MS));
  for (const [first] of state.alerts.values()) if (first !== undefined) planUpkeep(state, bookOfVersion(first.version));
}

function handOver(state: EngineState, entry: FoldEntry, out: Outputs): void {
  const told = takeOver(state, entry);
  if (told === null) return;
  out.alerts.push(...told.alerts);
  out.visits.push(...told.visits);
  for (const [first] of state.alerts.values()) if (first !== undefined) planUpkeep(state, bookOfVersion(first.version));
  touchEverything(state);
}

/** The next hot delta is the whole hot state. */
function touchEverything(state: EngineState): void {
  for (const book of state.alerts.values()) for (const { version } of book) note(state, version);
  for (const [id, task] of state.tasks) state.touched.tasks.set(id, task);
  const plan = currentPlan(state);
  if (plan === null) return;
  for (const planned of plan.plan.units) {
    const unit = unitState(state, planned.id);
    state.touched.units.set(planned.id, unitRecord(state, unit, planned));
    // One that has to be made again has none until the next settling instant.
    if (unit.head !== null) state.touched.positions.set(planned.id, positionRecord(unit, planned));
  }
  const where = findWhereabouts(state);
  for (const place of plan.plan.places) {
    const { dueMs } = judgePlace(state, where, plan, place);
    state.touched.coverage.set(place.id, coverageRecord(state, where, plan, place, dueMs));
  }
}

function fireTimers(state: EngineState, untilMs: number, out: Outputs): void {
  for (let first = state.timers.take(untilMs); first !== null; first = state.timers.take(untilMs)) {
    const keys = [first.key];
    state.nowMs = Math.max(state.nowMs, first.dueMs);
    for (let more = state.timers.take(first.dueMs); more !== null; more = state.timers.take(first.dueMs))
      keys.push(more.key);
    settle(state, keys, out);
  }
}

/** What one settling instant looks at: units and places by id, with the reason. */
interface Agenda {
  readonly units: Map<string, AlertCause>;
  readonly places: Map<string, AlertCause>;
  /** Places of a unit where its visits may have changed. */
  readonly visited: Map<string, readonly string[]>;
  /** Of units that were folded: where they were known to be before. */
  readonly before: Map<string, UnitPlaces | null>;
  /** Of those: it may be anywhere else than it was. */
  readonly everywhere: Set<string>;
  prune: boolean;
  /** A plan takes force: what it has removed is judged for the last time, and closed where that leaves it open. */
  change: PlanChange | null;
}

function settle(state: EngineState, keys: readonly TimerKey[], out: Outputs): void {
  const agenda: Agenda = {
    units: new Map(),
    places: new Map(),
    visited: new Map(),
    before: new Map(),
    everywhere: new Set(),
    prune: false,
    change: null,
  };
  for (const key of keys) schedule(state, key, agenda, out);
  const plan = currentPlan(state);
  if (plan === null) return;
  for (const unitId of [...state.dirtyUnits].sort()) followUnit(state, unitId, agenda, out);
  if (agenda.prune) forget(state);
  const units = [...agenda.units.keys()].sort();
  const findings = units.map((unitId) => judge(state, plan, unitId, agenda));
  judgeNetwork(state, plan, findings, agenda, out);
  for (const finding of findings) if (finding !== null) settleUnit(state, finding, agenda, out);
  settlePlaces(state, plan, agenda, out);
  const { change } = agenda;
  if (change === null) return;
  out.alerts.push(...closeByPlan(state, change.isGone, change.sinceMs, occasionOf(state, 'plan')));
}

function schedule(state: EngineState, key: TimerKey, agenda: Agenda, out: Outputs): void {
  switch (key.kind) {
    case 'alerts':
      out.alerts.push(...keepUp(state, key.book, occasionOf(state, 'timer')));
      planUpkeep(state, key.book);
      return;
    case 'unit':
      agenda.units.set(key.unit, agenda.units.get(key.unit) ?? 'timer');
      return;
    case 'place':
      agenda.places.set(key.place, agenda.places.get(key.place) ?? 'timer');
      return;
    case 'prune':
      agenda.prune = true;
      state.timers.set(key, state.nowMs + PRUNE_EVERY_MS);
      return;
    case 'plan':
      putOnAgenda(announcePlan(state), agenda);
      return;
    // Every settling instant folds what waits, and looks whether an outage is to be released.
    case 'settle':
    case 'network':
      return;
    default:
      unreachable(key);
  }
}

function putOnAgenda(change: PlanChange | null, agenda: Agenda): void {
  if (change === null) return;
  agenda.change = change;
  for (const unitId of change.units) agenda.units.set(unitId, 'plan');
  for (const placeId of change.places) agenda.places.set(placeId, 'plan');
}

/** Brings a unit's track up to date, tells what its visits come to now, and says what is to be judged for it. */
function followUnit(state: EngineState, unitId: string, agenda: Agenda, out: Outputs): void {
  const unit = unitState(state, unitId);
  const before = unit.head;
  const holes = before === null ? null : holeMark(before);
  const alreadyCrossed = before?.crossings.length ?? 0;
  agenda.before.set(unitId, state.presence.recall(state, unitId));
  const { head, late, waits } = foldUnit(state, unit);
  if (!waits) state.dirtyUnits.delete(unitId);
  const changed = late ? placesWithOther(before, head, visitsByPlace) : [...head.changed];
  const passed = late
    ? placesWithOther(before, head, crossingsByPlace)
    : head.crossings.slice(alreadyCrossed).map(({ place }) => place);
  head.changed.clear();
  // Nobody knows what it came to before.
  for (const place of before === null ? placesSoFar(state) : []) {
    if (state.visits.has(formatVisitBook({ kind: 'visit', unit: unitId, place })) && !changed.includes(place))
      changed.push(place);
    if (state.visits.has(formatVisitBook({ kind: 'cross', unit: unitId, place }))) passed.push(place);
  }
  if (changed.length > 1) changed.sort();
  const cause = late ? 'late-data' : 'fix';
  agenda.units.set(unitId, cause);
  agenda.visited.set(unitId, changed);
  // Of a unit that was out of sight, the last fix says which places it may have reached since.
  if (late || holeMark(head) !== holes || unit.sight !== 'in-sight') agenda.everywhere.add(unitId);
  for (const placeId of changed) {
    out.visits.push(...updateVisits(state, unitId, placeId, head.places.get(placeId)?.visits ?? []));
  }
  for (const placeId of passed.length === 0 ? [] : [...new Set(passed)].sort()) {
    const crossings = head.crossings.filter(({ place }) => place === placeId);
    out.visits.push(...updateCrossings(state, unitId, placeId, crossings));
  }
}

/** Changes whenever a stretch out of sight is added, or ends elsewhere than it did, and with what is not believed yet. */
function holeMark({ holes, candidates }: UnitFold): string {
  return `${holes.length}:${holes.at(-1)?.to.eventTimeMs ?? 0}:${candidates.at(-1)?.eventTimeMs ?? 0}`;
}

function forget(state: EngineState): void {
  for (const unit of state.units.values()) settleSilent(state, unit);
  settleDoubts(state, cutoffOf(state));
  prune(state);
}

interface UnitFinding extends UnitFindings {
  readonly unit: UnitState;
  readonly planned: PlanUnit;
  /** It is in the plan that is in force. */
  readonly isPlanned: boolean;
}

function judge(state: EngineState, plan: PlanInForce, unitId: string, agenda: Agenda): UnitFinding | null {
  const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
  if (planned === undefined) return null;
  const unit = unitState(state, unitId);
  const isPlanned = plan.unitById.has(unitId);
  const visited = agenda.visited.get(unitId) ?? [];
  const places = hasTask(state, unitId)
    ? [...new Set([...visited, ...(unit.head?.places.keys() ?? [])])].sort()
    : visited;
  return { unit, planned, isPlanned, ...judgeUnit(state, unit, planned, places) };
}

/** Before the single silences are told: one outage of the network stands for all of them. */
function judgeNetwork(
  state: EngineState,
  plan: PlanInForce,
  findings: readonly (UnitFinding | null)[],
  agenda: Agenda,
  out: Outputs,
): void {
  for (const rule of plan.plan.rules) {
    if (rule.kind !== 'tracker-silence') continue;
    const topic = networkTopic(rule, state.district);
    const held = releasesAtMs(state, topic) !== null || isOutageRunning(state, rule);
    if (!held && !findings.some((finding) => finding !== null && bearsOnNetwork(state, rule, finding))) continue;
    const before = state.lastAlert;
    const latchMs = file(state, [{ topic, episodes: judgeOutage(state, plan, rule) }], 'timer', out);
    setLook(state, { kind: 'network', ruleId: rule.id }, latchMs);
    if (state.lastAlert === before) continue;
    for (const unitId of rule.units)
      if (!agenda.units.has(unitId)) state.timers.setEarlier({ kind: 'unit', unit: unitId }, nextSettleMs(state.nowMs));
    // It explains gaps of places too.
    for (const id of placesSoFar(state)) if (!agenda.places.has(id)) agenda.places.set(id, 'timer');
  }
}

function bearsOnNetwork(state: EngineState, rule: TrackerSilenceRule, { unit, silenceChanged }: UnitFinding): boolean {
  return (silenceChanged || isOnDuty(state, unit.id) !== unit.onDuty) && rule.units.includes(unit.id);
}

function settleUnit(state: EngineState, finding: UnitFinding, agenda: Agenda, out: Outputs): void {
  const { unit, planned } = finding;
  const cause = agenda.units.get(unit.id) ?? 'timer';
  const latchMs = file(state, finding.judgements, cause, out);
  followPresence(state, unit, planned, agenda, cause);
  setLook(state, { kind: 'unit', unit: unit.id }, earlier(finding.nextMs, latchMs));
  if (!finding.isPlanned) return;
  state.touched.units.set(unit.id, unitRecord(state, unit, planned));
  if (agenda.visited.has(unit.id)) state.touched.positions.set(unit.id, positionRecord(unit, planned));
}

/** Puts the places on the agenda at which what is known of the unit's presence has changed. */
function followPresence(
  state: EngineState,
  unit: UnitState,
  planned: PlanUnit,
  agenda: Agenda,
  cause: AlertCause,
): void {
  const sight = sightOf(state, planned);
  const onDuty = isOnDuty(state, unit.id);
  const visited = agenda.visited.get(unit.id);
  const isOther = sight !== unit.sight || onDuty !== unit.onDuty;
  if (visited === undefined && !isOther) return;
  const before = visited === undefined ? state.presence.recall(state, unit.id) : (agenda.before.get(unit.id) ?? null);
  const own = onDuty === unit.onDuty ? (visited ?? []) : [...(visited ?? []), ...(before?.places.keys() ?? [])];
  unit.sight = sight;
  unit.onDuty = onDuty;
  const change = before === null ? null : state.presence.changeOf(state, before, own);
  const anywhere = isOther || agenda.everywhere.has(unit.id);
  for (const placeId of change?.places ?? (anywhere ? placesSoFar(state) : own)) {
    const known = agenda.places.get(placeId);
    if (known === undefined || (visited !== undefined && known !== 'late-data')) agenda.places.set(placeId, cause);
  }
  const plan = currentPlan(state);
  for (const [place, atMs] of change?.later ?? [])
    if (plan?.placeById.has(place)) state.timers.setEarlier({ kind: 'place', place }, nextLook(state, atMs));
}

function settlePlaces(state: EngineState, plan: PlanInForce, agenda: Agenda, out: Outputs): void {
  if (agenda.places.size === 0) return;
  const where = findWhereabouts(state);
  for (const placeId of [...agenda.places.keys()].sort()) settlePlace(state, where, plan, placeId, agenda, out);
}

function settlePlace(
  state: EngineState,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  agenda: Agenda,
  out: Outputs,
): void {
  const last = planWithPlace(state, placeId);
  const place = last?.placeById.get(placeId);
  if (last === null || place === undefined) return;
  const findings = judgePlace(state, where, last, place);
  const latchMs = file(state, findings.judgements, agenda.places.get(placeId) ?? 'timer', out);
  if (last !== plan) return setLook(state, { kind: 'place', place: placeId }, latchMs);
  setLook(state, { kind: 'place', place: placeId }, earlier(findings.nextMs, latchMs));
  state.touched.coverage.set(placeId, coverageRecord(state, where, plan, place, findings.dueMs));
}

/** Hands what rules found to the alert book; answers when some of it must be looked at again whatever comes. */
function file(state: EngineState, judgements: readonly Judgement[], cause: AlertCause, out: Outputs): number | null {
  let againMs: number | null = null;
  for (const judgement of judgements) {
    const { topic, episodes } = judgement;
    if (episodes.length === 0 && !state.alerts.has(topic.key)) continue;
    const versions = updateAlerts(state, judgement, state.settledToMs, occasionOf(state, cause));
    out.alerts.push(...versions);
    if (versions.length > 0) planUpkeep(state, topic.book);
    againMs = earlier(againMs, releasesAtMs(state, topic));
  }
  return againMs;
}

function planUpkeep(state: EngineState, book: AlertBook): void {
  setLook(state, { kind: 'alerts', book }, nextUpkeepMs(state, book));
}

function setLook(state: EngineState, key: TimerKey, atMs: number | null): void {
  state.timers.set(key, atMs === null ? null : nextLook(state, atMs));
}

/** Looks happen at settling instants only, and never at the present one again. */
function nextLook(state: EngineState, atMs: number): number {
  return Math.max(settleAtOrAfterMs(atMs), nextSettleMs(state.nowMs));
}

function occasionOf(state: EngineState, cause: AlertCause): { nowMs: number; cause: AlertCause; logId: string } {
  return { nowMs: state.nowMs, cause, logId: formatLogId(state.lastId) };
}
