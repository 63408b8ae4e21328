import type { Random } from './random.js';

export interface BackOffLimits {
  /** The first wait, before jitter. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly longestMs: number;
}

/**
 * How long to wait before attempt number `attempt` (0 is the first retry): exponential, with half of it drawn at random,
 * so that a fleet which lost its server at one instant does not come back at one instant.
 */
export function backOffMs(attempt: number, limits: BackOffLimits, random: Random): number {
  const wholeMs = Math.min(limits.longestMs, limits.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(wholeMs / 2 + (wholeMs / 2) * random.next());
}
