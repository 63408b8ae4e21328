import { indexOfInterval, nextBoundary } from '../../../model/intervals.js';
import type { Intervals } from '../../../model/plan.js';
import type { TrackerFault } from '../../../model/tracker-fault.js';
import { earlier } from '../../agenda/instants.js';
import { type Finding, NO_EPISODES } from '../../alerts/episodes.js';
import type { Usefulness, UselessSpan } from '../../track/usefulness.js';

/** A tracker that is wrong for so long needs somebody's hands; vague fixes are common indoors, and are given longer. */
export const USELESS_AFTER_MS = 600_000;
export const VAGUE_AFTER_MS = 1_800_000;

export interface UselessInput {
  readonly nowMs: number;
  readonly ruleId: string;
  /** When the rule binds and the unit is on duty, both. */
  readonly binds: Intervals;
  readonly use: Usefulness;
  readonly silentAfterMs: number;
  /** End of the last outage of the server. */
  readonly serverBackMs: number;
  readonly planVersion: number;
}

/**
 * Tracker useless: on duty, it talks, and no fix for USELESS_AFTER_MS says where the unit is. Judged on the clock of the log
 * alone, like silence, which takes over when it stops to talk.
 */
export function findUseless(input: UselessInput): Finding {
  const { nowMs, binds, use, ruleId } = input;
  const { fault, episodes } = use;
  const duty = indexOfInterval(binds, nowMs);
  const talks = use.wordMs !== null && use.wordMs + input.silentAfterMs > nowMs;
  const running = episodes.findLast((one) => one.ruleId === ruleId && one.toMs === null);
  let nextMs = nextBoundary(binds, nowMs);
  if (running !== undefined) {
    if (fault === null) end(running, use.usefulMs ?? nowMs, 'report');
    else if (duty < 0) end(running, dutyEndMs(binds, nowMs), 'window');
    else if (!talks) {
      end(running, use.wordMs ?? nowMs, 'silence');
      // What it was before its silence has been told: once it talks again, the next begins there.
      use.fault = { ...fault, sinceMs: running.toMs ?? nowMs };
    } else Object.assign(running, { cause: fault.cause, clockOffsetMs: fault.clockOffsetMs });
  } else if (fault !== null && duty >= 0 && talks) {
    const fromMs = Math.max(fault.sinceMs, binds[duty] as number, input.serverBackMs);
    const dueMs = fromMs + afterMs(fault.cause);
    if (dueMs > nowMs) nextMs = earlier(nextMs, dueMs);
    else {
      const { cause, clockOffsetMs } = fault;
      episodes.push({ ruleId, fromMs, toMs: null, ending: null, cause, clockOffsetMs });
    }
  }
  if (episodes.length === 0) return { episodes: NO_EPISODES, nextMs };
  const own = episodes.filter((one) => one.ruleId === ruleId);
  return {
    nextMs,
    episodes: own.map(({ fromMs, toMs, ending, cause, clockOffsetMs }) => ({
      fromMs,
      toMs,
      certainty: 'certain',
      evidence: {
        ...(ending === null ? {} : { ending }),
        trackerFault: cause,
        ...(clockOffsetMs === null ? {} : { clockOffsetMs }),
        thresholdMs: afterMs(cause),
        planVersion: input.planVersion,
      },
    })),
  };
}

function afterMs(cause: TrackerFault): number {
  return cause === 'vague' ? VAGUE_AFTER_MS : USELESS_AFTER_MS;
}

function end(span: UselessSpan, toMs: number, ending: NonNullable<UselessSpan['ending']>): void {
  Object.assign(span, { toMs: Math.max(span.fromMs, toMs), ending });
}

function dutyEndMs(binds: Intervals, nowMs: number): number {
  return binds.findLast((boundaryMs, i) => i % 2 === 1 && boundaryMs <= nowMs) ?? nowMs;
}
