import type { Fix } from '../../../model/fix.js';
import { CHATTER_EPISODES, CLOCK_AHEAD_MS, REOPEN_MS } from '../../../model/limits.js';

/** One call for help of a unit: from the first fix that says so to the last one before a fix that says it is over. */
export interface SosCall {
  /** Event time, ms; of a fix from the future the log time at which it came. */
  firstMs: number;
  lastMs: number;
  /** The nearest fixes before and after that say that nobody calls; null: none is known. */
  offBeforeMs: number | null;
  offAfterMs: number | null;
  /** Its alert; null: not told yet. */
  alertId: string | null;
  /** How many calls it stands for: a button that bounces makes no alert each time. */
  times: number;
  /** Log time at which somebody said that it is over; null: nobody has. */
  resolvedAtMs: number | null;
  /** Log time of the last fix that told something new of it. */
  heardAtMs: number;
}

export interface SosMemory {
  /** By `firstMs`, disjoint. */
  readonly calls: SosCall[];
  /**
   * Event time of the latest fix in time that did not say that somebody calls, or log time of one from the future that said so once all
   * calls were ended; null: none is known.
   */
  quietMs: number | null;
  /** Names of fixes without a time to go by (from the future, or refused) that were heard: they count when they first come. */
  readonly undated: string[];
}

/** What a fix says of a call for help. */
export type SaidOfCall = Pick<Fix, 'eventTimeMs' | 'sos'>;

/** What one fix says. */
export interface SosWord {
  /** `firstMs` has it. */
  readonly atMs: number;
  readonly says: boolean | null;
  /** Log time. */
  readonly nowMs: number;
  /** Fixes of the unit within the horizon, by event time. */
  readonly held: readonly SaidOfCall[];
}

/** Calls of a unit that nobody has ended: one more joins the last of them. */
const MAX_STANDING_CALLS = 16;
/** Calls of a unit that are remembered, so that their fixes, sent again, raise nothing. */
const MAX_CALLS = 64;
const REMEMBERED_MS = 7 * 86_400_000;
const MAX_UNDATED = 64;

export function createSosMemory(): SosMemory {
  return { calls: [], quietMs: null, undated: [] };
}

/**
 * One alert while the flag stands, again after it was off. Two fixes that call are one call unless something between them is
 * known to say that nobody called, or the tracker was quiet about it (`renewedAfterMs`). Nothing that comes later takes a call
 * back or joins two that were told: fixes that come late only move a call's start, or part it in two. So the calls of a tracker
 * that says yes or no do not depend on the order of arrival. At one instant, a fix that calls counts before one that does not.
 */
export function hearWord(memory: SosMemory, word: SosWord): void {
  if (word.says === true) hearTrue(memory, word);
  else if (word.says === false) hearFalse(memory, word);
}

function hearTrue({ calls, quietMs }: SosMemory, { atMs, nowMs, held }: SosWord): void {
  const at = calls.findLastIndex(({ firstMs }) => firstMs <= atMs);
  const before = calls[at];
  const after = calls[at + 1];
  if (before !== undefined && atMs <= before.lastMs) return;
  const quiet = before === undefined ? null : renewedAfterMs(before, quietMs, atMs, held);
  if (before !== undefined && quiet === null && (before.offAfterMs ?? atMs) >= atMs) {
    Object.assign(before, { lastMs: atMs, heardAtMs: nowMs });
    return;
  }
  if (after !== undefined && (after.offBeforeMs ?? 0) < atMs) {
    Object.assign(after, { firstMs: atMs, heardAtMs: nowMs });
    after.offBeforeMs = [before?.offAfterMs ?? null, offBefore(held, atMs)].reduce(latest, after.offBeforeMs);
    return;
  }
  if (before !== undefined && quiet !== null) before.offAfterMs = earliest(before.offAfterMs, quiet);
  const offAfterMs = earliest(offAfter(held, atMs), after?.offBeforeMs ?? null);
  if (tooManyStand(calls, atMs)) {
    const joined = [before, after, ...calls].find((call) => call?.resolvedAtMs === null);
    Object.assign(joined ?? {}, { times: (joined?.times ?? 0) + 1, heardAtMs: nowMs });
    if (joined === before) Object.assign(joined ?? {}, { lastMs: atMs, offAfterMs });
    else if (joined === after) Object.assign(joined ?? {}, { firstMs: atMs });
    return;
  }
  calls.splice(at + 1, 0, {
    firstMs: atMs,
    lastMs: atMs,
    offBeforeMs: latest(before?.offAfterMs ?? null, offBefore(held, atMs)),
    offAfterMs,
    alertId: null,
    times: 1,
    resolvedAtMs: null,
    heardAtMs: nowMs,
  });
}

/**
 * A tracker that leaves the field out when nobody calls never says that a call is over. It calls anew when it was quiet after
 * somebody ended the call, or over REOPEN_MS. Answers when it was quiet; null: it is the same call.
 */
function renewedAfterMs(
  before: SosCall,
  quietMs: number | null,
  atMs: number,
  held: readonly SaidOfCall[],
): number | null {
  const { resolvedAtMs, lastMs } = before;
  if (resolvedAtMs !== null && quietMs !== null && quietMs > resolvedAtMs && quietMs < atMs) return quietMs;
  if (atMs - lastMs < REOPEN_MS) return null;
  const quiet = held.find(({ sos, eventTimeMs }) => sos !== true && eventTimeMs > lastMs && eventTimeMs < atMs);
  return quiet?.eventTimeMs ?? null;
}

function hearFalse({ calls }: SosMemory, { atMs, nowMs, held }: SosWord): void {
  const at = calls.findLastIndex(({ firstMs }) => firstMs <= atMs);
  const call = calls[at];
  const next = calls[at + 1];
  if (call !== undefined && atMs < call.lastMs) {
    const calling = held.filter(({ sos, eventTimeMs: ms }) => sos === true && ms >= call.firstMs && ms <= call.lastMs);
    const firstMs = calling.find(({ eventTimeMs }) => eventTimeMs > atMs)?.eventTimeMs ?? call.lastMs;
    const lastMs = calling.findLast(({ eventTimeMs }) => eventTimeMs <= atMs)?.eventTimeMs ?? call.firstMs;
    // A button that bounced was told as one.
    if (call.times > 1) return;
    const rest = { ...call, firstMs, offBeforeMs: atMs, alertId: null, resolvedAtMs: null, heardAtMs: nowMs };
    Object.assign(call, { lastMs, offAfterMs: atMs });
    calls.splice(at + 1, 0, rest);
    return;
  }
  if (call !== undefined) call.offAfterMs = earliest(call.offAfterMs, atMs);
  if (next !== undefined) next.offBeforeMs = latest(next.offBeforeMs, atMs);
}

/** A button that bounces, or a tracker that never ends to call: an alert each would hide the others. */
function tooManyStand(calls: readonly SosCall[], atMs: number): boolean {
  const standing = calls.filter(({ resolvedAtMs }) => resolvedAtMs === null);
  const near = standing.filter(({ firstMs }) => Math.abs(firstMs - atMs) < REOPEN_MS);
  return near.length >= CHATTER_EPISODES || standing.length >= MAX_STANDING_CALLS;
}

/** Whether a fix without a time to go by is heard for the first time. */
export function isFirstUndated({ undated }: SosMemory, name: string): boolean {
  if (undated.includes(name)) return false;
  undated.push(name);
  if (undated.length > MAX_UNDATED) undated.shift();
  return true;
}

/**
 * A fix from the future that does not call. Where a clock stands still all fixes have one time, so a call could not be told from the one
 * before it, sent again: once somebody has ended every call and the tracker is quiet, the next that calls counts.
 */
export function forgetUndated(memory: SosMemory, nowMs: number): void {
  if (memory.calls.some(({ resolvedAtMs }) => resolvedAtMs === null)) return;
  memory.undated.length = 0;
  memory.quietMs = Math.max(memory.quietMs ?? 0, nowMs);
}

/** Somebody has said that the call of an alert is over. */
export function resolveCall({ calls }: SosMemory, alertId: string, nowMs: number): void {
  for (const call of calls) if (call.alertId === alertId) call.resolvedAtMs = nowMs;
}

/**
 * The memory after log time went back to `nowMs`. Every call stays known, so a fix that is sent again raises nothing anew. A time that no
 * clock can have had by `nowMs` counts as `nowMs`: else a later call would lie before one that was over, and join it.
 */
export function turnBack({ calls, quietMs, undated }: SosMemory, nowMs: number): SosMemory {
  const possible = (ms: number): number => (ms > nowMs + CLOCK_AHEAD_MS ? nowMs : ms);
  const known = (ms: number | null): number | null => (ms === null ? null : possible(ms));
  const turned = calls.map((call): SosCall => {
    const firstMs = possible(call.firstMs);
    return {
      ...call,
      firstMs,
      lastMs: Math.max(firstMs, possible(call.lastMs)),
      offBeforeMs: known(call.offBeforeMs),
      offAfterMs: known(call.offAfterMs),
      resolvedAtMs: call.resolvedAtMs === null ? null : Math.min(call.resolvedAtMs, nowMs),
      heardAtMs: Math.min(call.heardAtMs, nowMs),
    };
  });
  return { calls: turned.sort((a, b) => a.firstMs - b.firstMs), quietMs: known(quietMs), undated: [...undated] };
}

/** S2: calls that stand are kept; of the others the last MAX_CALLS that were heard of within REMEMBERED_MS. */
export function forgetCalls(memory: SosMemory, nowMs: number): void {
  const isOver = ({ resolvedAtMs }: SosCall): boolean => resolvedAtMs !== null;
  let surplus = memory.calls.length - MAX_CALLS;
  const kept = memory.calls.filter((call) => {
    if (!isOver(call)) return true;
    const isSurplus = surplus > 0;
    surplus -= 1;
    return !isSurplus && call.heardAtMs >= nowMs - REMEMBERED_MS;
  });
  memory.calls.splice(0, memory.calls.length, ...kept);
  // Without a call nobody asks what a quiet word says: the next that calls must count.
  if (kept.length === 0) memory.undated.length = 0;
}

function offBefore(held: readonly SaidOfCall[], atMs: number): number | null {
  return held.findLast(({ sos, eventTimeMs }) => sos === false && eventTimeMs < atMs)?.eventTimeMs ?? null;
}

function offAfter(held: readonly SaidOfCall[], atMs: number): number | null {
  return held.find(({ sos, eventTimeMs }) => sos === false && eventTimeMs >= atMs)?.eventTimeMs ?? null;
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
