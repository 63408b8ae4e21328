import type { FixCounts } from './period.js';
import { ratio } from './presence.js';

/** What came of the fixes of a unit. Shares are null where there is nothing that they could be a share of. */
export interface DataQuality {
  readonly received: number;
  readonly flagged: number;
  /** Received over expected; above 1 where the tracker sends more often than asked, or off duty. */
  readonly completeness: number | null;
  readonly flaggedShare: number | null;
  readonly outlierShare: number | null;
}

export function dataQuality({ expected, admitted, flagged }: FixCounts): DataQuality {
  const all = Object.values(flagged).reduce((sum, count) => sum + count, 0);
  const received = admitted + all;
  return {
    received,
    flagged: all,
    completeness: ratio(received, expected),
    flaggedShare: ratio(all, received),
    outlierShare: ratio(flagged.outlier ?? 0, received),
  };
}
