import { SILENT_FLOOR_MS, SILENT_INTERVALS } from './limits.js';

/** Longest time without a report after which a tracker is asked for a heartbeat, ms. */
export const MAX_HEARTBEAT_INTERVAL_MS = 60_000;

/** Heartbeats that fit into the time after which a tracker is silent: one may be lost, and the next is half an interval late at most. */
const HEARTBEATS_IN_SILENCE = 2.5;

/** How long a tracker says nothing until it is silent, ms. */
export function silentAfterMs(expectedIntervalMs: number): number {
  return Math.max(SILENT_FLOOR_MS, SILENT_INTERVALS * expectedIntervalMs);
}

/**
 * After how long without a report a tracker is asked for a heartbeat, ms: one lost heartbeat, and a delay of half an interval
 * beside it, do not make it silent.
 */
export function heartbeatIntervalMs(expectedIntervalMs: number): number {
  return Math.min(MAX_HEARTBEAT_INTERVAL_MS, Math.floor(silentAfterMs(expectedIntervalMs) / HEARTBEATS_IN_SILENCE));
}
