import { orderClashes } from '../district/layer-faults.js';
import { ordersFrom, planSeries } from '../district/plan-series.js';
import { MAX_PLAN_AHEAD_MS, PLAN_LEAD_MS } from '../model/limits.js';
import type { CompiledPlan, PlanOrder, PlanPublication } from '../model/plan.js';
import type { PlanRecord } from '../model/plan-record.js';
import { standingPlans } from '../model/standing-plans.js';
import { appendPlans, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { isoText } from './instants.js';
import { readDistrict } from './read-state.js';
import { requestInvalid } from './validation.js';

const MAX_AHEAD_DAYS = MAX_PLAN_AHEAD_MS / 86_400_000;
/** Engines hold the plans that late fixes may still be judged by: at most so many, with those to come. */
export const MAX_HELD_PLANS = 12;
/** How long a plan whose time is over may still be held. */
const HELD_MS = 2 * 3_600_000;
/** What is withdrawn is held no more, and stands in the history all the same. */
export const MAX_PLANS_A_DAY = 100;
const DAY_MS = 86_400_000;
/** A renewal of the calendar may come first, and changes nothing that the person saw. */
const ATTEMPTS = 3;

export interface PublishWish extends PlanPublication {
  readonly sourceSha256: string;
  readonly fromMs: number;
}

/** The plan as it stands in the log, `created` by this call or not; or, where the engine has not come to the entry, that entry. */
export type PublishOutcome = { readonly plan: PlanAnswer; readonly created: boolean } | Unjudged;

export type PlanState = 'waiting' | 'in-force' | 'past' | 'withdrawn';
export interface PlanAnswer extends PlanRecord {
  /** Renewals of its calendar have versions of their own, up to this one. */
  readonly lastVersion: number;
  readonly inForceToMs: number | null;
  readonly state: PlanState;
}

/** Plans of the log, newest first; renewals of a calendar are one with the plan that they renew. */
export function planAnswers(records: readonly PlanRecord[], nowMs: number): PlanAnswer[] {
  const standing = standingPlans(records);
  const followers = new Map(standing.map((record, i) => [record, standing[i + 1] ?? null]));
  const answers: PlanAnswer[] = [];
  for (const record of records) {
    const { version, inForceFromMs } = record;
    const inForceToMs = followers.get(record)?.inForceFromMs ?? null;
    const state = followers.has(record) ? stateOf(inForceFromMs, inForceToMs, nowMs) : 'withdrawn';
    const answer = { ...record, lastVersion: version, inForceToMs, state };
    const last = answers.at(-1);
    if (last === undefined || !isRenewal(last, answer)) answers.push(answer);
    else {
      const renewed = { lastVersion: version, inForceToMs, state: stateOf(last.inForceFromMs, inForceToMs, nowMs) };
      answers.splice(-1, 1, { ...last, ...renewed });
    }
  }
  return answers.reverse();
}

function isRenewal(before: PlanAnswer, after: PlanAnswer): boolean {
  return (
    before.state !== 'withdrawn' &&
    after.state !== 'withdrawn' &&
    before.sourceSha256 === after.sourceSha256 &&
    before.published?.actionId === after.published?.actionId &&
    ordersOf(before) === ordersOf(after)
  );
}

function ordersOf({ orders = [] }: PlanRecord): string {
  return orders.map(({ actionId }) => actionId).join();
}

function stateOf(fromMs: number, toMs: number | null, nowMs: number): PlanState {
  if (fromMs > nowMs) return 'waiting';
  return toMs !== null && toMs <= nowMs ? 'past' : 'in-force';
}

/**
 * Publishes a draft, or a plan of the history again. The same again answers the plan as it stands by then. Codes besides those of the log:
 * `request-invalid`, `action-id-used`, `too-many-plans`, `plan-unknown`, `plan-overtaken`, `plan-too-late`.
 */
export async function publishPlan(district: ApiDistrict, wish: PublishWish): Promise<PublishOutcome> {
  let records = await recordsOf(district);
  const standing = records.find(({ published }) => published?.actionId === wish.actionId);
  if (standing !== undefined) return { plan: theSame(district, records, standing, wish), created: false };
  checkInstant(wish.fromMs, district.clock.nowMs());
  refuseTooMany(district, { fromMs: wish.fromMs, count: 1 }, records);
  const found = await readDistrict(district, () => district.plans.find(wish.sourceSha256));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    refuseOvertaken(district, wish, records);
    const plans = await plansOf(district, wish, found, records);
    refuseTooMany(district, { fromMs: wish.fromMs, count: plans.length }, records);
    const { logId, passed } = await appendPlans(district, wish.actionId, plans);
    if (!passed) return unjudged(district, logId);
    records = await recordsOf(district);
    const mine = records.find(({ published }) => published?.actionId === wish.actionId);
    if (mine !== undefined) return { plan: theSame(district, records, mine, wish), created: true };
    if (!records.some(({ version }) => version === plans[0]?.version)) throw planTooLate(wish, logId.ms);
  }
  throw overtaken(district, wish, records.at(-1) ?? null);
}

/** Plans of the log by version, oldest first. */
export async function recordsOf(district: ApiDistrict): Promise<readonly PlanRecord[]> {
  return await readDistrict(district, () => district.plans.records());
}

function checkInstant(fromMs: number, nowMs: number): void {
  const [least, most] = [nowMs + PLAN_LEAD_MS, nowMs + MAX_PLAN_AHEAD_MS];
  if (fromMs >= least && fromMs <= most) return;
  const expected = `an instant from ${isoText(least)}, ${PLAN_LEAD_MS / 1_000} s ahead, to ${isoText(most)}, ${MAX_AHEAD_DAYS} days ahead`;
  throw requestInvalid([{ path: 'body/from', got: isoText(fromMs), expected }]);
}

/** `count`: how many plans are to follow, the first of them at `fromMs`. */
export function refuseTooMany(
  { id, clock }: ApiDistrict,
  { fromMs, count }: { readonly fromMs: number; readonly count: number },
  records: readonly PlanRecord[],
): void {
  const nowMs = clock.nowMs();
  const today = records.filter(({ loggedAtMs }) => loggedAtMs !== null && loggedAtMs > nowMs - DAY_MS).length;
  // Those of that instant and later are withdrawn.
  const before = standingPlans(records).filter(({ inForceFromMs }) => inForceFromMs < fromMs);
  const held = before.filter((_, i) => (before[i + 1]?.inForceFromMs ?? fromMs) > nowMs - HELD_MS).length;
  if (today + count <= MAX_PLANS_A_DAY && held + count <= MAX_HELD_PLANS) return;
  const message = `district ${id} has had ${today} plans in 24 h, of which ${held} are held with those to come, and ${count} more were to follow; expected at most ${MAX_PLANS_A_DAY} and ${MAX_HELD_PLANS} of all: publish for an earlier instant, which withdraws others, end an operation order, or wait`;
  throw apiError('too-many-plans', message, { today, held });
}

/** The plans of the entries: the version after the newest, and those of the orders that stand or wait, laid over it. */
async function plansOf(
  district: ApiDistrict,
  wish: PublishWish,
  found: CompiledPlan | null,
  records: readonly PlanRecord[],
): Promise<readonly CompiledPlan[]> {
  const { fromMs, sourceSha256, ...published } = wish;
  const orders = await ordersUnder(district, fromMs, records);
  const plans =
    found === null
      ? null
      : planSeries({
          id: wish.actionId,
          standing: [],
          ...versionsAt(records, fromMs),
          fromMs,
          nowMs: district.clock.nowMs(),
          base: found,
          orders,
          published,
        });
  if (found !== null && plans !== null) {
    refuseClashes(found, orders);
    return plans;
  }
  const message = `got the digest ${sourceSha256}, expected that of a draft of the last hour, or of a plan of the history of ${district.id} that says its calendar; send the files again as a draft`;
  throw apiError('plan-unknown', message, { got: sourceSha256 });
}

/** Orders that stand or wait at an instant. Where no record names one, the plans themselves are not read. */
async function ordersUnder(
  district: ApiDistrict,
  fromMs: number,
  records: readonly PlanRecord[],
): Promise<readonly PlanOrder[]> {
  const nowMs = district.clock.nowMs();
  const standing = standingPlans(records);
  const isAny = standing.some(
    ({ orders = [] }, i) => orders.length > 0 && (standing[i + 1]?.inForceFromMs ?? Number.POSITIVE_INFINITY) > nowMs,
  );
  return isAny ? ordersFrom(await readDistrict(district, () => district.plans.standing()), fromMs) : [];
}

/** What a series of plans needs to know of those before it. */
export function versionsAt(
  records: readonly PlanRecord[],
  fromMs: number,
): { readonly newestVersion: number; readonly beforeVersion: number } {
  return {
    newestVersion: records.at(-1)?.version ?? 0,
    beforeVersion: standingPlans(records).findLast(({ inForceFromMs }) => inForceFromMs < fromMs)?.version ?? 0,
  };
}

/** A plan that leaves an order without what it names is refused: whoever publishes it decides which of both is to give way. */
function refuseClashes(base: CompiledPlan, orders: readonly PlanOrder[]): void {
  const clashes = orderClashes(base, orders);
  if (clashes.length === 0) return;
  const [first] = clashes;
  const message = `got a plan that ${clashes.length} parts of operation orders do not fit (${first?.file} ${first?.path}: ${first?.reason}), expected one that fits all that stand or wait; end the order, or change the files`;
  throw apiError('orders-conflict', message, { faults: clashes, unlisted: 0 });
}

function refuseOvertaken(district: ApiDistrict, wish: PublishWish, records: readonly PlanRecord[]): void {
  const newest = records.at(-1) ?? null;
  if ((newest?.sourceSha256 ?? null) !== wish.basedOn) throw overtaken(district, wish, newest);
}

function overtaken({ id }: ApiDistrict, { basedOn }: PublishWish, newest: PlanRecord | null) {
  const by = newest?.published?.actor ?? 'the files of a server';
  const got = newest === null ? 'none' : `version ${newest.version} (${newest.sourceSha256}) of ${by}`;
  const message = `the newest plan of ${id} is ${got}, expected ${basedOn ?? 'none'}, which this one was drafted against; look at what changed, and draft again`;
  return apiError('plan-overtaken', message, { expected: basedOn, newest });
}

/** The append was held up for so long that the plan is nothing (E3). */
export function planTooLate({ fromMs, actionId }: Pick<PublishWish, 'fromMs' | 'actionId'>, loggedAtMs: number) {
  const message = `the plan came into the log at ${isoText(loggedAtMs)}, too late for ${isoText(fromMs)}, so it is nothing; publish it for a later instant`;
  return apiError('plan-too-late', message, { got: fromMs, loggedAtMs, actionId });
}

/** The standing plan if it is what was asked for. */
function theSame(
  district: ApiDistrict,
  records: readonly PlanRecord[],
  standing: PlanRecord,
  wish: PublishWish,
): PlanAnswer {
  const { published, sourceSha256 } = standing;
  const first = records.find((record) => record.published?.actionId === wish.actionId) ?? standing;
  const isSame =
    sourceSha256 === wish.sourceSha256 &&
    first.inForceFromMs === wish.fromMs &&
    published?.actor === wish.actor &&
    published.reason === wish.reason &&
    published.basedOn === wish.basedOn;
  const answer = planAnswers(records, district.clock.nowMs()).find(({ version }) => version === first.version);
  if (isSame && answer !== undefined) return answer;
  const message = `got another plan, instant or reason with id ${wish.actionId}, expected an id that no publication of the district has`;
  throw apiError('action-id-used', message, { got: wish.actionId, plan: standing });
}
