import type { Fix } from '../../model/fix.js';
import { SIGMA_ASSUMED_M, SIGMA_FLOOR_M, SIGMA_PER_HDOP_M } from '../../model/limits.js';

/**
 * Accuracy of a fix, metres: what the receiver says in metres, else by HDOP, else by satellites, else assumed; null when the
 * position is unusable. Zero satellites is not located, whatever else is said: the coordinates are a memory.
 */
export function sigmaM(fix: Pick<Fix, 'located' | 'satellites' | 'hdopCenti' | 'accuracyDm'>): number | null {
  if (fix.located === false || fix.satellites === 0) return null;
  if (fix.accuracyDm !== null) return Math.max(SIGMA_FLOOR_M, fix.accuracyDm / 10);
  if (fix.hdopCenti !== null) return Math.max(SIGMA_FLOOR_M, (fix.hdopCenti * SIGMA_PER_HDOP_M) / 100);
  if (fix.satellites === null) return SIGMA_ASSUMED_M;
  if (fix.satellites >= 8) return 8;
  if (fix.satellites >= 5) return 15;
  if (fix.satellites === 4) return 30;
  return null;
}
