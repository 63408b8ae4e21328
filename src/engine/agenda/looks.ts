import type { TimerKey } from '../../model/fold-keys.js';
import { nextSettleMs, settleAtOrAfterMs } from './instants.js';
import type { AgendaSlice } from './slice.js';

/** Says when to look at something again; null: only when something comes. */
export function setLook(state: Readonly<AgendaSlice>, key: TimerKey, atMs: number | null): void {
  state.timers.set(key, atMs === null ? null : nextLookMs(state, atMs));
}

/** Looks happen at settling instants only, and never at the present one again. */
export function nextLookMs({ nowMs }: Readonly<AgendaSlice>, atMs: number): number {
  return Math.max(settleAtOrAfterMs(atMs), nextSettleMs(nowMs));
}
