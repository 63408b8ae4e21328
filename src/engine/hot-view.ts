import type { AlertVersion } from '../model/alert.js';
import type { Cursor, FixCounters, HotDelta } from '../model/hot.js';
import { SILENT_FLOOR_MS } from '../model/limits.js';
import { sortedEntries } from './collections.js';
import { createTouched } from './hot/slice.js';
import type { EngineState } from './state.js';

/** What changed since the last call, by key in order; the caller commits it or throws the state away. */
export function takeHotDelta(state: EngineState): HotDelta {
  const { positions, units, coverage, tasks, roster, plans, alerts } = state.touched;
  const delta = {
    positions: sorted(positions),
    units: sorted(units),
    coverage: sorted(coverage),
    tasks: sorted(tasks),
    roster,
    plans: sorted(plans),
    ...splitAlerts(sorted(alerts)),
  };
  Object.assign(state.touched, createTouched());
  return delta;
}

export function cursorOf(state: EngineState): Cursor {
  return {
    logId: state.lastId,
    foldVersion: state.foldVersion,
    lastAlert: state.lastAlert,
    lastVisit: state.lastVisit,
  };
}

/** Each fix that was logged has exactly one disposition; fixes that wait for the next settling instant are not counted yet. */
export function countersOf(state: EngineState): FixCounters {
  const flags: Record<string, number> = { ...state.counts.flags };
  let admitted = 0;
  for (const { head } of state.units.values()) {
    if (head === null) continue;
    admitted += head.counts.admitted;
    add(flags, 'outlier', head.counts.outlier);
    add(flags, 'no-position', head.counts.noPosition);
    add(flags, 'not-located', head.counts.notLocated);
    add(flags, 'out-of-area', head.counts.outOfArea);
    add(flags, 'null-island', head.counts.nullIsland);
    add(flags, 'too-vague', head.counts.tooVague);
  }
  const flagged = Object.values(flags).reduce((sum, n) => sum + n, 0);
  const names = Object.keys(flags).sort();
  return {
    admitted,
    duplicate: state.counts.duplicate,
    flagged,
    refused: state.counts.refused,
    flags: Object.fromEntries(names.map((name) => [name, flags[name] as number])),
  };
}

/** How many units have late fixes that wait to be taken up. */
export function countWaiting(state: EngineState): number {
  let count = 0;
  for (const id of state.dirtyUnits) {
    const unit = state.units.get(id);
    if (unit !== undefined && unit.standing !== null && state.nowMs < unit.refoldFromMs) count += 1;
  }
  return count;
}

/** T2: when the recent fixes of this many trackers, and of most that speak, come from the future, it is our clock. */
const CLOCK_SUSPECT_TRACKERS = 3;

export function isClockSuspect(state: EngineState): boolean {
  const recently = (atMs: number | null): boolean => atMs !== null && state.nowMs - atMs < SILENT_FLOOR_MS;
  let heard = 0;
  let ahead = 0;
  for (const unit of state.units.values()) {
    if (recently(unit.lastHeardMs)) heard += 1;
    if (recently(unit.clockFaultMs)) ahead += 1;
  }
  return ahead >= CLOCK_SUSPECT_TRACKERS && 2 * ahead > heard;
}

function add(flags: Record<string, number>, name: string, n: number): void {
  if (n > 0) flags[name] = (flags[name] ?? 0) + n;
}

function splitAlerts(
  alerts: ReadonlyMap<string, { version: AlertVersion; open: boolean }>,
): Pick<HotDelta, 'openAlerts' | 'closedAlerts'> {
  const openAlerts = new Map<string, AlertVersion | null>();
  const closedAlerts = new Map<string, AlertVersion>();
  for (const [id, { version, open }] of alerts) {
    openAlerts.set(id, open ? version : null);
    if (!open) closedAlerts.set(id, version);
  }
  return { openAlerts, closedAlerts };
}

function sorted<T>(map: ReadonlyMap<string, T>): Map<string, T> {
  return new Map(sortedEntries(map));
}
