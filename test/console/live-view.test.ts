import t from 'tap';
import { deedsOf } from '../../src/console/alerts/act.js';
import { passes, SHOW_ALL } from '../../src/console/alerts/filter.js';
import { listedAlerts, SHOWN } from '../../src/console/alerts/listed.js';
import { FLOOD_ALERTS, FLOOD_MS } from '../../src/console/alerts/order.js';
import { distanceText, TEXTS } from '../../src/console/i18n/words.js';
import { namePoints } from '../../src/console/map/features.js';
import { trailFeatures } from '../../src/console/map/trail-features.js';
import { nearestRow } from '../../src/console/nearest/rows.js';
import { nearestPath, targetOf } from '../../src/console/nearest/target.js';
import { needsPurpose, viewsOf } from '../../src/console/session/session.js';
import { newHigh } from '../../src/console/sound/new-high.js';
import {
  longerTrails,
  pointsOf,
  TRAIL_HOLE_MS,
  TRAIL_MS,
  TRAIL_STEP_MS,
  trailLines,
} from '../../src/console/store/trails.js';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import type { NearestUnit } from '../../src/protocol/nearest-units.js';
import { positionOf, T0_MS } from '../api/records.js';
import { alertOf } from './support.js';

const opened = (alerts: readonly AlertAnswer[]) => new Map(alerts.map((alert) => [alert.alertId, alert]));
const ids = (alerts: readonly AlertAnswer[]) => alerts.map(({ alertId }) => alertId);

t.test('a filter hides what it says, and never a call for help', async (t) => {
  const alerts = [
    alertOf({ alertId: 'gap' }),
    alertOf({ alertId: 'low', severity: 'low', rule: 'dwell-short' }),
    alertOf({ alertId: 'seen', acknowledged: true, state: 'ack-active', evidence: { actor: 'li' } }),
    alertOf({ alertId: 'sos', rule: 'sos', severity: 'high', acknowledged: true, state: 'ack-active' }),
  ];
  const shown = (o: Partial<typeof SHOW_ALL>) =>
    ids(alerts.filter((alert) => passes({ ...SHOW_ALL, ...o }, alert, 'li')));
  t.strictSame(shown({}), ['gap', 'low', 'seen', 'sos']);
  t.strictSame(shown({ severity: 'low' }), ['low', 'sos']);
  t.strictSame(shown({ rule: 'checkpoint-gap' }), ['gap', 'seen', 'sos']);
  t.strictSame(shown({ unacknowledged: true }), ['gap', 'low', 'sos']);
  t.strictSame(shown({ mine: true }), ['seen', 'sos']);
  const listed = listedAlerts(opened(alerts), { ...SHOW_ALL, severity: 'low' }, 'li', T0_MS);
  t.equal(listed.hidden, 2);
  t.strictSame(listed.more, { high: 0, medium: 0, low: 0 });
});

t.test('in a flood the high alerts are listed, and the others are counts of their rules', async (t) => {
  const many = (count: number, o: Partial<AlertAnswer>) =>
    Array.from({ length: count }, (_, i) => alertOf({ alertId: `${o.rule} ${i}`, ...o }));
  const low = many(FLOOD_ALERTS - 3, { rule: 'dwell-short', severity: 'low' });
  const silent = many(2, { rule: 'tracker-silence', severity: 'medium' });
  const calm = opened([...low, ...silent]);
  t.equal(listedAlerts(calm, SHOW_ALL, 'li', T0_MS).flood, null, 'one below');
  const flooded = opened([...low, ...silent, alertOf({ alertId: 'gap' })]);
  const listed = listedAlerts(flooded, SHOW_ALL, 'li', T0_MS);
  t.strictSame(ids(listed.shown), ['gap']);
  t.strictSame(listed.flood, {
    recent: FLOOD_ALERTS,
    counts: [
      { rule: 'dwell-short', count: FLOOD_ALERTS - 3 },
      { rule: 'tracker-silence', count: 2 },
    ],
  });
  t.equal(listedAlerts(flooded, SHOW_ALL, 'li', T0_MS + FLOOD_MS).flood, null, 'ten minutes later');
  const part = listedAlerts(flooded, { ...SHOW_ALL, rule: 'dwell-short' }, 'li', T0_MS);
  t.equal(part.shown.length, FLOOD_ALERTS - 3, 'a filter shows the part that somebody asks for');
  const high = listedAlerts(opened(many(SHOWN + 5, { rule: 'checkpoint-gap' })), SHOW_ALL, 'li', T0_MS);
  t.equal(high.shown.length, SHOWN);
  t.strictSame(high.flood?.counts, [{ rule: 'checkpoint-gap', count: 5 }], 'every alert is listed or counted');
});

t.test('what can be done to an alert is what the engine would take', async (t) => {
  const deeds = (o: Partial<AlertAnswer>) => deedsOf(alertOf({ alertId: 'a', ...o }));
  t.strictSame(deeds({}), ['acknowledge', 'comment', 'shelve']);
  t.strictSame(deeds({ state: 'shelved', acknowledged: true }), ['comment', 'unshelve']);
  t.strictSame(deeds({ rule: 'sos' }), ['acknowledge', 'comment', 'resolve']);
  t.strictSame(deeds({ condition: 'cleared', state: 'unack-cleared' }), ['acknowledge', 'comment']);
  t.strictSame(deeds({ condition: 'retracted', state: 'retracted' }), ['comment']);
});

t.test('the page rings for a high alert that nobody has acknowledged, once', async (t) => {
  const gap = alertOf({ alertId: 'gap' });
  const seen = alertOf({ alertId: 'gap', acknowledged: true, state: 'ack-active' });
  const rung = (before: readonly AlertAnswer[], after: readonly AlertAnswer[]) =>
    ids(newHigh(opened(before), opened(after)));
  t.strictSame(rung([], [gap, alertOf({ alertId: 'low', severity: 'low' })]), ['gap']);
  t.strictSame(rung([gap], [alertOf({ alertId: 'gap', version: 2 })]), []);
  t.strictSame(rung([gap], [seen]), []);
  t.strictSame(rung([seen], [gap]), ['gap'], 'raised again');
});

t.test('a trail has a point each ten seconds, ends with ten minutes, and is no line over a silence', async (t) => {
  const at = (eventTimeMs: number) => [positionOf('car-1', eventTimeMs)];
  let trails = longerTrails(new Map(), at(T0_MS));
  t.equal(longerTrails(trails, at(T0_MS + TRAIL_STEP_MS - 1)), trails, 'too soon');
  t.equal(longerTrails(trails, at(T0_MS - 60_000)), trails, 'too late');
  for (let ms = TRAIL_STEP_MS; ms <= 2 * TRAIL_MS; ms += TRAIL_STEP_MS) trails = longerTrails(trails, at(T0_MS + ms));
  const points = pointsOf(trails.get('car-1') ?? new Float64Array());
  t.equal(points.length, TRAIL_MS / TRAIL_STEP_MS + 1);
  const { lng, lat } = positionOf('car-1');
  t.strictSame(points.at(-1), { atMs: T0_MS + 2 * TRAIL_MS, lng, lat });
  const point = (atMs: number) => ({ atMs, lng: 116, lat: 24 });
  const lines = trailLines([point(0), point(10), point(20 + TRAIL_HOLE_MS), point(30 + TRAIL_HOLE_MS)]);
  t.strictSame(
    lines.map((line) => line.map(({ atMs }) => atMs)),
    [
      [0, 10],
      [20 + TRAIL_HOLE_MS, 30 + TRAIL_HOLE_MS],
    ],
  );
  const positions = new Map([['car-1', positionOf('car-1', T0_MS + 2 * TRAIL_MS + 1)]]);
  const [feature] = trailFeatures(trails, positions, 'car-1').features;
  t.match(feature, { geometry: { type: 'LineString' }, properties: { id: 'car-1', isChosen: true } });
  const line = feature?.geometry.coordinates as unknown[] | undefined;
  t.equal(line?.length, TRAIL_MS / TRAIL_STEP_MS + 2, 'up to its last position');
});

t.test('where somebody should go is the place of an alert, else where its evidence says', async (t) => {
  const positions = new Map([['car-1', positionOf('car-1')]]);
  const call = { alertId: 'c', subject: { kind: 'unit', id: 'car-1' }, place: null, unit: 'car-1' } as const;
  t.strictSame(targetOf(alertOf({ alertId: 'gap' }), positions), { is: 'place', place: 'square' });
  t.strictSame(targetOf(alertOf(call), positions), { is: 'position', lng: 116.1172345, lat: 24.2701234 });
  t.equal(targetOf(alertOf(call), new Map()), null);
  const position = { lng: 116.2, lat: 24.3, sigmaM: 5, eventTimeMs: T0_MS };
  const target = targetOf(alertOf({ ...call, evidence: { position } }), positions);
  t.strictSame(target, { is: 'position', lng: 116.2, lat: 24.3 });
  t.equal(
    target && nearestPath('d', target, 9),
    '/v1/districts/d/nearest-units?lng=116.2000000&lat=24.3000000&limit=9',
  );
});

const near = (o: Partial<NearestUnit> = {}): NearestUnit => ({
  unit: 'car-1',
  callsign: 'CAR-1',
  kind: 'car',
  group: 'north',
  crewCount: 2,
  health: 'live',
  availability: 'free',
  taskId: null,
  certainty: 'current',
  distanceM: 1_234,
  leastM: 600,
  mostM: 1_900,
  ageMs: 8_000,
  statedAt: null,
  ...o,
});

t.test('a unit that is not heard is shown with a span, never with a distance of its own', async (t) => {
  const row = (o: Partial<NearestUnit>) => nearestRow(near(o), TEXTS.en, (id) => `the ${id}`, 0);
  t.match(row({}), { sign: '●', distance: '1.2 km', because: 'seen 8 s ago', held: '' });
  t.match(row({ certainty: 'doubtful', health: 'silent', ageMs: 900_000, leastM: 0, mostM: 51_000 }), {
    sign: '?',
    distance: '0 m – 51 km',
    because: 'silent · not current: 1.2 km off 15 min ago',
  });
  t.match(row({ certainty: 'stated', distanceM: 0, statedAt: 'square', ageMs: 60_000 }), {
    sign: '☏',
    distance: 'there',
    because: 'by radio at the square, 60 s ago',
  });
  t.match(row({ certainty: 'unknown', health: 'unseen', distanceM: null, leastM: null, mostM: null, ageMs: null }), {
    sign: '–',
    distance: 'no position',
    because: 'not seen yet',
  });
  t.match(row({ availability: 'out-of-service' }), { held: 'out of service' });
  const later = nearestRow(near(), TEXTS.en, (id) => id, 300_000);
  t.equal(later.because, 'seen 5 min ago', 'an answer that is shown for long grows old with its positions');
  t.equal(distanceText(TEXTS.zh, 994), '990米');
  t.equal(distanceText(TEXTS.zh, 12_340), '12公里');
});

t.test('a role enters the rooms that it may, and an auditor says why first', async (t) => {
  t.strictSame(viewsOf({ mayLive: true, mayTrace: false }), ['live', 'plan']);
  t.strictSame(viewsOf({ mayLive: true, mayTrace: true }), ['live', 'plan', 'time']);
  t.strictSame(viewsOf({ mayLive: false, mayTrace: true }), ['time', 'plan']);
  const token = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  t.equal(needsPurpose(token({ role: 'auditor' })), true);
  t.equal(needsPurpose(token({ role: 'supervisor' })), false);
  t.equal(needsPurpose('nonsense'), false);
});

t.test('a place has one name on the map, in its middle', async (t) => {
  const ring = [
    [116, 24],
    [116.2, 24],
    [116.2, 24.4],
    [116, 24],
  ];
  const feature = {
    type: 'Feature',
    geometry: { type: 'Polygon', coordinates: [ring] },
    properties: { id: 'a' },
  } as const;
  const { features } = namePoints({ type: 'FeatureCollection', features: [feature] });
  t.match(features, [{ geometry: { type: 'Point', coordinates: [116.1, 24.2] }, properties: { id: 'a' } }]);
});

/** Every text of a language, by its path; functions are called with plain arguments. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function')
    return [[path, String((value as (...o: unknown[]) => unknown)('7', '8', '9', '10', '11'))]];
  return Object.entries(value as object).flatMap(([name, one]) => textsOf(one, `${path}/${name}`));
}

t.test('both languages say everything', async (t) => {
  const [en, zh] = [textsOf(TEXTS.en), textsOf(TEXTS.zh)];
  t.strictSame(
    zh.map(([path]) => path),
    en.map(([path]) => path),
  );
  t.strictSame(
    [...en, ...zh].filter(([, text]) => text.trim() === '' || text.includes('undefined')),
    [],
  );
});
