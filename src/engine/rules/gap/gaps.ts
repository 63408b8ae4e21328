import type { AlertEvidence } from '../../../model/alert.js';
import { firstEndingAfter } from '../../../model/intervals.js';
import { MAX_SURE_STRETCHES } from '../../../model/limits.js';
import type { GapRule, Intervals } from '../../../model/plan.js';
import { earlier } from '../../agenda/instants.js';
import type { Episode, Finding } from '../../alerts/episodes.js';
import { dueUnder, type LimitInForce } from '../../plan/limits-over.js';
import type { PresenceSpan } from '../../presence/presence.js';
import { judgedFromMs, type OutageInput } from '../../agenda/after-outage.js';
import { type Certainty, certaintyOf, type DoubtInput } from './certainty.js';
import { mergeStated } from './remarks.js';
import type { RememberedDoubt } from './remembered-doubt.js';

export interface GapInput extends DoubtInput, OutageInput {
  /** When the rule binds for this place. */
  readonly binds: Intervals;
  /** End of the last qualifying presence before everything in `covered`, and whose it was. */
  readonly base: { readonly coveredToMs: number; readonly unit: string | null };
  /** Whether a unit does not report where it is now. */
  readonly isUnseen: (unitId: string) => boolean;
  /** What else there is to say of a stretch without presence: who is not reporting, and who went unseen there. */
  readonly remarks: (fromMs: number, toMs: number | null) => AlertEvidence;
  /** Its threshold with the grace, by the plan of the time. */
  readonly limits: readonly LimitInForce<GapRule>[];
}

export interface GapFinding extends Finding {
  /** When the running gap falls due, or fell; null while somebody is there or no window is open. */
  readonly dueMs: number | null;
}

/**
 * Zone, checkpoint and route gaps: inside a binding window nobody was there for threshold + grace.
 * The window's opening starts the count anew. A gap that goes on is `uncovered` while nobody can have been there for the threshold
 * up to now; one that is over, when nobody can have been there for the threshold at some time in it. Otherwise it is `unknown`,
 * and names who may have been there. (The grace is no part of it: it gives late trackers time, at a window's start too.)
 */
export function findGaps(input: GapInput): GapFinding {
  const { nowMs, binds } = input;
  const covered = qualifying(input);
  const episodes: Episode[] = [];
  const arrival = arrivalOf(input);
  let nextMs: number | null = arrival?.countsFromMs ?? null;
  let runningDueMs: number | null = null;
  for (let i = firstEndingAt(binds, input.sinceMs); i < binds.length; i += 2) {
    const opensMs = binds[i] as number;
    const closesMs = binds[i + 1] as number;
    if (opensMs > nowMs) {
      nextMs = earlier(nextMs, opensMs);
      break;
    }
    for (const gap of gapsIn(opensMs, Math.min(closesMs, nowMs), covered, input.base)) {
      const open = gap.toMs === nowMs && nowMs < closesMs;
      if (!open && gap.toMs < input.sinceMs) continue;
      const due = dueUnder(input.limits, gap.fromMs);
      if (due === null) continue;
      let dueMs = judgedFromMs(gap.fromMs, due.dueMs, input);
      if (open && arrival !== null && arrival.fromMs < dueMs) dueMs = Math.max(dueMs, arrival.countsFromMs);
      if (open) runningDueMs = dueMs;
      if (dueMs > nowMs || gap.toMs < due.dueMs) {
        // One that is over, but touches an outage, is looked at when the reports of that time have had time to come.
        if (open || gap.toMs >= due.dueMs) nextMs = earlier(nextMs, dueMs);
        continue;
      }
      const { thresholdMs } = due.limit.rule;
      const found = certaintyOf(gap.fromMs, gap.toMs, thresholdMs, input);
      const sureForMs = open ? nowMs - (found.runningFromMs ?? nowMs) : found.longestMs;
      const certain = sureForMs >= thresholdMs;
      // Doubt may end, with an outage or a unit's duty, though nothing happens here: certainty cannot come sooner than this.
      if (open && !certain) nextMs = earlier(nextMs, (found.runningFromMs ?? nowMs) + thresholdMs);
      const remarks = withRemembered(input, gap.fromMs, input.remarks(gap.fromMs, open ? null : gap.toMs));
      const episode = episodeOf(gap, open, certain, found, due.limit, remarks);
      episodes.push(open ? withUnseen(episode, input.isUnseen) : episode);
    }
    if (closesMs > nowMs) nextMs = earlier(nextMs, closesMs);
    // A gap may begin now, where presence ends or the window opens: nothing else may happen until it falls due.
    if (closesMs > nowMs && runningDueMs === null) {
      const dueMs = dueUnder(input.limits, nowMs)?.dueMs ?? null;
      nextMs = earlier(nextMs, dueMs);
      if (!input.covered.some(({ toMs }) => toMs >= nowMs)) runningDueMs = dueMs;
    }
  }
  return { episodes, nextMs, dueMs: runningDueMs };
}

/**
 * What remains known of the gap that straddles `cutoffMs` when all that was before is forgotten: who may have been there must
 * not look like nobody afterwards. Null: there is no such gap.
 */
export function rememberDoubt(input: GapInput, cutoffMs: number): RememberedDoubt | null {
  const { binds, nowMs } = input;
  const i = firstEndingAt(binds, cutoffMs);
  const opensMs = binds[i] ?? cutoffMs;
  if (opensMs >= cutoffMs) return null;
  const untilMs = Math.min(binds[i + 1] as number, nowMs);
  const gap = gapsIn(opensMs, untilMs, qualifying(input), input.base).find(
    ({ fromMs, toMs }) => fromMs < cutoffMs && toMs >= cutoffMs,
  );
  if (gap === undefined) return null;
  const { sure, longestMs, sureMs, units } = certaintyOf(gap.fromMs, cutoffMs, 0, input);
  const { stated } = withRemembered(input, gap.fromMs, input.remarks(gap.fromMs, cutoffMs));
  const known = { sure: sure.slice(-2 * MAX_SURE_STRETCHES), longestMs, sureMs, units };
  return stated === undefined ? known : { ...known, stated };
}

/** The statements that bear on a gap, those that are forgotten too. */
function withRemembered({ sinceMs, remembered }: GapInput, fromMs: number, remarks: AlertEvidence): AlertEvidence {
  const before = fromMs < sinceMs ? (remembered?.stated ?? []) : [];
  return before.length === 0 ? remarks : { ...remarks, stated: mergeStated([...before, ...(remarks.stated ?? [])]) };
}

/** Flat index of the first window whose end is at or after `t`: a gap that a window's end closed then is not final yet. */
function firstEndingAt(binds: Intervals, t: number): number {
  return firstEndingAfter(binds, t - 1);
}

function qualifying({ covered, countsAfterMs }: GapInput): PresenceSpan[] {
  return covered.filter((span) => span.toMs - span.fromMs >= countsAfterMs(span));
}

interface Arrival {
  readonly fromMs: number;
  readonly countsFromMs: number;
}

/**
 * The first of those who are there now, but not yet for long enough to count. Who came before the gap fell due ends it in
 * time by staying, so until then nothing is raised that would be taken back.
 */
function arrivalOf({ covered, nowMs, countsAfterMs }: GapInput): Arrival | null {
  for (const span of covered) {
    const { fromMs, toMs } = span;
    if (toMs >= nowMs && toMs - fromMs < countsAfterMs(span))
      return { fromMs, countsFromMs: fromMs + countsAfterMs(span) };
  }
  return null;
}

interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly lastUnit: string | null;
  readonly lastSeenMs: number | null;
  readonly byUnit: string | null;
}

function gapsIn(opensMs: number, untilMs: number, covered: readonly PresenceSpan[], base: GapInput['base']): Gap[] {
  const gaps: Gap[] = [];
  let lastSeenMs = base.coveredToMs > 0 ? base.coveredToMs : null;
  let lastUnit = base.unit;
  let cursor = Math.max(opensMs, base.coveredToMs);
  for (const span of covered) {
    if (span.fromMs >= untilMs) break;
    if (span.fromMs > cursor) gaps.push({ fromMs: cursor, toMs: span.fromMs, lastUnit, lastSeenMs, byUnit: span.unit });
    if (lastSeenMs === null || span.toMs > lastSeenMs) {
      lastSeenMs = span.toMs;
      lastUnit = span.unit;
    }
    cursor = Math.max(cursor, span.toMs);
  }
  if (cursor < untilMs) gaps.push({ fromMs: cursor, toMs: untilMs, lastUnit, lastSeenMs, byUnit: null });
  return gaps;
}

function episodeOf(
  gap: Gap,
  open: boolean,
  certain: boolean,
  { sure, sureMs, runningFromMs, units, lately }: Certainty,
  limit: LimitInForce<GapRule>,
  remarks: AlertEvidence,
): Episode {
  const possibleUnits = open ? lately : units;
  return {
    fromMs: gap.fromMs,
    toMs: open ? null : gap.toMs,
    certainty: certain ? 'uncovered' : 'unknown',
    sure: sure.slice(-2 * MAX_SURE_STRETCHES),
    sureMs,
    evidence: {
      ...(gap.lastUnit === null ? {} : { lastUnit: gap.lastUnit }),
      ...(gap.lastSeenMs === null ? {} : { lastSeenMs: gap.lastSeenMs }),
      ...(open ? {} : endOf(gap)),
      ...(certain || possibleUnits.length === 0 ? {} : { possibleUnits }),
      ...(open && runningFromMs !== null ? { sureSinceMs: runningFromMs } : {}),
      ...remarks,
      thresholdMs: limit.rule.thresholdMs,
      graceMs: limit.rule.graceMs,
      planVersion: limit.planVersion,
    },
  };
}

/** Somebody came, or nobody is wanted there any more. */
function endOf({ byUnit, toMs }: Gap): AlertEvidence {
  return byUnit === null ? { ending: 'window' } : { ending: 'arrival', byUnit, byEventTimeMs: toMs };
}

/** Says which of the units that may be there do not report. */
function withUnseen(episode: Episode, isUnseen: GapInput['isUnseen']): Episode {
  const unseenUnits = (episode.evidence.possibleUnits ?? []).filter(isUnseen);
  return unseenUnits.length === 0 ? episode : { ...episode, evidence: { ...episode.evidence, unseenUnits } };
}
