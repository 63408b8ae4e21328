import t from 'tap';
import { evidenceMarks, evidenceOf, looksOf, MOST_UNITS } from '../../src/console/alerts/evidence.js';
import { evidenceText } from '../../src/console/alerts/evidence-text.js';
import { lastSeenBy } from '../../src/console/alerts/last-seen.js';
import { TEXTS } from '../../src/console/i18n/words.js';
import type { Footprint } from '../../src/console/map/features.js';
import { T0_MS } from '../api/records.js';
import { alertOf } from './support.js';

const footprint = (id: string, lng: number): Footprint => ({
  type: 'Feature',
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [lng, 24],
        [lng + 0.2, 24],
        [lng + 0.2, 24.2],
        [lng, 24],
      ],
    ],
  },
  properties: { id, kind: 'checkpoint', nameZh: id, nameEn: id },
});
const footprints = [footprint('square', 116), footprint('bridge', 117)];
const words = (alert: Parameters<typeof alertOf>[0]) =>
  evidenceOf(alertOf(alert)).map((item) =>
    evidenceText(item, { texts: TEXTS.en, timeZone: 'Asia/Shanghai', nameOf: (id) => id.toUpperCase() }),
  );

t.test('a gap rests on who was there before, who may have been there, and who came', async (t) => {
  const gap = {
    alertId: 'gap',
    evidence: {
      lastUnit: 'car-1',
      lastSeenMs: T0_MS - 600_000,
      possibleUnits: ['car-2', 'car-3'],
      bridged: [{ unit: 'car-3', lastSeenMs: T0_MS - 500_000, nextSeenMs: T0_MS }],
      notReporting: [{ unit: 'car-4', sinceMs: T0_MS - 3_600_000 }],
      stated: [{ unit: 'car-5', at: 'bridge', statedAtMs: T0_MS }],
      ending: 'arrival' as const,
      byUnit: 'car-6',
      byEventTimeMs: T0_MS + 60_000,
    },
  };
  t.strictSame(words(gap), [
    'CAR-1 was here, until 07:50:00',
    'CAR-3 went out of sight here at 07:51:40, and was seen again here at 08:00:00',
    'CAR-2 may have been there: it was last seen here',
    'CAR-4 counts as not there: not heard since 07:00:00, when it was here',
    'by radio at 08:00:00: CAR-5 is at BRIDGE',
    'CAR-6 came, at 08:01:00',
  ]);
  const items = evidenceOf(alertOf(gap));
  t.strictSame(looksOf(items), [
    { unit: 'car-2', byMs: T0_MS },
    { unit: 'car-4', byMs: T0_MS - 3_600_000 },
  ]);
  const seen = new Map([['car-2', [116.5, 24.5]]] as const);
  t.match(evidenceMarks(alertOf(gap), items, { footprints, seen }).features, [
    {
      geometry: {
        type: 'LineString',
        coordinates: [
          [116.5, 24.5],
          [116.1, 24.1],
        ],
      },
    },
    { geometry: { coordinates: [116.1, 24.1] }, properties: { sign: '1·2·6' } },
    { geometry: { coordinates: [116.5, 24.5] }, properties: { sign: '3' } },
    { geometry: { coordinates: [117.1, 24.1] }, properties: { sign: '5' } },
  ]);
});

t.test('a call rests on its position, and on one that is not believed; a stand on where the unit stands', async (t) => {
  const position = { lng: 116.2, lat: 24.3, sigmaM: 5, eventTimeMs: T0_MS };
  const doubtedPosition = { ...position, lng: 120 };
  const call = { alertId: 'sos', place: null, unit: 'car-1', evidence: { position, doubtedPosition } };
  t.strictSame(words(call), [
    'position of 08:00:00, accurate to 10 m',
    'position of 08:00:00, which cannot be right: too far to reach',
  ]);
  const stand = { alertId: 's', place: null, unit: 'car-1', evidence: { standsAt: { lng: 116.4, lat: 24.4 } } };
  t.strictSame(words(stand), ['CAR-1 stands here']);
  const marks = evidenceMarks(alertOf(stand), evidenceOf(alertOf(stand)), { footprints, seen: new Map() });
  t.match(marks.features, [{ geometry: { coordinates: [116.4, 24.4] }, properties: { sign: '1' } }]);
});

t.test('of very many units some are named and looked up', async (t) => {
  const possibleUnits = Array.from({ length: MOST_UNITS + 3 }, (_, i) => `car-${i}`);
  const items = evidenceOf(alertOf({ alertId: 'gap', evidence: { possibleUnits } }));
  t.equal(items.length, MOST_UNITS);
  const marks = evidenceMarks(alertOf({ alertId: 'gap' }), items, { footprints, seen: new Map() });
  t.strictSame(marks.features, [], 'who was seen nowhere is not drawn');
});

t.test('where a unit was last seen is its last fix that counts, over all pages', async (t) => {
  const fix = (lng: number | null, disposition = 'admitted') => ({ eventTimeMs: T0_MS, lng, lat: 24, disposition });
  const asked: string[] = [];
  const ask = async (path: string) => {
    asked.push(path);
    const isFirst = !path.includes('after=');
    const items = isFirst ? [fix(1)] : [fix(2), fix(null), fix(3, 'flagged')];
    return { items, next: isFirst ? 'place' : null };
  };
  const signal = new AbortController().signal;
  t.strictSame(await lastSeenBy(ask, 'd', { unit: 'car-1', byMs: T0_MS, signal }), [2, 24]);
  t.strictSame(asked.length, 2);
  t.match(asked[0], `from=${T0_MS - 3_600_000}&to=${T0_MS + 1}&`);
});
