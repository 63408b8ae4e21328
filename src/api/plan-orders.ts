import { renewedPlan } from '../district/compile-plan.js';
import { MAX_PLAN_AHEAD_MS, PLAN_LEAD_MS } from '../model/limits.js';
import type { CompiledPlan, PlanPublication } from '../model/plan.js';
import type { PlanRecord } from '../model/plan-record.js';
import { standingPlans } from '../model/standing-plans.js';
import { appendAct, type Unjudged, unjudged } from './append-act.js';
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
    before.published?.actionId === after.published?.actionId
  );
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
  refuseTooMany(district, wish, records);
  const found = await readDistrict(district, () => district.plans.find(wish.sourceSha256));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    refuseOvertaken(district, wish, records);
    const plan = planOf(district, wish, found, records);
    const { logId, passed } = await appendAct(district, { kind: 'plan', plan });
    if (!passed) return unjudged(district, logId);
    records = await recordsOf(district);
    const mine = records.find(({ published }) => published?.actionId === wish.actionId);
    if (mine !== undefined) return { plan: theSame(district, records, mine, wish), created: true };
    if (!records.some(({ version }) => version === plan.version)) throw tooLate(wish, logId.ms);
  }
  throw overtaken(district, wish, records.at(-1) ?? null);
}

async function recordsOf(district: ApiDistrict): Promise<readonly PlanRecord[]> {
  return await readDistrict(district, () => district.plans.records());
}

function checkInstant(fromMs: number, nowMs: number): void {
  const [least, most] = [nowMs + PLAN_LEAD_MS, nowMs + MAX_PLAN_AHEAD_MS];
  if (fromMs >= least && fromMs <= most) return;
  const expected = `an instant from ${isoText(least)}, ${PLAN_LEAD_MS / 1_000} s ahead, to ${isoText(most)}, ${MAX_AHEAD_DAYS} days ahead`;
  throw requestInvalid([{ path: 'body/from', got: isoText(fromMs), expected }]);
}

function refuseTooMany({ id, clock }: ApiDistrict, { fromMs }: PublishWish, records: readonly PlanRecord[]): void {
  const nowMs = clock.nowMs();
  const today = records.filter(({ loggedAtMs }) => loggedAtMs !== null && loggedAtMs > nowMs - DAY_MS).length;
  // Those of that instant and later are withdrawn.
  const before = standingPlans(records).filter(({ inForceFromMs }) => inForceFromMs < fromMs);
  const held = before.filter((_, i) => (before[i + 1]?.inForceFromMs ?? fromMs) > nowMs - HELD_MS).length;
  if (today < MAX_PLANS_A_DAY && held < MAX_HELD_PLANS) return;
  const message = `district ${id} has had ${today} plans in 24 h, of which ${held} are held with those to come; expected less than ${MAX_PLANS_A_DAY} and ${MAX_HELD_PLANS}: publish for an earlier instant, which withdraws others, or wait`;
  throw apiError('too-many-plans', message, { today, held });
}

/** The entry's plan: the version after the newest, with a calendar that is expanded from now on. */
function planOf(
  district: ApiDistrict,
  wish: PublishWish,
  found: CompiledPlan | null,
  records: readonly PlanRecord[],
): CompiledPlan & Required<Pick<CompiledPlan, 'published'>> {
  const { fromMs, sourceSha256, ...published } = wish;
  const newest = records.at(-1)?.version ?? 0;
  const before = standingPlans(records).findLast(({ inForceFromMs }) => inForceFromMs < fromMs)?.version ?? 0;
  const plan =
    found === null
      ? null
      : renewedPlan(found, {
          version: newest + 1,
          inForceFromMs: fromMs,
          nowMs: district.clock.nowMs(),
          ...(newest > before ? { withdraws: newest - before } : {}),
        });
  if (plan !== null) return { ...plan, published };
  const message = `got the digest ${sourceSha256}, expected that of a draft of the last hour, or of a plan of the history of ${district.id} that says its calendar; send the files again as a draft`;
  throw apiError('plan-unknown', message, { got: sourceSha256 });
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

function tooLate({ fromMs, actionId }: PublishWish, loggedAtMs: number) {
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
