import type { Sight } from '../track/sight.js';

/** What a settling instant found of a unit. */
export interface Judged {
  /** What its latest position said of where it was. */
  readonly sight: Sight;
  readonly onDuty: boolean;
}

const NEVER: Judged = { sight: 'out-of-sight', onDuty: false };

/** What the unit was last found to be; out of sight and off duty where it never was. */
export function lastJudged({ judged }: { readonly judged: ReadonlyMap<string, Judged> }, unitId: string): Judged {
  return judged.get(unitId) ?? NEVER;
}
