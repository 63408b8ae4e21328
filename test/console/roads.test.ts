import type { Page } from 'playwright-core';
import t from 'tap';
import type { RoadClass, RoadCollection } from '../../src/model/roads.js';
import { roadLayers } from '../../src/console/map/road-layers.js';
import { startRig } from '../api/rig.js';
import { shift } from '../api/shift.js';
import { until } from '../api/until.js';
import { CONSOLE, inBrowser, openBrowser, openPage } from './browser.js';

t.setTimeout(120_000);

/** Straight across the map, past both places of the test's plan. */
const ROADS: RoadCollection = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      geometry: {
        type: 'LineString',
        coordinates: [
          [115.9, 24.2685],
          [116.3, 24.2685],
        ],
      },
      properties: { class: 'trunk', nameZh: '环城公路', nameEn: 'Ring Highway' },
    },
  ],
};
/** A line of a few pixels across a map of hundreds. */
const SEEN_PIXELS = 400;

t.test('roads are drawn in order of class, and named in the language of the page', async (t) => {
  const layers = roadLayers(false, 'en', '#ffffff');
  const classes: readonly RoadClass[] = ['path', 'street', 'main', 'trunk'];
  t.strictSame(
    layers.map(({ id }) => id),
    [...classes.map((one) => `roads-${one}`), ...classes.map((one) => `road-names-${one}`)],
    'where they cross, the greater one is seen whole, and names lie over all lines',
  );
  t.match(layers.at(-1), { layout: { 'text-field': ['get', 'nameEn'] } });
  t.match(roadLayers(true, 'zh', '#000000').at(-1), { layout: { 'text-field': ['get', 'nameZh'] } });
});

t.test('the map is drawn on the roads of the district, in light and dark', inBrowser, async (t) => {
  const rig = await startRig(t, { consoleFolder: CONSOLE });
  await shift(rig);
  const browser = await openBrowser(t);
  const url = `${rig.url}/#token=${await rig.token({ role: 'supervisor' })}`;
  for (const theme of ['light', 'dark'] as const) {
    const [line] = roadLayers(theme === 'dark', 'en', '').filter(({ id }) => id === 'roads-trunk');
    const colour = String((line?.paint as { 'line-color'?: unknown } | undefined)?.['line-color']);
    for (const roads of [null, ROADS]) {
      rig.district().roads = roads ?? { ...ROADS, features: [] };
      const { page, errors } = await openPage(browser, rig.url);
      await page.addInitScript(`localStorage.setItem('beatwatch.theme', '${theme}')`);
      await page.goto(url);
      await page.reload();
      await page.locator('.map[aria-busy=false]').waitFor();
      if (roads === null) t.equal(await pixelsOf(page, colour), 0, `${theme}: no roads`);
      else await until(async () => (await pixelsOf(page, colour)) > SEEN_PIXELS);
      t.strictSame(errors, []);
      await page.context().close();
    }
  }
});

/** How many pixels of the map are of this very colour. */
async function pixelsOf(page: Page, colour: string): Promise<number> {
  const picture = (await page.locator('.map').screenshot()).toString('base64');
  const helper = await page.context().newPage();
  try {
    return (await helper.evaluate(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${picture}';
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4)
        if ('#' + [0, 1, 2].map((c) => data[i + c].toString(16).padStart(2, '0')).join('') === '${colour}') count += 1;
      return count;
    })()`)) as number;
  } finally {
    await helper.close();
  }
}
