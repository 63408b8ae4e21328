import { coverageOf, positionOf, T0_MS, unitOf } from './records.js';
import type { Rig } from './rig.js';

const GAP = `checkpoint-gap:square:${T0_MS}:1-0`;
const MINUTE_MS = 60_000;

/** Of the two cars one is silent, and the square is overdue. */
export const SILENT_CAR = {
  units: new Map([
    ['car-1', unitOf('car-1')],
    ['car-2', { ...unitOf('car-2'), health: 'silent' as const, places: [] }],
  ]),
  positions: new Map([
    ['car-1', positionOf('car-1')],
    ['car-2', positionOf('car-2', T0_MS - 600_000)],
  ]),
  coverage: new Map([['square', { ...coverageOf('square', 'uncovered'), units: [], dueMs: T0_MS - 1 }]]),
};

/** A shift: two alerts (one cleared unseen), three visits (one corrected, one retracted). */
export async function shift(rig: Rig): Promise<void> {
  const { engine } = rig.district();
  await engine.emit({
    alerts: [
      { alertId: GAP },
      { alertId: 'dwell', rule: 'dwell-short', severity: 'low', subject: { kind: 'unit', id: 'car-1' }, unit: 'car-1' },
    ],
    visits: [{ visitId: 'v1' }, { visitId: 'v2', place: 'bridge', unit: 'car-2', innerFromMs: T0_MS + 10 * MINUTE_MS }],
    positions: new Map([['car-1', positionOf('car-1')]]),
    units: new Map([['car-1', unitOf('car-1')]]),
    coverage: new Map([
      ['square', coverageOf('square')],
      ['bridge', coverageOf('bridge', 'unknown')],
    ]),
  });
  await engine.emit({
    alerts: [
      { alertId: 'dwell', change: 'cleared', condition: 'cleared', acknowledged: true, toMs: T0_MS + MINUTE_MS },
    ],
    visits: [
      { visitId: 'v1', state: 'closed', innerToMs: T0_MS + 5 * MINUTE_MS },
      {
        visitId: 'v3',
        unit: 'car-2',
        state: 'retracted',
        innerFromMs: T0_MS + 20 * MINUTE_MS,
        innerToMs: T0_MS + 21 * MINUTE_MS,
      },
    ],
  });
}
