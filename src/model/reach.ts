import { POSSIBLE_FOR_MS, TOP_SPEED_CMPS, VAGUE_SIGMAS } from './limits.js';
import type { CompiledPlan, UnitKind } from './plan.js';

/**
 * How far from its last position a unit may be by now, metres: by the accuracy of that position, its age (0 where it lies ahead of the
 * clock), and the top speed of the unit's kind. Null: the doubt about it is over, and it may be anywhere.
 */
export function reachM(
  { possibleForMs = POSSIBLE_FOR_MS }: Pick<CompiledPlan, 'possibleForMs'>,
  kind: UnitKind,
  { eventTimeMs, sigmaM }: { readonly eventTimeMs: number; readonly sigmaM: number },
  nowMs: number,
): number | null {
  const ageMs = Math.max(0, nowMs - eventTimeMs);
  if (ageMs > possibleForMs) return null;
  return VAGUE_SIGMAS * sigmaM + (TOP_SPEED_CMPS[kind] / 100) * (ageMs / 1_000);
}
