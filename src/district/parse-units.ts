import { isId } from '../model/roles.js';
import { checkShape } from './check-shape.js';
import { pointer, type Report } from './faults.js';
import {
  type AssignmentFile,
  AssignmentSchema,
  type GroupFile,
  GroupSchema,
  type UnitFile,
  UnitSchema,
  UnitsOutline,
} from './file-schemas.js';
import { UniqueNames } from './unique-names.js';

/** An item of a list with its place in the file. */
export interface At<T> {
  readonly item: T;
  readonly path: string;
}
export interface ParsedUnits {
  /** Items without a fault of their own, in file order. */
  readonly groups: readonly At<GroupFile>[];
  readonly units: readonly At<UnitFile>[];
  readonly assignments: readonly At<AssignmentFile>[];
  /** Every id given, of items with faults too. */
  readonly groupIds: ReadonlySet<string>;
  readonly unitIds: ReadonlySet<string>;
}

/** `units.json`; null when the file's outside is wrong. */
export function parseUnits(value: unknown, report: Report): ParsedUnits | null {
  if (!checkShape(UnitsOutline, value, '', report)) return null;
  const groups = itemsAt(value.groups, 'groups', (raw, path) =>
    checkShape(GroupSchema, raw, path, report) ? raw : null,
  );
  const units = itemsAt(value.units, 'units', (raw, path) => (checkShape(UnitSchema, raw, path, report) ? raw : null));
  const assignments = itemsAt(value.assignments ?? [], 'assignments', (raw, path) =>
    checkShape(AssignmentSchema, raw, path, report) ? raw : null,
  );
  const names = {
    callsign: new UniqueNames('callsign', report),
    tracker: new UniqueNames('tracker', report),
  };
  for (const { item, path } of units) {
    names.callsign.add(item.callsign, `${path}/callsign`);
    names.tracker.add(item.tracker, `${path}/tracker`);
  }
  return {
    groups,
    units,
    assignments,
    groupIds: idsOf(value.groups, 'groups', report),
    unitIds: idsOf(value.units, 'units', report),
  };
}

export function itemsAt<T>(
  list: readonly unknown[],
  name: string,
  check: (raw: unknown, path: string) => T | null,
): At<T>[] {
  return list.flatMap((raw, index) => {
    const path = pointer(name, index);
    const item = check(raw, path);
    return item === null ? [] : [{ item, path }];
  });
}

/** All ids in a list, whatever else is wrong with its items; a repeated one is a fault. */
export function idsOf(list: readonly unknown[], name: string, report: Report): Set<string> {
  const unique = new UniqueNames('id', report);
  const ids = new Set<string>();
  list.forEach((raw, index) => {
    if (typeof raw !== 'object' || raw === null || !('id' in raw) || !isId(raw.id)) return;
    unique.add(raw.id, pointer(name, index, 'id'));
    ids.add(raw.id);
  });
  return ids;
}
