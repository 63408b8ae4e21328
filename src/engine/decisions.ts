import type { Ruler } from '../geo/ruler.js';
import type { ComparedFix, DecisionFinality, FixDecision, Measured } from '../model/decision.js';
import { unreachable } from '../model/errors.js';
import type { Disposition, Fix, FixFlag } from '../model/fix.js';
import { CLOCK_AHEAD_MS, HORIZON_MS, OUTLIER_RUN } from '../model/limits.js';
import type { FixesEntry, TrackerBatch } from '../model/log-entry.js';
import { compareLogIds, type LogId } from '../model/log-id.js';
import type { CompiledPlan, PlanUnit } from '../model/plan.js';
import { type Bucket, bucketAt } from './plan/buckets.js';
import { isNextStanding, NO_PLAN, planAt } from './plan/plans.js';
import { type Admission, admission } from './track/admit.js'; //                          in time? new?
import { trackFix } from './track/believe.js'; //                                                       plausible?
import { countingCopy, saysWhere } from './track/copies.js';
import { endOfInstant, listOf } from './track/fix-list.js';
import { createFold, type TrackPoint, type UnitFold } from './track/fold.js';
import { leastDistanceM, pointOf, reachable, topSpeedMps } from './track/points.js';
import { sigmaM } from './track/sigma.js';
import type { BaseEnd } from './track/unit.js';

/** One tracker's share of an entry, and where in the entry it stands. */
export interface NumberedBatch extends TrackerBatch {
  /** Number of the batch's first fix within the entry; its refused fixes are numbered after its fixes. */
  readonly ordinal: number;
}

/** The batches of an entry with their numbers; whoever looks for one unit may leave the others out. */
export function numbered({ batches }: FixesEntry): NumberedBatch[] {
  let ordinal = 0;
  return batches.map((batch) => {
    const first = ordinal;
    ordinal += batch.fixes.length + batch.rejected.length;
    return { ...batch, ordinal: first };
  });
}

/** What of the log bears on decisions. */
export type DecisionEntry =
  | (LoggedAt & { readonly kind: 'plan'; readonly plan: CompiledPlan })
  | (LoggedAt & { readonly kind: 'fixes'; readonly batches: readonly NumberedBatch[] })
  /** Fixes from before `atMs` come too late from here on. */
  | (LoggedAt & { readonly kind: 'resume' });

interface LoggedAt {
  readonly id: LogId;
  /** Log time, where it is not the id's. */
  readonly atMs?: number;
}

export interface DecisionInput {
  /** Versions that were logged before `entries`, oldest first, without a hole but those that were withdrawn: from the one in force at the first event time on. */
  readonly plans: readonly CompiledPlan[];
  /** A part of the log, in order. */
  readonly entries: Iterable<DecisionEntry>;
  /** Log time that the part begins at; null: it begins with the log. */
  readonly fromMs: number | null;
  /** Log time that has come: what is older than the horizon by then is final. */
  readonly nowMs: number;
  /** Only this unit's; null: everybody's, and nobody's. */
  readonly unit: string | null;
}

/**
 * What the fold decided about each copy of a fix, found again from a part of the log by the first two stages of the pipeline.
 * It need not know what came before the part: in the order of event time, after OUTLIER_RUN usable positions that each can be
 * reached from the one before, the last is believed whatever was believed before them. Decisions before that are `unproven`.
 * Sorted by (time, log id, ordinal).
 */
export function decideFixes({ plans: known, entries, fromMs, nowMs, unit }: DecisionInput): FixDecision[] {
  const plans = known.map(rosterOf);
  let resumedAtMs = 0;
  const units = new Map<string, UnitHistory>();
  const rows: Row[] = [];
  /** Event time from which on the part has every copy of an instant: one may be logged CLOCK_AHEAD_MS before its event time. */
  const wholeFromMs = fromMs === null ? Number.NEGATIVE_INFINITY : fromMs + CLOCK_AHEAD_MS;
  const historyOf = (id: string): UnitHistory => {
    const history = units.get(id) ?? createHistory(id, wholeFromMs);
    units.set(id, history);
    return history;
  };
  for (const entry of entries) {
    const loggedAtMs = entry.atMs ?? entry.id.ms;
    if (entry.kind === 'resume') {
      resumedAtMs = loggedAtMs;
      continue;
    }
    if (entry.kind === 'plan') {
      if (isNextStanding(plans.at(-1)?.plan ?? NO_PLAN, entry.plan, loggedAtMs)) plans.push(rosterOf(entry.plan));
      continue;
    }
    const { id, batches } = entry;
    const ownerAt = (atMs: number, tracker: string): string | null =>
      planAt({ plans }, atMs)?.unitByTracker.get(tracker)?.id ?? null;
    for (const batch of batches) {
      for (const [i, fix] of batch.fixes.entries()) {
        const owner = ownerAt(fix.eventTimeMs, batch.tracker);
        if (unit !== null && owner !== unit) continue;
        const history = owner === null ? null : historyOf(owner);
        const ordinal = batch.ordinal + i;
        rows.push(admitCopy(history, plans, { logId: id, loggedAtMs, resumedAtMs, ordinal, unit: owner, batch, fix }));
      }
      const speaker = ownerAt(loggedAtMs, batch.tracker);
      if (unit !== null && speaker !== unit) continue;
      for (const [i, rejected] of batch.rejected.entries()) {
        const ordinal = batch.ordinal + batch.fixes.length + i;
        rows.push(refusedRow({ logId: id, loggedAtMs, ordinal }, speaker, batch, rejected));
      }
    }
  }
  for (const history of units.values()) {
    advance(history, plans, nowMs);
    trackAll(history, plans, history.fixes, 'provisional');
  }
  return rows.sort(byTime);
}

/** What admission and track ask of a plan. */
interface Roster {
  readonly plan: CompiledPlan;
  readonly fromMs: number;
  readonly ruler: Ruler;
  readonly unitById: ReadonlyMap<string, PlanUnit>;
  readonly unitByTracker: ReadonlyMap<string, PlanUnit>;
}

function rosterOf(plan: CompiledPlan): Roster {
  return {
    plan,
    fromMs: plan.inForceFromMs,
    ruler: plan.ruler,
    unitById: new Map(plan.units.map((unit) => [unit.id, unit])),
    unitByTracker: new Map(plan.units.map((unit) => [unit.tracker, unit])),
  };
}

/** A decision while it is being made. */
type Row = { -readonly [Field in keyof FixDecision]: FixDecision[Field] };

interface UnitHistory {
  readonly id: string;
  readonly wholeFromMs: number;
  /** The copies that may count and are not final, as the engine holds them. */
  readonly fixes: Fix[];
  baseEnd: BaseEnd | null;
  /** The final ones, in event time. */
  readonly fold: UnitFold;
  /** Rows of every copy by its fix; by event time that of the copy that counts, and those of the copies that may count or might have. */
  readonly rowOf: Map<Fix, Row>;
  readonly counting: Map<number, Row>;
  readonly copies: Map<number, Row[]>;
  /** How many usable positions in a row could each be reached from the one before. */
  agreeing: number;
  previous: TrackPoint | null;
  /** What `fold` believes does not depend on what came before the part. */
  proven: boolean;
}

function createHistory(id: string, wholeFromMs: number): UnitHistory {
  const proven = wholeFromMs === Number.NEGATIVE_INFINITY;
  return {
    id,
    wholeFromMs,
    fixes: [],
    baseEnd: null,
    fold: createFold(),
    rowOf: new Map(),
    counting: new Map(),
    copies: new Map(),
    agreeing: 0,
    previous: null,
    proven,
  };
}

interface Arrival {
  readonly logId: LogId;
  readonly loggedAtMs: number;
  readonly resumedAtMs: number;
  readonly ordinal: number;
  readonly unit: string | null;
  readonly batch: TrackerBatch;
  readonly fix: Fix;
}

function admitCopy(history: UnitHistory | null, plans: readonly Roster[], arrival: Arrival): Row {
  const { logId, loggedAtMs, resumedAtMs, ordinal, unit, batch } = arrival;
  // Rows are found by their fix: two copies are never one object.
  const fix = { ...arrival.fix };
  const nowMs = loggedAtMs;
  if (history !== null) advance(history, plans, nowMs);
  const bucket = bucketAt({ plans }, unit, fix.eventTimeMs);
  const held = history === null ? null : { fixes: listOf(history.fixes), baseEnd: history.baseEnd };
  const found = admission(held, fix, nowMs, bucket, resumedAtMs);
  const row: Row = {
    logId,
    loggedAtMs,
    ordinal,
    unit,
    tracker: batch.tracker,
    reportId: batch.reportId,
    atMs: fix.eventTimeMs,
    fix,
    rejected: null,
    sigmaM: sigmaM(fix),
    disposition: 'admitted',
    flag: null,
    measured: null,
    comparedWith: null,
    finality: 'confirmed',
  };
  history?.rowOf.set(fix, row);
  switch (found.is) {
    case 'clock-ahead':
      return flagged(row, found.is, { got: fix.eventTimeMs - nowMs, limit: CLOCK_AHEAD_MS, unit: 'ms' });
    case 'late':
      return flagged(
        row,
        found.is,
        { got: nowMs - fix.eventTimeMs, limit: Math.min(HORIZON_MS, nowMs - resumedAtMs), unit: 'ms' },
        history?.counting.get(fix.eventTimeMs),
      );
    case 'unknown-tracker':
      return flagged(row, found.is, null);
    case 'too-dense': {
      row.finality = finalityOf(history, row, 'confirmed', bucket);
      return flagged(row, found.is, null, found.other === null ? undefined : history?.rowOf.get(found.other));
    }
    case 'new':
    case 'duplicate':
    case 'conflict':
      if (history !== null) placeCopy(history, row, fix, found, bucket);
      return row;
    default:
      return unreachable(found);
  }
}

/** A copy that may count: which copies of its instant do, or would but for another, is said once the fold has chosen. */
function placeCopy(
  history: UnitHistory,
  row: Row,
  fix: Fix,
  found: Extract<Admission, { is: 'new' | 'duplicate' | 'conflict' }>,
  bucket: Bucket,
): void {
  const { rowOf, copies } = history;
  for (const other of found.crowded) {
    for (const loser of copies.get(other.eventTimeMs) ?? []) {
      if (loser.fix === other) flagged(loser, 'too-dense', null, row);
      else flagged(loser, 'conflict', null, rowOf.get(other));
      loser.finality = finalityOf(history, loser, 'confirmed', bucket);
    }
    copies.delete(other.eventTimeMs);
  }
  const rivals = copies.get(fix.eventTimeMs) ?? [];
  copies.set(fix.eventTimeMs, rivals);
  const same = found.same === null ? undefined : rowOf.get(found.same);
  if (same === undefined) rivals.push(row);
  else {
    const [loser, winner] = found.held === null ? [row, same] : [same, row];
    if (winner === row) rivals[rivals.indexOf(same)] = row;
    loser.disposition = 'duplicate';
    loser.flag = null;
    loser.comparedWith = comparedWith(winner);
    loser.finality = finalityOf(history, loser, 'confirmed', bucket);
  }
  if (found.held !== null) history.fixes.splice(found.start, found.removed, ...found.held);
}

/** Fixes older than the horizon can have nothing before them any more, and no better copy. */
function advance(history: UnitHistory, plans: readonly Roster[], nowMs: number): void {
  let end = 0;
  while (end < history.fixes.length && (history.fixes[end] as Fix).eventTimeMs < nowMs - HORIZON_MS) end += 1;
  const last = history.fixes[end - 1];
  if (last === undefined) return;
  const fixes = history.fixes.splice(0, end);
  const lastCopies = fixes.filter(({ eventTimeMs }) => eventTimeMs === last.eventTimeMs);
  history.baseEnd = { atMs: last.eventTimeMs, saysWhere: lastCopies.some(saysWhere) };
  trackAll(history, plans, fixes, 'confirmed');
}

/** @param finality of what these fixes decide, once it is proven */
function trackAll(
  history: UnitHistory,
  plans: readonly Roster[],
  fixes: readonly Fix[],
  finality: DecisionFinality,
): void {
  const list = listOf(fixes);
  for (let i = 0; i < fixes.length; ) {
    const end = endOfInstant(list, i);
    trackInstant(history, plans, fixes.slice(i, end), finality);
    i = end;
  }
}

/** One copy of an instant goes on, as the fold chooses it; the others are in conflict with it. */
function trackInstant(
  history: UnitHistory,
  plans: readonly Roster[],
  copies: readonly Fix[],
  finality: DecisionFinality,
): void {
  const [first] = copies as readonly [Fix];
  const atMs = first.eventTimeMs;
  const plan = planAt({ plans }, atMs);
  const planned = plan?.unitById.get(history.id);
  const isChoice = copies.length > 1 && plan !== null && planned !== undefined;
  const one = isChoice ? countingCopy(copies, history.fold.last, planned, plan.plan) : first;
  const winner = history.rowOf.get(one);
  if (winner !== undefined) history.counting.set(atMs, winner);
  // Which of them counts may hang on what was believed before the part.
  if (isChoice && !history.proven) Object.assign(history, { agreeing: 0, previous: null });
  trackCopy(history, plans, one, finality, !isChoice);
  for (const row of history.copies.get(atMs) ?? []) {
    if (row === winner) continue;
    flagged(row, 'conflict', null, winner);
    row.finality = finalityOf(history, row, finality, bucketAt({ plans }, history.id, atMs));
  }
  history.copies.delete(atMs);
}

/**
 * @param finality of what this fix decides, once it is proven
 * @param isSure it is the one that counts at its instant, whatever was believed before
 */
function trackCopy(
  history: UnitHistory,
  plans: readonly Roster[],
  fix: Fix,
  finality: DecisionFinality,
  isSure: boolean,
): void {
  const row = history.rowOf.get(fix);
  const plan = planAt({ plans }, fix.eventTimeMs);
  const planned = plan?.unitById.get(history.id);
  if (row === undefined || plan === null || planned === undefined) return;
  const bucket = bucketAt({ plans }, history.id, fix.eventTimeMs);
  const point = pointOf(fix, plan.plan.area);
  const { fold } = history;
  const { last, candidates } = fold;
  if (typeof point !== 'string' && isSure) observe(history, plan.ruler, point, planned, bucket);
  const believed = new Set(trackFix(fold, fix, planned, plan.plan).map(({ eventTimeMs }) => eventTimeMs));
  for (const candidate of candidates) {
    const waiting = history.counting.get(candidate.eventTimeMs);
    if (waiting === undefined || fold.candidates.includes(candidate)) continue;
    if (believed.has(candidate.eventTimeMs)) admitted(waiting);
    if (waiting.finality === 'provisional') waiting.finality = finality;
  }
  row.finality = finalityOf(history, row, finality, bucket);
  if (typeof point === 'string') {
    flagged(row, point, null);
    row.finality = bucket.fromMs > history.wholeFromMs ? finality : 'unproven';
  } else if (believed.has(fix.eventTimeMs)) admitted(row);
  else {
    if (row.finality !== 'unproven') row.finality = 'provisional';
    const from = last as TrackPoint;
    const travelledM = leastDistanceM(plan.ruler, from, point);
    const got = (travelledM * 1_000) / (point.eventTimeMs - from.eventTimeMs);
    flagged(row, 'outlier', { got, limit: topSpeedMps(planned), unit: 'mps' }, history.counting.get(from.eventTimeMs));
  }
}

/** Counts how many positions in a row agree: enough of them prove what the fold believes. */
function observe(history: UnitHistory, ruler: Ruler, point: TrackPoint, planned: PlanUnit, bucket: Bucket): void {
  if (history.proven || bucket.fromMs <= history.wholeFromMs) return;
  const { previous } = history;
  history.agreeing = previous !== null && reachable(ruler, previous, point, planned) ? history.agreeing + 1 : 1;
  history.previous = point;
  history.proven = history.agreeing >= OUTLIER_RUN;
}

/** What a copy came to by other copies alone holds whatever was believed, once all that may share its bucket are in the part. */
function finalityOf(
  history: UnitHistory | null,
  row: Row,
  otherwise: DecisionFinality,
  bucket: Bucket,
): DecisionFinality {
  if (history === null) return otherwise;
  const isCopy = row.disposition === 'duplicate' || row.flag === 'too-dense';
  return (isCopy ? bucket.fromMs > history.wholeFromMs : history.proven) ? otherwise : 'unproven';
}

function admitted(row: Row): void {
  row.disposition = 'admitted';
  row.flag = null;
  row.measured = null;
  row.comparedWith = null;
}

function flagged(row: Row, flag: FixFlag, measured: Measured | null, other?: Row): Row {
  row.disposition = 'flagged';
  row.flag = flag;
  row.measured = measured;
  row.comparedWith = other === undefined ? null : comparedWith(other);
  return row;
}

function comparedWith({ logId, ordinal, fix, sigmaM: accuracyM }: Row): ComparedFix | null {
  return fix === null ? null : { logId, ordinal, fix, sigmaM: accuracyM };
}

function refusedRow(
  place: Pick<Row, 'logId' | 'loggedAtMs' | 'ordinal'>,
  unit: string | null,
  { tracker, reportId }: TrackerBatch,
  rejected: TrackerBatch['rejected'][number],
): Row {
  const disposition: Disposition = 'refused';
  const nothing = { fix: null, sigmaM: null, flag: null, measured: null, comparedWith: null };
  return {
    ...place,
    ...nothing,
    unit,
    tracker,
    reportId,
    atMs: place.loggedAtMs,
    rejected,
    disposition,
    finality: 'confirmed',
  };
}

function byTime(a: FixDecision, b: FixDecision): number {
  return a.atMs - b.atMs || compareLogIds(a.logId, b.logId) || a.ordinal - b.ordinal;
}
