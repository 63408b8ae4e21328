import { createHash } from 'node:crypto';
import { DistrictError, FaultList } from '../district/faults.js';
import { baseOf } from '../district/layered-plan.js';
import { ORDER_FILE, type OrderContext, parseOrder, type ReadOrder } from '../district/parse-order.js';
import { ordersFrom, planSeries, soonestPlanMs } from '../district/plan-series.js';
import { canonicalJson } from '../model/canonical-json.js';
import { PLAN_LEAD_MS } from '../model/limits.js';
import type { CompiledPlan, PlanOrder, PlanOrdering } from '../model/plan.js';
import type { OrderRecord, PlanRecord } from '../model/plan-record.js';
import { standingPlans } from '../model/standing-plans.js';
import { appendPlans, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { isoText } from './instants.js';
import { planTooLate, recordsOf, refuseTooMany, versionsAt } from './plan-orders.js';
import type { OrderAnswer, OrderState } from '../protocol/order-answer.js';
import { readDistrict } from './read-state.js';

/** Another plan may be logged meanwhile, and the order is laid over that one then. */
const ATTEMPTS = 3;

interface Act {
  /** The caller's own: a repeat of it does nothing. */
  readonly actionId: string;
  readonly actor: string;
}
export interface OrderWish extends Act {
  /** The order as its file says it. */
  readonly order: object;
  /** `sourceSha256` of the newest plan that the person knew; undefined: whatever it is. */
  readonly basedOn: string | undefined;
}
export interface EndWish extends Act {
  readonly orderId: string;
  readonly reason: string;
}

/** The order as it stands in the log, `created` by this call or not; or, where the engine has not come to the entry, that entry. */
export type OrderOutcome = { readonly order: OrderAnswer; readonly created: boolean } | Unjudged;

/** Operation orders of the log, the one that was made last first. */
export function orderAnswers(records: readonly PlanRecord[], nowMs: number): OrderAnswer[] {
  const standing = standingPlans(records);
  const made = new Map<string, { readonly order: OrderRecord; readonly record: PlanRecord }>();
  for (const record of records)
    for (const order of record.orders ?? []) if (!made.has(order.actionId)) made.set(order.actionId, { order, record });
  const answers = [...made.values()].map(({ order, record }): OrderAnswer => {
    const first = standing.findIndex((plan) => carries(plan, order));
    const last = standing.findLastIndex((plan) => carries(plan, order));
    const fromMs = standing[first]?.inForceFromMs ?? null;
    const toMs = fromMs === null ? null : (standing[last + 1]?.inForceFromMs ?? order.toMs);
    const end = records.find(
      ({ version, ordered }) => version > record.version && ordered?.is === 'ended' && ordered.order === order.id,
    )?.ordered;
    const state = stateOf(fromMs, toMs, nowMs);
    return {
      ...order,
      state,
      madeAtMs: record.loggedAtMs,
      inForceFromMs: fromMs,
      inForceToMs: toMs,
      ended: end === undefined ? null : { actor: end.actor, reason: end.reason, actionId: end.actionId },
    };
  });
  return answers.reverse();
}

function carries({ orders = [] }: PlanRecord, { actionId }: OrderRecord): boolean {
  return orders.some((order) => order.actionId === actionId);
}

function stateOf(fromMs: number | null, toMs: number | null, nowMs: number): OrderState {
  if (fromMs === null || toMs === null) return 'withdrawn';
  if (fromMs > nowMs) return 'waiting';
  return toMs <= nowMs ? 'past' : 'in-force';
}

/**
 * Makes an operation order: the plans with it and, from its end on, without it are logged together. The same again answers the order as it
 * stands by then. Codes besides those of the log: `order-invalid`, `action-id-used`, `too-many-plans`, `plan-missing`, `plan-overtaken`,
 * `plan-too-late`.
 */
export async function makeOrder(district: ApiDistrict, wish: OrderWish): Promise<OrderOutcome> {
  return await change(district, wish, { order: wish.order }, async (records, wishSha256) => {
    refuseOvertaken(district, wish, records);
    const standing = await standingOf(district);
    const read = readOrder(district, wish.order, standing);
    const order: PlanOrder = { ...read, actor: wish.actor, actionId: wish.actionId };
    return {
      fromMs: order.fromMs,
      standing,
      orders: [...ordersFrom(standing, order.fromMs), order],
      ordered: { is: 'made', order: order.id, wishSha256, reason: order.reason },
    };
  });
}

/**
 * Ends an operation order a minute from now, or one that waits before it begins. Codes besides those of the log: `order-unknown`, `order-over`,
 * `action-id-used`, `too-many-plans`, `plan-missing`, `plan-too-late`.
 */
export async function endOrder(district: ApiDistrict, wish: EndWish): Promise<OrderOutcome> {
  const { orderId, reason } = wish;
  return await change(district, wish, { orderId, reason }, async (records, wishSha256) => {
    const standing = await standingOf(district);
    const soonMs = soonestMs(district);
    const order = ordersFrom(standing, soonMs).find(({ id }) => id === orderId);
    if (order === undefined) throw notStanding(district, orderId, records);
    const fromMs = Math.max(order.fromMs, soonMs);
    return {
      fromMs,
      standing,
      orders: ordersFrom(standing, fromMs).filter(({ id }) => id !== orderId),
      ordered: { is: 'ended', order: orderId, wishSha256, reason },
    };
  });
}

interface Change {
  readonly fromMs: number;
  readonly standing: readonly CompiledPlan[];
  readonly orders: readonly PlanOrder[];
  readonly ordered: Omit<PlanOrdering, 'actor' | 'actionId'>;
}

/** `said`: what the act says, for its repeats. */
async function change(
  district: ApiDistrict,
  act: Act,
  said: object,
  changeOf: (records: readonly PlanRecord[], wishSha256: string) => Promise<Change>,
): Promise<OrderOutcome> {
  const wishSha256 = createHash('sha256').update(canonicalJson(said)).digest('hex');
  let records = await recordsOf(district);
  const before = standingAct(district, records, act, wishSha256);
  if (before !== null) return { order: before, created: false };
  for (let attempt = 1; ; attempt += 1) {
    const { fromMs, standing, orders, ordered } = await changeOf(records, wishSha256);
    const { actionId, actor } = act;
    const plans = planSeries({
      id: actionId,
      standing,
      ...versionsAt(records, fromMs),
      fromMs,
      nowMs: district.clock.nowMs(),
      base: null,
      orders,
      ordered: { ...ordered, actionId, actor },
    });
    if (plans === null) throw planMissing(district, 'that says its calendar: publish one first');
    refuseTooMany(district, { fromMs, count: plans.length }, records);
    const { logId, passed } = await appendPlans(district, actionId, plans);
    if (!passed) return unjudged(district, logId);
    records = await recordsOf(district);
    const made = standingAct(district, records, act, wishSha256);
    if (made !== null) return { order: made, created: true };
    const isOvertaken = records.some(({ version }) => version === plans[0]?.version);
    if (!isOvertaken || attempt === ATTEMPTS) throw planTooLate({ fromMs, actionId }, logId.ms);
  }
}

/** The order of an act that was logged before; null: it was not. */
function standingAct(
  district: ApiDistrict,
  records: readonly PlanRecord[],
  { actionId, actor }: Act,
  wishSha256: string,
): OrderAnswer | null {
  const found = records.find(
    ({ ordered, published }) => ordered?.actionId === actionId || published?.actionId === actionId,
  );
  if (found === undefined) return null;
  const { ordered } = found;
  const isSame = ordered?.actionId === actionId && ordered.wishSha256 === wishSha256 && ordered.actor === actor;
  const made = orderAnswers(records, district.clock.nowMs());
  const order = !isSame
    ? undefined
    : made.find((one) => (ordered.is === 'made' ? one.actionId === actionId : one.ended?.actionId === actionId));
  if (order !== undefined) return order;
  const message = `got another order, or another plan, with id ${actionId}, expected an id that no publication and no order of the district has`;
  throw apiError('action-id-used', message, { got: actionId, plan: found });
}

async function standingOf(district: ApiDistrict): Promise<readonly CompiledPlan[]> {
  const standing = await readDistrict(district, () => district.plans.standing());
  if (standing.length === 0) throw planMissing(district, 'that an order could be laid over');
  return standing;
}

function planMissing({ id }: ApiDistrict, what: string) {
  return apiError('plan-missing', `got no plan of ${id} in force, expected one ${what}`);
}

function readOrder(district: ApiDistrict, raw: object, standing: readonly CompiledPlan[]): ReadOrder {
  const nowMs = district.clock.nowMs();
  const context: OrderContext = {
    bases: ({ fromMs, toMs }) =>
      standing
        .filter((plan, i) => plan.inForceFromMs < toMs && (standing[i + 1]?.inForceFromMs ?? toMs) > fromMs)
        .map(baseOf),
    others: ordersFrom(standing, nowMs),
    nowMs,
  };
  const faults = new FaultList();
  const order = parseOrder(raw, context, faults);
  if (order !== null) return order;
  try {
    faults.throwIfAny(ORDER_FILE, null);
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    const named = error.faults.map(({ path, reason }) => `${path}: ${reason}`);
    const message = `got ${faults.count} faults in the order, expected none: ${named.slice(0, 3).join('; ')}${named.length > 3 ? '; …' : ''}`;
    throw apiError('order-invalid', message, { faults: error.faults, unlisted: error.unlisted });
  }
  throw new Error('bug: an order was given up without a fault');
}

function refuseOvertaken({ id }: ApiDistrict, { basedOn }: OrderWish, records: readonly PlanRecord[]): void {
  const newest = records.at(-1) ?? null;
  if (basedOn === undefined || newest?.sourceSha256 === basedOn) return;
  const got = newest === null ? 'none' : `version ${newest.version} (${newest.sourceSha256})`;
  const message = `the newest plan of ${id} is ${got}, expected ${basedOn}, which the order was written for; look at what changed, and send it again`;
  throw apiError('plan-overtaken', message, { expected: basedOn, newest });
}

/** From when on a plan can take effect that is logged now. */
function soonestMs({ clock }: ApiDistrict): number {
  return soonestPlanMs(Math.ceil(clock.nowMs()), clock.kind);
}

function notStanding(district: ApiDistrict, orderId: string, records: readonly PlanRecord[]) {
  const known = orderAnswers(records, district.clock.nowMs()).find(({ id }) => id === orderId);
  if (known === undefined) {
    const message = `got ${JSON.stringify(orderId)}, expected the id of an operation order of ${district.id} that stands or waits`;
    return apiError('order-unknown', message, { got: orderId });
  }
  const end = known.inForceToMs === null ? 'was withdrawn' : `ends at ${isoText(known.inForceToMs)}`;
  const message = `the operation order ${orderId} ${end}, expected one that stands for more than ${PLAN_LEAD_MS / 1_000} s yet, or waits`;
  return apiError('order-over', message, { order: known });
}
