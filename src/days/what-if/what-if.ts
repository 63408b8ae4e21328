import { EarlierActs } from '../earlier-acts.js';
import { LEAD_MS } from '../history-events.js';
import { finalAfterPlansMs } from '../../engine/day-view.js';
import type { LogHistory } from '../../log/log-history.js';
import { logTimeOf } from '../../log/raw-entry.js';
import { BeatwatchError } from '../../model/errors.js';
import { HORIZON_MS } from '../../model/limits.js';
import type { CompiledPlan } from '../../model/plan.js';
import { standingPlans } from '../../model/standing-plans.js';
import type { WhatIf } from '../../model/what-if.js';
import { alertLoad } from './alert-load.js';
import { comparedAlerts } from './compared-alerts.js';
import { LogFold } from './log-fold.js';

const DAY_MS = 86_400_000;
/** A question about more is refused: it would take hours. */
export const MAX_WHAT_IF_DAYS = 31;

export interface WhatIfQuestion {
  readonly district: string;
  /** The plan that is tried, in force since before the log time `startMs`, with the calendar of the days that follow. */
  readonly planFrom: (startMs: number) => CompiledPlan;
  /** Log times `[fromMs, toMs)` in which alerts are counted. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Who act on the alerts. */
  readonly operators: number;
}

export interface WhatIfProgress {
  readonly signal?: AbortSignal;
  /** Told after each read of the log, with the share that is done. */
  readonly onProgress?: (share: number) => void;
}

/**
 * Folds a stretch of the log twice: under the plans that it has, and under another. Fixes, tasks and statements come as they came, late ones late, so
 * what is taken back is taken back as it would have been; what people did to alerts is left out, but for the end of a call for help. Codes: those of
 * `LogHistory.read`; `what-if-incomplete` when something of the time was deleted or nothing was logged; `what-if-too-long`.
 */
export async function whatIf(
  history: LogHistory,
  question: WhatIfQuestion,
  { signal, onProgress }: WhatIfProgress = {},
): Promise<WhatIf> {
  const { district, fromMs, toMs, operators } = question;
  refuseTooLong(question);
  const startMs = fromMs - LEAD_MS;
  const { plans, tasks, rosters } = await new EarlierActs().before(history, startMs);
  const before = standingPlans(plans);
  const plan = question.planFrom(startMs);
  const start = { district, startMs, plans: before, tasks: [...tasks.values()], rosters };
  const recorded = new LogFold({ ...start, tried: null });
  const tried = new LogFold({ ...start, tried: plan });
  let endsMs = 0;
  const untilMs = (): number => toMs + HORIZON_MS + finalAfterPlansMs([plan, ...recorded.plans]);
  const readToMs = toMs + 2 * DAY_MS;
  const { goneBeforeMs } = await history.read({
    fromMs: startMs,
    toMs: readToMs,
    visit: (entries) => {
      signal?.throwIfAborted();
      const until = untilMs();
      const some = entries.filter((entry) => logTimeOf(entry) < until);
      for (const folded of [recorded, tried]) folded.fold(some);
      const last = entries.at(-1);
      if (last !== undefined) endsMs = Math.max(endsMs, logTimeOf(last));
      onProgress?.(Math.min(1, (endsMs - startMs) / (untilMs() - startMs)));
    },
  });
  refuseIncomplete({ startMs, fromMs, goneBeforeMs, endsMs, plans: recorded.plans });
  const stretch = { fromMs, toMs, operators };
  const [told, wouldTell] = [recorded.alerts, tried.alerts];
  return {
    district,
    fromMs,
    toMs,
    entries: recorded.entries,
    endsMs: Math.min(endsMs, untilMs()),
    isOpen: endsMs < untilMs(),
    ...comparedAlerts(told, wouldTell, stretch),
    recorded: { sourceSha256s: recorded.plans.map(({ sourceSha256 }) => sourceSha256), load: alertLoad(told, stretch) },
    tried: { sourceSha256: plan.sourceSha256, load: alertLoad(wouldTell, stretch) },
  };
}

function refuseTooLong({ fromMs, toMs }: WhatIfQuestion): void {
  const days = (toMs - fromMs) / DAY_MS;
  if (days > 0 && days <= MAX_WHAT_IF_DAYS) return;
  throw new BeatwatchError(
    'what-if-too-long',
    `got ${days.toFixed(2)} days, expected more than 0 and at most ${MAX_WHAT_IF_DAYS}; ask about one part after the other`,
    { limit: MAX_WHAT_IF_DAYS },
  );
}

function refuseIncomplete(o: {
  readonly startMs: number;
  readonly fromMs: number;
  readonly goneBeforeMs: number | null;
  readonly endsMs: number;
  readonly plans: readonly CompiledPlan[];
}): void {
  const { startMs, fromMs, goneBeforeMs, endsMs, plans } = o;
  const refused = (got: string, expected: string): BeatwatchError =>
    new BeatwatchError('what-if-incomplete', `got ${got}, expected ${expected}`, {});
  const iso = (ms: number): string => new Date(ms).toISOString();
  if (goneBeforeMs !== null && goneBeforeMs > startMs)
    throw refused(`a log that lacks some of what came before ${iso(goneBeforeMs)}`, `all from ${iso(startMs)} on`);
  if (endsMs <= fromMs)
    throw refused(
      endsMs === 0 ? `no entry that was logged after ${iso(startMs)}` : `one that ends at ${iso(endsMs)}`,
      `a log that goes on after ${iso(fromMs)}; ask about an earlier time`,
    );
  if (plans.length === 0) throw refused('a stretch without a plan', 'one in which a plan was in force');
}
