import { compileEntryPlan } from '../../district/compile-plan.js';
import { checkDistrict } from '../../district/district-source.js';
import { DistrictError, FaultList } from '../../district/faults.js';
import type { IgnoredMember } from '../../district/foreign-members.js';
import { planChanges } from '../../district/plan-diff.js';
import { type FilesRead, parseFiles } from '../../district/read-files.js';
import { type DistrictWarning, warningsOf } from '../../district/warnings.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanChange } from '../../model/plan-change.js';
import { drawnPlaces, type DrawnPlaces, type PlacedFault, placedFaults } from './fault-places.js';

/** What a check of a district folder found. */
export interface FolderCheck {
  /** What is in it; null: it has faults. */
  readonly holds: {
    readonly district: string;
    readonly places: number;
    readonly units: number;
    readonly rules: number;
  } | null;
  readonly faults: readonly PlacedFault[];
  /** How many more faults there are. */
  readonly unlisted: number;
  readonly warnings: readonly DistrictWarning[];
  readonly ignored: readonly IgnoredMember[];
  /** What it would change of the plan in force; null: it has faults, or is of another district, or there is no plan. */
  readonly changes: readonly PlanChange[] | null;
  readonly drawn: DrawnPlaces;
}

/**
 * Checks a folder by the code of `beatwatch district check`. That command checks besides whether the compiled plan fits an entry of the log,
 * which takes the server's compression.
 */
export function checkFolder(files: FilesRead, nowMs: number, inForce: CompiledPlan | null): FolderCheck {
  const found = new FaultList();
  const values = parseFiles(files, found);
  const map = values.get('places.geojson');
  try {
    const source = checkDistrict(values, { folder: '.', sha256: '' }, found);
    const plan = compileEntryPlan(source, { version: 1, inForceFromMs: nowMs, nowMs });
    return {
      holds: {
        district: source.id,
        places: source.places.length,
        units: source.units.length,
        rules: source.rules.length,
      },
      faults: [],
      unlisted: 0,
      warnings: [...warningsOf(plan), ...source.warnings],
      ignored: source.ignored,
      changes: inForce?.district === plan.district ? planChanges(inForce, plan) : null,
      drawn: drawnPlaces(map, new Set()),
    };
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    const faults = placedFaults(map, error.faults);
    const wrong = new Set(faults.flatMap(({ feature }) => feature ?? []));
    return {
      holds: null,
      faults,
      unlisted: error.unlisted,
      warnings: [],
      ignored: [],
      changes: null,
      drawn: drawnPlaces(map, wrong),
    };
  }
}
