import { existsSync } from 'node:fs';
import { standing } from '../../engine/verdicts.js';
import { recording } from '../../real-days/days.js';
import {
  AUSTIN_FILE,
  austinDay,
  play,
  type RealDay,
  shuffled,
  YUNNAN_FILE,
  yunnanDay,
} from '../../real-days/shuffled-day.js';
import { differences } from '../check/violation.js';
import { Scope } from '../real/scope.js';
import type { Outcome } from '../run-scenario.js';

export type DayName = 'yunnan' | 'austin';

export const DAYS: Readonly<Record<DayName, { readonly file: string; readonly read: () => Promise<RealDay> }>> = {
  yunnan: { file: YUNNAN_FILE, read: yunnanDay },
  austin: { file: AUSTIN_FILE, read: wholeAustinDay },
};

/** All 329 buses of a day and every fix late take minutes a seed; every eighth bus takes seconds. */
const BUSES = 40;

/** Recordings are no part of the project: those that are not there. */
export function missingRecordings(): string[] {
  return Object.values(DAYS).flatMap(({ file }) => (existsSync(recording(file)) ? [] : [file]));
}

const loaded = new Map<DayName, Promise<{ readonly day: RealDay; readonly expected: readonly string[] }>>();

/**
 * A recorded day whose fixes come in any order within the horizon, some of them several times: the verdicts and visits that
 * stand in the end are those of the day in order. Whatever throws is a violation.
 */
export async function runDaySeed(name: DayName, seed: number): Promise<Outcome> {
  const empty = { seed, entries: 0, alerts: 0, visits: 0, reloads: {}, met: [] };
  try {
    const inOrder = loaded.get(name) ?? load(name);
    loaded.set(name, inOrder);
    const { day, expected } = await inOrder;
    const { log, alerts, visits, state } = play(shuffled(day, seed));
    const flags = JSON.stringify(state.counts.flags);
    const detail =
      flags === '{}' ? differences(textsOf({ alerts, visits }), expected) : `nothing is late, got ${flags}`;
    return {
      ...empty,
      violations: detail === null ? [] : [{ invariant: 'verdicts', detail }],
      entries: log.length,
      alerts: alerts.length,
      visits: visits.length,
    };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...empty, violations: [{ invariant: 'crash', detail }] };
  }
}

async function load(name: DayName): Promise<{ readonly day: RealDay; readonly expected: readonly string[] }> {
  const day = await DAYS[name].read();
  return { day, expected: textsOf(play(day)) };
}

async function wholeAustinDay(): Promise<RealDay> {
  const scope = new Scope();
  const [fromMs, toMs] = ['2017-03-21T00:00:00-05:00', '2017-03-22T00:00:00-05:00'].map(Date.parse) as [number, number];
  try {
    return await austinDay(scope, { fromMs, toMs, buses: BUSES });
  } finally {
    await scope.end();
  }
}

function textsOf(told: Parameters<typeof standing>[0]): string[] {
  const { alerts, visits } = standing(told);
  return [...alerts, ...visits].map((one) => JSON.stringify(one));
}
