import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import type { DistrictSource } from '../../src/district/district-source.js';
import { distanceM } from '../../src/geo/ruler.js';
import { AREA_MARGIN_M } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { E7, MAX_LNG_E7 } from '../../src/model/position.js';
import { type Edit, edited, fixture, type Json, loadTexts, textsOf } from './district-folder.js';

const OPTIONS = { version: 1, inForceFromMs: 0, expandFromMs: 0, expandDays: 2 };

async function example(...edits: readonly Edit[]): Promise<CompiledPlan | readonly string[]> {
  const { source, faults } = await loadTexts(edited(await textsOf(fixture('example')), edits));
  if (faults !== null) return faults.map(({ file, path, reason }) => `${file} ${path}: ${reason}`);
  return compilePlan(source as DistrictSource, OPTIONS);
}

function rectangle(west: number, south: number, east: number, north: number): Json {
  return [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ];
}

const areaEdit = (area: Json): Edit => ['district.json', '/area', area];
const ZONE = '/features/0/geometry/coordinates';
const SQUARE = '/features/1/geometry/coordinates';

t.test('without a word on it, the area is the extent of the places and 50 km around', async (t) => {
  const plan = (await example()) as CompiledPlan;
  const { ruler, area } = plan;
  if (area === undefined) return t.fail('it has an area');
  t.ok(Object.values(area).every(Number.isInteger), JSON.stringify(area));
  const corner = { lngE7: 116.07 * E7, latE7: 24.28 * E7 };
  const eastM = distanceM(ruler, corner, { lngE7: area.eastE7, latE7: corner.latE7 });
  const northM = distanceM(ruler, corner, { lngE7: corner.lngE7, latE7: area.northE7 });
  for (const metres of [eastM, northM]) t.ok(Math.abs(metres - AREA_MARGIN_M) < 0.1, `${metres} m`);
  t.ok(area.westE7 < 116.05 * E7 && area.southE7 < 24.26 * E7);
});

t.test('an area that the district says itself', async (t) => {
  const plan = (await example(areaEdit([116, 24.2, 116.2, 24.3]))) as CompiledPlan;
  t.same(plan.area, { westE7: 1_160_000_000, southE7: 242_000_000, eastE7: 1_162_000_000, northE7: 243_000_000 });
});

t.test('an area that is none, or does not hold the places, is a fault with its reason', async (t) => {
  const cases: readonly (readonly [Json, string])[] = [
    [[116.2, 24.2, 116, 24.3], 'district.json /area/0: got west 116.2, expected less than east 116'],
    [[116, 24.3, 116.2, 24.2], 'district.json /area/1: got south 24.3, expected less than north 24.2'],
    [
      [116, 24.2, 181, 24.3],
      'district.json /area: got [116,24.2,181,24.3], expected degrees of -180 to 180 east and -90 to 90 north',
    ],
    [
      [116, 24.2, 116.0605, 24.3],
      'district.json /area: got an area that does not hold the whole of "centre", expected one around all places',
    ],
    [
      [116, 24.2, 116.2],
      'district.json /area: got [116,24.2,116.2], expected the area in which units can be, as [west, south, east, north] in degrees WGS-84, not across the antimeridian',
    ],
  ];
  for (const [area, fault] of cases) t.same(await example(areaEdit(area)), [fault]);
});

t.test('the width of a place is part of it: the area holds its circle, not its middle alone', async (t) => {
  const post: Edit = ['places.geojson', SQUARE, [116.0709, 24.27]];
  t.match(await example(post, areaEdit([116.04, 24.2, 116.071, 24.3])), [/does not hold the whole of "square"/]);
});

t.test('the area ends at the antimeridian, where nothing is measured across', async (t) => {
  const plan = (await example(
    ['places.geojson', ZONE, rectangle(179.9, 24.26, 179.95, 24.28)],
    ['places.geojson', SQUARE, [179.93, 24.27]],
  )) as CompiledPlan;
  t.match(plan.area, { eastE7: MAX_LNG_E7 });
  t.ok((plan.area?.westE7 ?? 0) < 179.5 * E7);
});

t.test('the middle of a district is its middle: a zone three degrees wide is one, a stray place is not', async (t) => {
  const wide: Edit = ['places.geojson', ZONE, rectangle(116.05, 24.26, 119.05, 24.28)];
  const plan = (await example(wide)) as CompiledPlan;
  t.equal(plan.places?.length, 2, JSON.stringify(plan));
  const faults = (await example(wide, ['places.geojson', SQUARE, [140, 24.27]])) as readonly string[];
  t.equal(faults.length, 1, faults.join('\n'));
});
