import { messageOf, unreachable } from '../model/errors.js';
import type { ActionEntry, RosterEntry, StatementEntry, TaskEntry } from '../model/log-entry.js';
import { formatLogId, type LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Staleness } from '../model/staleness.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { ACTION_WAIT_MS, APPEND_WAIT_MS } from './limits.js';
import { readState } from './read-state.js';

/** What a person did, in the log; and whether the engine has come to it within ACTION_WAIT_MS. */
export interface Appended {
  readonly logId: LogId;
  readonly passed: boolean;
}

/** What is answered where the engine has not come to it: the entry, and what keeps the state from being of now. */
export interface Unjudged {
  readonly logId: LogId;
  readonly stale: Staleness;
}

/** The act is in the log and will be judged once an engine folds it. */
export function unjudged(district: ApiDistrict, logId: LogId): Unjudged {
  const detail = `no engine has folded entry ${formatLogId(logId)} within ${ACTION_WAIT_MS} ms; check the processes with the role engine`;
  return { logId, stale: district.staleness() ?? { reason: 'behind', sinceMs: logId.ms, detail } };
}

type Act = ActionEntry | TaskEntry | StatementEntry | RosterEntry;

/** The act's own id, under its name in bodies and answers. */
function idOf(entry: Act): Readonly<Record<string, string>> {
  switch (entry.kind) {
    case 'action':
      return { actionId: entry.actionId };
    case 'task':
      return { taskId: entry.taskId };
    case 'statement':
      return { statementId: entry.statementId };
    case 'roster':
      return { rosterId: entry.rosterId };
    default:
      return unreachable(entry);
  }
}

/**
 * Appends what a person did and waits for the engine. Code `log-unavailable` when it may not have been recorded: the same
 * again, with the same id, counts once.
 */
export async function appendAct(district: ApiDistrict, entry: Act): Promise<Appended> {
  return await appended(district, entry.kind, idOf(entry), (signal) => district.log.append(entry, signal));
}

/** The same of the plans that one act brings about: all of them are recorded, or none. `actionId`: that of the act. */
export async function appendPlans(
  district: ApiDistrict,
  actionId: string,
  plans: readonly CompiledPlan[],
): Promise<Appended> {
  const entries = plans.map((plan) => ({ kind: 'plan', plan }) as const);
  return await appended(district, 'plan', { actionId }, async (signal) => {
    return (await district.log.appendTogether(entries, signal)).id;
  });
}

async function appended(
  district: ApiDistrict,
  kind: string,
  id: Readonly<Record<string, string>>,
  append: (signal: AbortSignal) => Promise<LogId>,
): Promise<Appended> {
  let logId: LogId;
  try {
    logId = await append(AbortSignal.timeout(APPEND_WAIT_MS));
  } catch (error) {
    const [[name, value] = []] = Object.entries(id);
    throw apiError(
      'log-unavailable',
      `the log of ${district.id} did not confirm ${kind} ${value} (${messageOf(error)}), so it may not be recorded; send it again with the same ${name}`,
      id,
    );
  }
  return { logId, passed: await readState(district, (hot) => hot.waitForCursor(logId, ACTION_WAIT_MS)) };
}

/** The body of a 202, besides the act's own id. */
export function unjudgedAnswer({ logId, stale }: Unjudged): { readonly logId: string; readonly stale: Staleness } {
  return { logId: formatLogId(logId), stale };
}
