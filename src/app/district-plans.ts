import type { DistrictPlans } from '../api/deps.js';
import { renewedPlan } from '../district/compile-plan.js';
import { baseOf, layeredPlan } from '../district/layered-plan.js';
import type { HotStore } from '../hot/hot-store.js';
import type { PlanDrafts } from '../hot/plan-drafts.js';
import type { LogHistory } from '../log/log-history.js';
import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Clock } from '../model/ports.js';
import { standingPlans } from '../model/standing-plans.js';
import { closedByPlan } from './closed-by-plan.js';
import { checkInThread } from './plan-check-threads.js';
import type { FileTexts, PlanCheckOutcome } from './plan-check.js';
import { readPlanOf } from './read-plans.js';

/** How long a draft waits to be published. */
const DRAFT_KEPT_MS = 3_600_000;

export interface DistrictPlansOptions {
  readonly district: string;
  readonly hot: Pick<HotStore, 'readPlan' | 'readPlanRecords' | 'readOpenAlerts'>;
  readonly drafts: PlanDrafts;
  readonly history: LogHistory;
  readonly clock: Clock;
  readonly whatIf: DistrictPlans['whatIf'];
}

/** Drafts and plans of one district, as the API asks for them. */
export function districtPlans(o: DistrictPlansOptions): DistrictPlans {
  return {
    records: () => o.hot.readPlanRecords(),
    draft: (texts) => draft(o, texts),
    find: (sourceSha256) => find(o, sourceSha256),
    standing: () => standing(o),
    whatIf: (plan, hours) => o.whatIf(plan, hours),
  };
}

async function draft(o: DistrictPlansOptions, texts: FileTexts): ReturnType<DistrictPlans['draft']> {
  const { district, hot, drafts, clock } = o;
  const inForce = await hot.readPlan();
  const nowMs = clock.nowMs();
  // Orders are laid over the draft as they are over the plan in force: neither takes them out.
  const base = inForce === null ? null : withoutOrders(inForce, nowMs);
  const { plan, warnings, changes } = rightOf(await checkInThread({ district, texts, inForce: base, nowMs }));
  const open = await hot.readOpenAlerts();
  const layered = layeredPlan(plan, inForce?.orders ?? []);
  return {
    plan,
    warnings,
    changes,
    inForce,
    closes: closedByPlan(inForce, layered, open, clock.nowMs()),
    newest: (await hot.readPlanRecords()).at(-1) ?? null,
    keptUntilMs: await drafts.put(plan, DRAFT_KEPT_MS),
  };
}

/** The plan as it is without the orders that stand. */
function withoutOrders(plan: CompiledPlan, nowMs: number): CompiledPlan {
  const { version, inForceFromMs, orders } = plan;
  return orders === undefined ? plan : (renewedPlan(baseOf(plan), { version, inForceFromMs, nowMs }) ?? plan);
}

function rightOf(outcome: PlanCheckOutcome) {
  if (outcome.is === 'right') return outcome.checked;
  const { faults, unlisted } = outcome;
  const named = faults.map(({ file, path, reason }) => `${file}${path === '' ? '' : ` ${path}`}: ${reason}`);
  const message = `got ${faults.length + unlisted} faults in the files, expected none: ${named.slice(0, 3).join('; ')}${faults.length > 3 ? '; …' : ''}`;
  throw new BeatwatchError('plan-invalid', message, { faults, unlisted });
}

/** A plan that no engine has told Redis of is read from the log. */
async function standing({ district, hot, history, clock }: DistrictPlansOptions): Promise<readonly CompiledPlan[]> {
  const nowMs = clock.nowMs();
  const inForce = await hot.readPlan();
  const records = standingPlans(await hot.readPlanRecords());
  const kept = records.filter((_, i) => (records[i + 1]?.inForceFromMs ?? Number.POSITIVE_INFINITY) > nowMs);
  const plans: CompiledPlan[] = [];
  for (const record of kept) {
    const plan = record.version === inForce?.version ? inForce : await readPlanOf(history, record);
    if (plan === null) {
      const message = `the log of ${district} lacks version ${record.version} of its plan; publish a plan, which needs none before it`;
      throw new BeatwatchError('plan-unreadable', message, { version: record.version });
    }
    plans.push(plan);
  }
  return plans;
}

/** A draft, or the newest plan of the log, with this digest; null: neither is there. */
async function find(o: DistrictPlansOptions, sourceSha256: string): Promise<CompiledPlan | null> {
  const drafted = await o.drafts.get(sourceSha256);
  if (drafted !== null) return drafted;
  const inForce = await o.hot.readPlan();
  // What orders lay over it is no part of it.
  if (inForce?.sourceSha256 === sourceSha256 && inForce.orders === undefined) return inForce;
  const logged = (await o.hot.readPlanRecords()).filter(
    (record) => record.sourceSha256 === sourceSha256 && record.orders === undefined,
  );
  for (const record of logged.toReversed()) {
    const plan = await readPlanOf(o.history, record);
    if (plan !== null) return plan;
  }
  return null;
}
