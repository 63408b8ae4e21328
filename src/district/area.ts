import { type Ruler, rulerAt } from '../geo/ruler.js';
import { AREA_MARGIN_M } from '../model/limits.js';
import type { AreaE7, PlanPlace } from '../model/plan.js';
import { E7, MAX_LAT_E7, MAX_LNG_E7 } from '../model/position.js';
import { pointer, type Report } from './faults.js';
import { type ParsedPlaces, verticesOf } from './parse-places.js';

/** `[west, south, east, north]` in degrees, as `district.json` says it. */
type AreaFile = readonly number[];

/** The ruler at the middle latitude of the places. */
export function rulerOf(places: readonly PlanPlace[]): Ruler {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { latE7 } of places.flatMap(verticesOf)) {
    least = Math.min(least, latE7);
    most = Math.max(most, latE7);
  }
  return rulerAt(Math.round((least + most) / 2));
}

/**
 * Where units of the district can be: as the file says, else the places' extent and AREA_MARGIN_M around it. It ends at the
 * antimeridian and at the poles: nothing in the district is measured across them.
 */
export function areaOf(area: AreaFile | undefined, places: readonly PlanPlace[]): AreaE7 {
  if (area !== undefined) return fromFile(area);
  const ruler = rulerOf(places);
  const extent = extentOf(places, ruler);
  const eastE7 = AREA_MARGIN_M / ruler.metresPerLngE7;
  const northE7 = AREA_MARGIN_M / ruler.metresPerLatE7;
  return {
    westE7: Math.max(-MAX_LNG_E7, Math.floor(extent.westE7 - eastE7)),
    southE7: Math.max(-MAX_LAT_E7, Math.floor(extent.southE7 - northE7)),
    eastE7: Math.min(MAX_LNG_E7, Math.ceil(extent.eastE7 + eastE7)),
    northE7: Math.min(MAX_LAT_E7, Math.ceil(extent.northE7 + northE7)),
  };
}

/** An area must be one, and must hold every place: a unit that stands on its post is where it can be. */
export function areaFaults(area: AreaFile, places: ParsedPlaces | null, report: Report): void {
  const box = fromFile(area);
  const { westE7, southE7, eastE7, northE7 } = box;
  const [west, south, east, north] = area;
  if (westE7 < -MAX_LNG_E7 || eastE7 > MAX_LNG_E7 || southE7 < -MAX_LAT_E7 || northE7 > MAX_LAT_E7) {
    report('/area', `got ${JSON.stringify(area)}, expected degrees of -180 to 180 east and -90 to 90 north`);
    return;
  }
  if (westE7 >= eastE7) report(pointer('area', 0), `got west ${west}, expected less than east ${east}`);
  if (southE7 >= northE7) report(pointer('area', 1), `got south ${south}, expected less than north ${north}`);
  if (westE7 >= eastE7 || southE7 >= northE7 || places === null) return;
  const ruler = rulerOf(places.places);
  for (const place of places.places) {
    if (isInArea(place, box, ruler)) continue;
    report('/area', `got an area that does not hold the whole of "${place.id}", expected one around all places`);
    return;
  }
}

/** Whether an area holds the whole of a place, its radius or corridor too. */
export function isInArea(place: PlanPlace, { westE7, southE7, eastE7, northE7 }: AreaE7, ruler: Ruler): boolean {
  const own = extentOf([place], ruler);
  return own.westE7 >= westE7 && own.southE7 >= southE7 && own.eastE7 <= eastE7 && own.northE7 <= northE7;
}

function fromFile(area: AreaFile): AreaE7 {
  const [westE7 = 0, southE7 = 0, eastE7 = 0, northE7 = 0] = area.map((degrees) => Math.round(degrees * E7));
  return { westE7, southE7, eastE7, northE7 };
}

/** The box around places, their radius or corridor granted. */
function extentOf(places: readonly PlanPlace[], ruler: Ruler): AreaE7 {
  const box = { westE7: Infinity, southE7: Infinity, eastE7: -Infinity, northE7: -Infinity };
  for (const place of places) {
    const widthM = widthOf(place);
    const eastE7 = widthM / ruler.metresPerLngE7;
    const northE7 = widthM / ruler.metresPerLatE7;
    for (const vertex of verticesOf(place)) {
      box.westE7 = Math.min(box.westE7, vertex.lngE7 - eastE7);
      box.southE7 = Math.min(box.southE7, vertex.latE7 - northE7);
      box.eastE7 = Math.max(box.eastE7, vertex.lngE7 + eastE7);
      box.northE7 = Math.max(box.northE7, vertex.latE7 + northE7);
    }
  }
  return box;
}

function widthOf({ shape }: PlanPlace): number {
  switch (shape.type) {
    case 'circle':
      return shape.radiusM;
    case 'corridor':
      return shape.corridorM;
    case 'polygon':
      return 0;
  }
}
