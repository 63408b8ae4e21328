import type { LayerSpecification } from 'maplibre-gl';
import t from 'tap';
import { enlarged, enlargement } from '../../src/console/map/enlarge.js';
import { mapStyle, nameFilters } from '../../src/console/map/style.js';
import { startRig } from '../api/rig.js';
import { shift } from '../api/shift.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(120_000);

const TABLET = { width: 820, height: 1180 };

t.test('a map is larger where the letters of the page are, and never smaller than its style', async (t) => {
  t.strictSame([13, 16, 24].map(enlargement), [1, 1, 1.5]);
  const layer = (o: object) => ({ id: 'a', source: 'a', ...o }) as unknown as LayerSpecification;
  const layers = [
    layer({ type: 'symbol', layout: { 'text-size': 12, 'text-padding': 4 } }),
    layer({ type: 'circle', paint: { 'circle-radius': ['case', ['get', 'sos'], 12, 6], 'circle-color': '#fff' } }),
    layer({ type: 'line', paint: { 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 1, 16, 8] } }),
    layer({ type: 'background' }),
  ];
  t.strictSame(enlarged(layers, 1), layers);
  t.strictSame(enlarged(layers, 1.5), [
    layer({ type: 'symbol', layout: { 'text-size': 18, 'text-padding': 4 } }),
    layer({
      type: 'circle',
      paint: { 'circle-radius': ['*', 1.5, ['case', ['get', 'sos'], 12, 6]], 'circle-color': '#fff' },
    }),
    layer({ type: 'line', paint: { 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 1.5, 16, 12] } }),
    layer({ type: 'background' }),
  ]);
});

t.test('nothing takes the room of the name of a place where somebody must go', async (t) => {
  const { layers } = mapStyle({ isDark: false, language: 'en', tiles: null, enlargedBy: 1 });
  const ids = layers.map(({ id }) => id);
  const names = ids.filter((id) => id.endsWith('names'));
  t.equal(names.at(-1), 'overdue-names', 'the topmost names are placed first');
  t.match(layers[ids.indexOf('overdue-names')], { layout: { 'text-allow-overlap': true } });
});

t.test('nor of the name of a place that is looked at', async (t) => {
  const { 'overdue-names': stands, 'place-names': gives } = nameFilters('square');
  t.strictSame(stands, ['any', ['==', ['get', 'standing'], 'overdue'], ['==', ['get', 'id'], 'square']]);
  t.strictSame(gives, ['!', stands], 'each name is in one of both layers');
});

t.test(
  'who holds a tablet sees the map and the first alert without scrolling; on a wall the map is as large as the page',
  inBrowser,
  async (t) => {
    const rig = await startRig(t, { consoleFolder: CONSOLE });
    await shift(rig);
    const browser = await openBrowser(t);
    const { page, errors } = await openPage(browser, `${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`);
    await page.setViewportSize(TABLET);
    await page.locator('.alert').first().waitFor();
    await page.locator('.map canvas').waitFor();
    for (const part of ['.map', '.alert', '.place']) {
      const box = await page.locator(part).first().boundingBox();
      t.ok(box !== null && box.y + Math.min(box.height, 100) < TABLET.height, `${part} is in sight`);
    }
    const map = await page.locator('.map').boundingBox();
    t.ok((map?.width ?? 0) > 0.9 * TABLET.width, 'the map is as wide as the page');
    await page.setViewportSize({ width: 3_840, height: 2_160 });
    const button = await page.locator('.maplibregl-ctrl-zoom-in').boundingBox();
    t.ok((button?.height ?? 0) > 40, `a button of the map is ${button?.height} pixels high`);
    t.strictSame(errors, []);
  },
);
