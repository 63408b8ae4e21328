/** What one number of a report is: how it is computed, and what it comes to on the worked day. */
export interface Formula {
  readonly report: string;
  readonly table: string;
  /** Columns of the table. */
  readonly columns: readonly string[];
  readonly formula: string;
  /** The calculation on the worked day, by hand. */
  readonly example: string;
  /** The cells of its first row, as the calculation gives them, in the order of `columns`. */
  readonly gives: readonly (string | number | null)[];
}

/** The formulas of the manual. A test computes each example by the code, and the manual shows them. */
export const FORMULAS: readonly Formula[] = [
  {
    report: 'presence',
    table: 'presence',
    columns: ['presenceRate', 'presenceRateLow', 'presenceRateHigh', 'unknownShare'],
    formula:
      'W: required time; C: covered time in W; U: unknown time in W. Rate (见警率) C / (W − U); low C / W; high (C + U) / W; unknown share U / W. Always low ≤ rate ≤ high. No rate where W = U',
    example: 'W = 240 min, C = 20 + 12 + 12 = 44, U = 30: 44 / 210; 44 / 240; 74 / 240; 30 / 240',
    gives: [0.2095, 0.1833, 0.3083, 0.125],
  },
  {
    report: 'presence',
    table: 'presence',
    columns: ['unitMinutesLow', 'unitMinutesHigh'],
    formula:
      'Σ over units of the time of their visits in W while on duty: low by the inner bounds, high by the outer ones',
    example: 'inner 20 + 12 + 12; outer 23 + 15 + 16',
    gives: [44, 54],
  },
  {
    report: 'presence',
    table: 'presence',
    columns: ['patrolMinutesLow', 'patrolMinutesHigh'],
    formula: 'the same with at least one unit: two units at once count once',
    example: 'no two visits overlap',
    gives: [44, 54],
  },
  {
    report: 'visits',
    table: 'visit-frequency',
    columns: ['visits', 'visitsPerDay', 'meanMinutesLow', 'meanMinutesHigh'],
    formula: 'visits that began in the period, without passages; a day; their mean length by inner and by outer bounds',
    example: '3; 3 / 1; 44 / 3; 54 / 3',
    gives: [3, 3, 14.667, 18],
  },
  {
    report: 'visits',
    table: 'since-last-visit',
    columns: ['p50MinutesLow', 'p50MinutesHigh', 'p90MinutesLow', 'p90MinutesHigh', 'maxMinutesLow', 'maxMinutesHigh'],
    formula:
      'at each instant of W, the time since somebody was there or since W began, 0 while somebody is there; the age that 50 %, 90 % and 100 % of W do not exceed. High: unknown is taken for uncovered; low: for covered',
    example:
      'high: gaps of 10, 90, 30 and 66 min; half of W (120 min) is older than a where (90 − a) + (66 − a) + (30 − a) = 120: a = 22; a tenth (24 min) where 90 − a = 24: a = 66. Low: gaps of 10, 90, 30, 6 and 30: (90 − a) + 2 (30 − a) = 120: a = 10',
    gives: [10, 22, 66, 66, 90, 90],
  },
  {
    report: 'visits',
    table: 'since-last-visit',
    columns: ['meanMinutesLow', 'meanMinutesHigh', 'ageWeightedMeanMinutes'],
    formula:
      'mean Σ gap² / (2 W), low and high as above; and over only the instants at which nobody was there, unknown taken for uncovered: Σ gap² / (2 Σ gap)',
    example: '10036 / 480; 13456 / 480; 13456 / (2 · 196)',
    gives: [20.908, 28.033, 34.327],
  },
  {
    report: 'visits',
    table: 'revisits',
    columns: ['intervals', 'p50MinutesLow', 'p50MinutesHigh', 'p10MinutesHigh', 'cv'],
    formula:
      'from the end of a visit to the start of the next, whoever made them, where both touch one stretch of W: high by inner bounds, low by outer ones (at least 0); percentiles by linear interpolation, as PERCENTILE.INC; CV: standard deviation over mean, of the high ones',
    example: 'high 90 and 30, low 87 and 28: (87 + 28) / 2; (90 + 30) / 2; 30 + 0.1 · 60; 30 / 60',
    gives: [2, 57.5, 60, 36, 0.5],
  },
  {
    report: 'dwell',
    table: 'dwell-goal',
    columns: ['visits', 'goalVisitsLow', 'goalVisitsHigh', 'goalShareLow', 'goalShareHigh'],
    formula:
      'visits of 10 to 16 min: low where both lengths are, high where the shortest is below 16 and the longest is 10 or more. The bins of the histogram likewise',
    example: 'shortest–longest 20–23, 12–15, 12–16: the second for certain, the third perhaps',
    gives: [3, 1, 2, 0.3333, 0.6667],
  },
  {
    report: 'delivery',
    table: 'delivery',
    columns: ['orderedVisits', 'orderedMinutes', 'deliveredVisitsLow', 'minuteShareLow', 'minuteShareHigh'],
    formula:
      'ordered: the least n with n · D + (n + 1) · T ≥ L for each stretch L in which the rule binds; T: the absence that it allows, D: how long a visit has to last. Delivered: visits that last D, and patrol-minutes; over ordered',
    example:
      'L = 240, T = 60, D = 10: (240 − 60) / 70 = 2.6, so 3 visits of 10 min; delivered 3 visits; 44 / 30; 54 / 30',
    gives: [3, 30, 3, 1.4667, 1.8],
  },
  {
    report: 'checkpoints',
    table: 'checkpoints',
    columns: ['state', 'stays', 'requiredS', 'coveredS', 'unknownS'],
    formula:
      '`visited`: a unit on duty was there that day; `possible`: none was, and presence was unknown in W; `not-visited`: none was; `not-required`: W is empty and nobody came',
    example: 'three stays; 240 min, 44 min, 30 min',
    gives: ['visited', 3, 14_400, 2_640, 1_800],
  },
  {
    report: 'units',
    table: 'utilisation',
    columns: ['taskShare', 'checkpointShare', 'routeShare', 'silentShare', 'standingShare', 'elsewhereShare'],
    formula:
      'shares of the time on duty; where several hold at once, the first: a task, a checkpoint, a route (inner bounds), silence, a stand that was too long, elsewhere. They sum to 1',
    example: 'car-1: 0; 32 / 240; 0; 30 / 240; 0; 178 / 240',
    gives: [0, 0.1333, 0, 0.125, 0, 0.7417],
  },
  {
    report: 'trackers',
    table: 'silence',
    columns: ['cause', 'episodes', 'silentS', 'dutyShare'],
    formula: 'silences in the time on duty of all units, by cause',
    example: 'car-1 was silent for 30 min of 2 · 240 min',
    gives: ['no-report', 1, 1_800, 0.0625],
  },
  {
    report: 'trackers',
    table: 'data-quality',
    columns: ['expectedFixes', 'receivedFixes', 'completeness', 'flaggedShare', 'outlierShare'],
    formula:
      'expected: time on duty / report interval; received over expected; fixes that changed no verdict, and wild ones, over received',
    example: '240 min / 10 s; 1200 + 60; 1260 / 1440; 60 / 1260; 12 / 1260',
    gives: [1_440, 1_260, 0.875, 0.0476, 0.0095],
  },
  {
    report: 'alerts',
    table: 'alerts',
    columns: ['raised', 'suppressed', 'perHour', 'ackP50Minutes', 'ackP90Minutes', 'retractedShare', 'unknownShare'],
    formula:
      'alerts that were raised in the period; an hour: those that asked somebody to act; from the raising to the first acknowledgement; retracted, and unknown, over raised',
    example: '4, of which 1 was suppressed: 3 / 24; 2 and 6 min: (2 + 6) / 2; 2 + 0.9 · 4; 1 / 4; 1 / 4',
    gives: [4, 1, 0.125, 4, 5.6, 0.25, 0.25],
  },
];
