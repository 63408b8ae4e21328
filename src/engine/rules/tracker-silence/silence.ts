import { indexOfInterval, nextBoundary } from '../../../model/intervals.js';
import type { Intervals } from '../../../model/plan.js';
import { earlier } from '../../agenda/instants.js';
import { type Episode, type Finding, NO_EPISODES } from '../../alerts/episodes.js';

/** `toMs` null: it goes on. */
export interface Silence {
  readonly ruleId: string;
  readonly fromMs: number;
  toMs: number | null;
  /** Null while it goes on, and where a plan ended it. */
  ending: 'report' | 'window' | null;
  /** It began with the unit's duty, not with the tracker's last word. */
  readonly sinceDutyStart: boolean;
}

export interface SilenceInput {
  readonly nowMs: number;
  /** When the rule binds and the unit is on duty, both. */
  readonly binds: Intervals;
  readonly lastHeardMs: number | null;
  readonly silentAfterMs: number;
  /** End of the last outage of the server: nobody could be heard before it. */
  readonly serverBackMs: number;
  readonly ruleId: string;
  /** Silences of this unit so far by every rule; the last of this one may be going on. Brought up to date here. */
  readonly silences: Silence[];
  readonly planVersion: number;
}

/**
 * Tracker silence: on duty, nothing heard for `silentAfterMs` of log time. Judged on the clock of the log
 * alone, so late fixes never take it back: the link was down.
 */
export function findSilence(input: SilenceInput): Finding {
  const { nowMs, binds, silences, lastHeardMs } = input;
  const duty = indexOfInterval(binds, nowMs);
  const running = lastSilence(silences, input.ruleId);
  if (running !== undefined && running.toMs === null) {
    const heard = lastHeardMs !== null && lastHeardMs > running.fromMs;
    const dutyEndMs = duty < 0 ? (endBefore(binds, nowMs) ?? nowMs) : null;
    if (heard) Object.assign(running, { toMs: lastHeardMs, ending: 'report' });
    else if (dutyEndMs !== null)
      Object.assign(running, { toMs: Math.max(running.fromMs, dutyEndMs), ending: 'window' });
  }
  const stillSilent = lastSilence(silences, input.ruleId)?.toMs === null;
  let nextMs = nextBoundary(binds, nowMs);
  if (duty >= 0 && !stillSilent) {
    const fromMs = Math.max(lastHeardMs ?? 0, binds[duty] as number);
    const dueMs = Math.max(fromMs, input.serverBackMs) + input.silentAfterMs;
    if (dueMs <= nowMs)
      silences.push({ ruleId: input.ruleId, fromMs, toMs: null, ending: null, sinceDutyStart: fromMs === binds[duty] });
    else nextMs = earlier(nextMs, dueMs);
  }
  if (silences.length === 0) return { episodes: NO_EPISODES, nextMs };
  const own = silences.filter(({ ruleId }) => ruleId === input.ruleId);
  return { episodes: own.map((silence) => episodeOf(silence, input)), nextMs };
}

function episodeOf({ fromMs, toMs, ending, sinceDutyStart }: Silence, input: SilenceInput): Episode {
  const evidence = {
    ...(ending === null ? {} : { ending }),
    ...(sinceDutyStart ? { sinceDutyStart } : {}),
    thresholdMs: input.silentAfterMs,
    planVersion: input.planVersion,
  };
  return { fromMs, toMs, certainty: 'certain', evidence };
}

export function lastSilence(silences: readonly Silence[], ruleId: string): Silence | undefined {
  return silences.findLast((silence) => silence.ruleId === ruleId);
}

function endBefore(binds: Intervals, nowMs: number): number | null {
  for (let i = binds.length - 1; i > 0; i -= 2) if ((binds[i] as number) <= nowMs) return binds[i] as number;
  return null;
}
