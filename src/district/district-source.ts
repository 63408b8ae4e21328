import type { AreaE7, Names, PlanPlace, PlanUnit } from '../model/plan.js';
import { areaFaults, areaOf } from './area.js';
import { assignmentWarnings } from './assignment-warnings.js';
import { checkShape } from './check-shape.js';
import { crossCheck } from './cross-check.js';
import { type FaultList, type Report, show } from './faults.js';
import {
  type AssignmentFile,
  DEFAULT_EXPECTED_INTERVAL_S,
  type DistrictFile,
  DistrictSchema,
  type GroupFile,
  type UnitFile,
} from './file-schemas.js';
import type { IgnoredMember } from './foreign-members.js';
import type { Dropped } from './geometry-shapes.js';
import { isTimeZone } from './local-time.js';
import { parsePlaces } from './parse-places.js';
import { parsePlan } from './parse-plan.js';
import { parseUnits } from './parse-units.js';
import type { CalendarFile, EscalationFile, RuleFile, ScheduleFile } from './plan-schemas.js';
import type { DistrictFileName } from './read-files.js';
import type { DistrictWarning } from './warnings.js';

/** A district's files, checked in every respect; `compilePlan` cannot fail on it. */
export interface DistrictSource {
  readonly id: string;
  readonly name: Names;
  readonly timeZone: string;
  readonly area: AreaE7;
  /** WGS-84 integers; sorted by id, as are units and groups. */
  readonly places: readonly PlanPlace[];
  readonly groups: readonly GroupFile[];
  readonly units: readonly PlanUnit[];
  /** Which group answers for which zone: `off-zone` rules go by it. */
  readonly assignments: readonly AssignmentFile[];
  /** What is allowed and hardly meant: zones whose group is not on duty. */
  readonly warnings: readonly DistrictWarning[];
  readonly calendar: CalendarFile;
  readonly schedules: Readonly<Record<string, ScheduleFile>>;
  readonly possibleForMs: number;
  readonly rules: readonly RuleFile[];
  readonly escalation: readonly EscalationFile[];
  readonly denseFactor: number;
  /** Over the bytes of the files of the plan. */
  readonly sha256: string;
  /** Vertices that were left out, because they enclose nothing. */
  readonly dropped: Readonly<Dropped>;
  /** Members of `places.geojson` that say nothing here. */
  readonly ignored: readonly IgnoredMember[];
}

/**
 * Checks the files of a plan once they are parsed; it uses nothing of Node, so that a browser does the same. Whatever is wrong
 * with them, the only error is a `DistrictError` (code `district-invalid`) that lists all faults, those of reading and parsing too.
 *
 * @param folder what the error calls it
 */
export function checkDistrict(
  values: ReadonlyMap<DistrictFileName, unknown>,
  { folder, sha256 }: { readonly folder: string; readonly sha256: string },
  faults: FaultList,
): DistrictSource {
  const parsed = <T>(file: DistrictFileName, parse: (value: unknown, report: Report) => T | null): T | null =>
    values.has(file) ? parse(values.get(file), faults.in(file)) : null;
  const district = parsed('district.json', parseDistrict);
  const places = parsed('places.geojson', parsePlaces);
  const units = parsed('units.json', parseUnits);
  const plan = parsed('plan.json', parsePlan);
  crossCheck({ places, units, plan }, faults);
  if (district?.area !== undefined) areaFaults(district.area, places, faults.in('district.json'));
  faults.throwIfAny(folder, district?.id ?? null);
  if (district === null || places === null || units === null || plan === null || plan.calendar === null) {
    throw new Error('bug: a file was given up without a fault');
  }
  return {
    id: district.id,
    name: { zh: district.nameZh, en: district.nameEn },
    timeZone: district.timeZone,
    area: areaOf(district.area, places.places),
    places: places.places.toSorted(byId),
    groups: units.groups.map(({ item }) => item).sort(byId),
    units: units.units.map(({ item }) => planUnit(item)).sort(byId),
    assignments: units.assignments.map(({ item }) => item),
    warnings: assignmentWarnings(units, plan),
    calendar: plan.calendar,
    schedules: plan.schedules,
    possibleForMs: plan.possibleForMs,
    rules: plan.rules.map(({ item }) => item),
    escalation: plan.escalation.map(({ item }) => item),
    denseFactor: plan.denseFactor,
    sha256,
    dropped: places.dropped,
    ignored: places.ignored,
  };
}

function parseDistrict(value: unknown, report: Report): DistrictFile | null {
  if (!checkShape(DistrictSchema, value, '', report)) return null;
  if (isTimeZone(value.timeZone)) return value;
  report('/timeZone', `got ${show(value.timeZone)}, expected an IANA time zone, for example "Asia/Shanghai"`);
  return null;
}

function planUnit(unit: UnitFile): PlanUnit {
  const { id, callsign, kind, group, crewCount, tracker, duty } = unit;
  const expectedIntervalMs = (unit.expectedIntervalS ?? DEFAULT_EXPECTED_INTERVAL_S) * 1_000;
  return { id, callsign, kind, group, crewCount, tracker, expectedIntervalMs, duty };
}

/** Compares ids by code units, not by locale, so that the order is the same on every machine. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
