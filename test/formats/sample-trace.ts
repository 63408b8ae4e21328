import type { Custody } from '../../src/formats/custody.js';
import type { TraceFix, TraceHole, TraceRow } from '../../src/model/trace.js';
import { START_MS } from './support.js';

export function traceFix(o: Partial<TraceFix> & { readonly eventTimeMs: number }): TraceFix {
  return {
    type: 'fix',
    unit: 'car-1',
    tracker: 'bd-1',
    lng: 116.05,
    lat: 24.27,
    sigmaM: 15,
    quality: 'precise',
    conflict: false,
    altitudeM: null,
    speedMps: null,
    courseDeg: null,
    located: null,
    satellites: null,
    beidouSatellites: null,
    hdop: null,
    accuracyM: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
    logId: `${o.eventTimeMs}-0`,
    ...o,
  };
}

export function traceHole(fromS: number, toS: number, unit = 'car-1'): TraceHole {
  return { type: 'hole', unit, fromMs: START_MS + fromS * 1_000, toMs: START_MS + toS * 1_000 };
}

/** Two units: holes before, between and behind stretches, a fix that stands alone, fixes without a use, two of one instant. */
export function sampleTrace(): readonly TraceRow[] {
  const at = (s: number, o: Partial<TraceFix> = {}) =>
    traceFix({ eventTimeMs: START_MS + s * 1_000, lng: 116.05 + s / 1e5, lat: 24.27 - s / 2e5, ...o });
  const two = { unit: 'moto "2" <&>', tracker: 'bd-2' };
  return [
    traceHole(0, 10),
    at(10, { altitudeM: 80.5, speedMps: 12.5, courseDeg: 90, satellites: 9, hdop: 0.8 }),
    at(20, { speedMps: 0, ignition: true, sos: false }),
    at(20, { tracker: 'bd-9', sigmaM: 40, conflict: true, lng: 116.1 }),
    at(25, { lng: null, lat: null, sigmaM: null, quality: 'no-position' }),
    at(30),
    traceHole(30, 400),
    at(400),
    traceHole(400, 900),
    at(900, { quality: 'vague', sigmaM: 150 }),
    at(905),
    traceHole(905, 1_000),
    at(100, { ...two, batteryPercent: 7 }),
    at(110, two),
    traceHole(200, 1_000, 'silent'),
  ];
}

export function custody(o: Partial<Custody> = {}): Custody {
  return {
    district: 'example',
    kind: 'traces',
    filter: { units: ['car-1'], from: '2026-11-24T00:30:00.000Z' },
    exportedBy: 'auditor <1>',
    exportedAtMs: START_MS + 86_400_000,
    purpose: 'complaint 2026/17 & follow-up',
    accessEntry: '1795566600000-0',
    notice: null,
    archiveHead: { line: 7, sha256: 'ab'.repeat(32), upTo: '1795480000000-3' },
    ...o,
  };
}
