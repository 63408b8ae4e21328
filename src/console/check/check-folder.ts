import { compileEntryPlan } from '../../district/compile-plan.js';
import { checkDistrict } from '../../district/district-source.js';
import { DistrictError, FaultList } from '../../district/faults.js';
import type { IgnoredMember } from '../../district/foreign-members.js';
import { planChanges } from '../../district/plan-diff.js';
import { parseRoads } from '../../district/parse-roads.js';
import { type FilesRead, NO_SUCH_FILE, parseFiles, parseRoadsFile, ROADS_FILE } from '../../district/read-files.js';
import { type DistrictWarning, warningsOf } from '../../district/warnings.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanChange } from '../../model/plan-change.js';
import { NO_ROADS, type RoadCollection } from '../../model/roads.js';
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
  /** Members of the file of roads that say nothing here. */
  readonly ignoredOfRoads: readonly IgnoredMember[];
  /** What it would change of the plan in force; null: it has faults, or is of another district, or there is no plan. */
  readonly changes: readonly PlanChange[] | null;
  readonly drawn: DrawnPlaces;
  /** Its roads, as far as they are right. */
  readonly roads: RoadCollection;
}

/**
 * Checks a folder by the code of `beatwatch district check`. That command checks besides whether the compiled plan fits an entry of the log,
 * which takes the server's compression.
 */
export function checkFolder(files: FilesRead, nowMs: number, inForce: CompiledPlan | null): FolderCheck {
  const faults = new FaultList();
  const values = parseFiles(files, faults);
  const [source, wrong] = settled(() => checkDistrict(values, { folder: '.', sha256: '' }, faults));
  const roadFaults = new FaultList();
  const roadsValue = parseRoadsFile(files.get(ROADS_FILE) ?? NO_SUCH_FILE, roadFaults);
  const parsed =
    roadsValue === undefined ? null : parseRoads(roadsValue, source?.area ?? null, roadFaults.in(ROADS_FILE));
  const [, wrongRoads] = settled(() => roadFaults.throwIfAny('.', null));
  const map = values.get('places.geojson');
  const roads = { ...NO_ROADS, features: parsed?.features ?? [] };
  if (source === null || wrongRoads !== null) {
    const found = [...(wrong?.faults ?? []), ...(wrongRoads?.faults ?? [])];
    const placed = placedFaults(new Map([...values, [ROADS_FILE, roadsValue]]), found);
    const wrongPlaces = new Set(placed.flatMap(({ feature }) => feature ?? []));
    return {
      holds: null,
      faults: placed,
      unlisted: (wrong?.unlisted ?? 0) + (wrongRoads?.unlisted ?? 0),
      warnings: [],
      ignored: [],
      ignoredOfRoads: [],
      changes: null,
      drawn: drawnPlaces(map, wrongPlaces),
      roads,
    };
  }
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
    ignoredOfRoads: parsed?.ignored ?? [],
    changes: inForce?.district === plan.district ? planChanges(inForce, plan) : null,
    drawn: drawnPlaces(map, new Set()),
    roads,
  };
}

function settled<T>(check: () => T): readonly [T | null, DistrictError | null] {
  try {
    return [check(), null];
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    return [null, error];
  }
}
