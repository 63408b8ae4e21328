import type { DistrictFault } from '../district/faults.js';
import { DistrictError } from '../district/faults.js';
import { checkRead } from '../district/load-district.js';
import { planChanges } from '../district/plan-diff.js';
import type { PlanFileName } from '../district/read-files.js';
import { readTexts } from '../district/read-folder.js';
import { type DistrictWarning, warningsOf } from '../district/warnings.js';
import type { CompiledPlan } from '../model/plan.js';
import type { PlanChange } from '../model/plan-change.js';
import { firstPlan, refuseTooLarge } from './read-district.js';

/** The texts of the files of a district folder. */
export type FileTexts = Readonly<Partial<Record<PlanFileName, string>>>;

export interface PlanCheckWork {
  readonly district: string;
  readonly texts: FileTexts;
  /** The plan that changes are told against; null: there is none. */
  readonly inForce: CompiledPlan | null;
  readonly nowMs: number;
}

export interface CheckedPlan {
  /** As version 1: what is published has the version and the instant of its time. */
  readonly plan: CompiledPlan;
  readonly warnings: readonly DistrictWarning[];
  readonly changes: readonly PlanChange[];
}

export type PlanCheckOutcome =
  | { readonly is: 'right'; readonly checked: CheckedPlan }
  | { readonly is: 'wrong'; readonly faults: readonly DistrictFault[]; readonly unlisted: number };

/** What errors call the folder that nobody sees. */
const FOLDER = '.';

/** Checks the files as `beatwatch district check` does, and that they are those of the district. */
export function checkPlan({ district, texts, inForce, nowMs }: PlanCheckWork): PlanCheckOutcome {
  try {
    const source = checkRead(readTexts(texts), FOLDER);
    if (source.id !== district) return wrong([otherDistrict(source.id, district)]);
    const plan = firstPlan(source, nowMs);
    refuseTooLarge(plan, FOLDER);
    const changes = inForce === null ? [] : planChanges(inForce, plan);
    return { is: 'right', checked: { plan, warnings: [...warningsOf(plan), ...source.warnings], changes } };
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    const isOther = error.district !== null && error.district !== district;
    const other = isOther ? [otherDistrict(error.district, district)] : [];
    return wrong([...other, ...error.faults], error.unlisted);
  }
}

function wrong(faults: readonly DistrictFault[], unlisted = 0): PlanCheckOutcome {
  return { is: 'wrong', faults, unlisted };
}

function otherDistrict(got: string, expected: string): DistrictFault {
  return {
    file: 'district.json',
    path: '/id',
    reason: `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`,
  };
}
