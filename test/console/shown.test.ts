import t from 'tap';
import { SIGNS } from '../../src/console/board/signs.js';
import { clockText, spanText, TEXTS } from '../../src/console/i18n/words.js';
import { boundsOf, discFeatures, type Footprint, placeFeatures, unitFeatures } from '../../src/console/map/features.js';
import { modeAt, strengthOf } from '../../src/console/page/duty.js';
import { keyDeed } from '../../src/console/page/keys.js';
import { keepToken, takeToken } from '../../src/console/session/kept-token.js';
import { coverageOf, positionOf, T0_MS, testPlan, unitOf } from '../api/records.js';

const HOUR = 3_600_000;
const plan = testPlan('meixian');

t.test('the mode of duty, and the next', async (t) => {
  t.strictSame(modeAt(plan, T0_MS), { mode: 'peak', next: { mode: 'none', atMs: T0_MS + HOUR } });
  t.strictSame(modeAt(plan, T0_MS + HOUR), { mode: 'none', next: null });
  t.strictSame(modeAt(plan, T0_MS - 1), { mode: 'none', next: { mode: 'peak', atMs: T0_MS } });
});

t.test('strength counts who is on duty, and of them who is heard', async (t) => {
  const units = new Map([
    ['a', unitOf('a')],
    ['b', { ...unitOf('b'), health: 'silent' as const }],
    ['c', { ...unitOf('c'), onDuty: false, health: 'off-duty' as const }],
  ]);
  t.strictSame(strengthOf(units), { onDuty: 2, live: 1, silent: 1 });
});

t.test('lengths of time and clock times, in both languages', async (t) => {
  const said = [0, 119_999, 120_000, 7_199_999, 2 * HOUR, 2 * HOUR + 61_000];
  t.strictSame(
    said.map((ms) => spanText(TEXTS.en, ms)),
    ['0 s', '119 s', '2 min', '119 min', '2 h', '2 h 1 min'],
  );
  t.equal(spanText(TEXTS.zh, 2 * HOUR + 61_000), '2小时1分');
  t.equal(spanText(TEXTS.en, -5), '0 s');
  t.equal(clockText('Asia/Shanghai', T0_MS), '08:00:00');
  t.equal(clockText('Asia/Shanghai', T0_MS, false), '08:00');
});

t.test('a silent unit has a disc that grows for as long as it may be anywhere in it', async (t) => {
  const positions = new Map([['car-1', positionOf('car-1')]]);
  const silent = new Map([['car-1', { ...unitOf('car-1'), health: 'silent' as const }]]);
  const radiusAt = (afterMs: number): number | null => {
    const [disc] = discFeatures(plan, positions, silent, T0_MS + afterMs).features;
    if (disc === undefined) return null;
    const [[east = []] = []] = disc.geometry.coordinates as number[][][];
    return ((east[0] ?? 0) - 116.1172345) * 111_195 * Math.cos((24.2701234 * Math.PI) / 180);
  };
  const [early, late] = [radiusAt(60_000) ?? 0, radiusAt(120_000) ?? 0];
  t.ok(Math.abs(early - (15 + 55.56 * 60)) < 1, `${early} m after a minute`);
  t.ok(late > early);
  t.equal(radiusAt(31 * 60_000), null, 'after half an hour nobody can say anything');
  t.equal(discFeatures(plan, positions, new Map([['car-1', unitOf('car-1')]]), T0_MS + 60_000).features.length, 0);
});

t.test('places and units are drawn with a sign or a state beside their names', async (t) => {
  const footprint = (id: string): Footprint => ({
    type: 'Feature',
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [116.1, 24.2],
          [116.2, 24.2],
          [116.2, 24.3],
          [116.1, 24.2],
        ],
      ],
    },
    properties: { id, kind: 'checkpoint', nameZh: '广场', nameEn: 'Square' },
  });
  const coverage = new Map([['square', coverageOf('square')]]);
  const drawn = placeFeatures([footprint('square'), footprint('bridge')], coverage, {
    nowMs: T0_MS,
    language: 'en',
    signs: SIGNS,
  });
  t.strictSame(
    drawn.features.map(({ properties: { standing, label } }) => [standing, label]),
    [
      ['covered', '● Square'],
      ['unheard', '– Square'],
    ],
  );
  t.strictSame(boundsOf([footprint('square')]), [116.1, 24.2, 116.2, 24.3]);
  const units = unitFeatures(plan, new Map([['car-1', positionOf('car-1')]]), new Map([['car-1', unitOf('car-1')]]));
  t.match(units.features, [{ properties: { label: 'CAR-1', freshness: 'live', sos: false } }]);
});

t.test('keys are for the page only where nobody types', async (t) => {
  const key = (name: string, o: object = {}) =>
    keyDeed({ key: name, ctrlKey: false, altKey: false, metaKey: false, target: null, ...o });
  t.strictSame(
    ['j', 'K', 'a', '/', '?', 'Escape', 'x'].map((name) => key(name)),
    ['next', 'previous', 'acknowledge', 'find', 'keys', 'close', null],
  );
  t.equal(key('a', { ctrlKey: true }), null);
  t.equal(key('a', { target: { tagName: 'INPUT' } }), null);
});

t.test('a token that an address brings leaves it at once, and stays in its tab', async (t) => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const shown: string[] = [];
  const history = { replaceState: (_state: null, _title: string, address: string) => void shown.push(address) };
  const at = (hash: string) => ({ hash, pathname: '/', search: '' });
  t.equal(takeToken(storage, at(''), history), null);
  t.equal(takeToken(storage, at('#token=abc.def'), history), 'abc.def');
  t.strictSame(shown, ['/']);
  t.equal(takeToken(storage, at(''), history), 'abc.def', 'from the tab, after a reload');
  keepToken(storage, null);
  t.equal(takeToken(storage, at(''), history), null);
});
