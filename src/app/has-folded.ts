import { setTimeout as sleep } from 'node:timers/promises';
import { compareLogIds, type LogId } from '../model/log-id.js';
import type { DistrictEngine } from './district-engine.js';

const POLL_MS = 10;

/** Whether this engine, not one before it, has folded the log up to an entry within that time. Rejects when `signal` aborts. */
export async function hasFolded(
  engine: Pick<DistrictEngine, 'foldedTo'>,
  upTo: LogId,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  while (compareLogIds(engine.foldedTo, upTo) < 0) {
    if (performance.now() > untilMs) return false;
    signal?.throwIfAborted();
    await sleep(POLL_MS);
  }
  return true;
}
