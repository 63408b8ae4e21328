import type { Fix } from '../../model/fix.js';
import { SIGMA_ASSUMED_M, SIGMA_FLOOR_M, SIGMA_PER_HDOP_M } from '../../model/limits.js';

/** Accuracy of a fix, metres: by HDOP, else by satellites, else assumed; null when the fix is unusable (domain 2.0). */
export function sigmaM(fix: Fix): number | null {
  if (fix.located === false) return null;
  if (fix.hdopCenti !== null) return Math.max(SIGMA_FLOOR_M, (fix.hdopCenti * SIGMA_PER_HDOP_M) / 100);
  if (fix.satellites === null) return SIGMA_ASSUMED_M;
  if (fix.satellites >= 8) return 8;
  if (fix.satellites >= 5) return 15;
  if (fix.satellites === 4) return 30;
  return null;
}
