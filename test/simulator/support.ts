import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import type { Fix } from '../../src/model/fix.js';
import type { CompiledPlan } from '../../src/model/plan.js';

/** A plain valid fix. */
export function fixAt(eventTimeMs: number, lngE7 = 1_160_800_000, latE7 = 242_600_000): Fix {
  return {
    eventTimeMs,
    position: { lngE7, latE7 },
    altitudeDm: null,
    speedCmps: 0,
    courseCdeg: null,
    located: true,
    satellites: 14,
    beidouSatellites: 8,
    hdopCenti: 90,
    accuracyDm: null,
    power: true,
    batteryPercent: null,
    ignition: true,
    lightbar: false,
    sos: false,
    backfill: false,
  };
}

/** The project's root: the folder of package.json. */
function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** A sample of the corpus in test/simulator/cases. */
export function caseFile(name: string): string {
  return join(projectRoot(), 'test/simulator/cases', name);
}

/** Real recordings beside the project, not part of it; null when they are not there. */
export function sharedTrace(name: string): string | null {
  const file = join(projectRoot(), '../shared/data/traces', name);
  return existsSync(file) ? file : null;
}

/** What tap takes as `skip`, with the reason. */
export function needsTrace(name: string): { skip: string | false } {
  return { skip: sharedTrace(name) === null ? `needs ../shared/data/traces/${name}` : false };
}

/** A workday of the fixture, 07:00 in Meixian. */
export const DAY_MS = Date.parse('2026-11-24T07:00:00+08:00');
export const HOUR_MS = 3_600_000;

export async function meixian(): Promise<CompiledPlan> {
  const source = await loadDistrict(join(projectRoot(), 'fixtures/meixian'));
  const expandFromMs = DAY_MS - 48 * HOUR_MS;
  return compilePlan(source, { version: 1, inForceFromMs: expandFromMs, expandFromMs, expandDays: 10 });
}
