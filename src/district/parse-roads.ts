import type { AreaE7 } from '../model/plan.js';
import { E7 } from '../model/position.js';
import type { RoadClass, RoadFeature, RoadLine } from '../model/roads.js';
import { checkShape } from './check-shape.js';
import { gotWords, pointer, type Report, show } from './faults.js';
import { type IgnoredMember, ownMembers, withoutForeign } from './foreign-members.js';
import { readLines } from './geometry-shapes.js';
import { featuresOf, member } from './json-members.js';
import { MAX_FROM_MIDDLE_DEG } from './parse-places.js';
import { ROAD_COUNT, ROAD_FEATURES, type RoadFile, RoadsOutline } from './road-schemas.js';

/** All roads together: a browser draws so many at once. */
export const MAX_ROAD_POSITIONS = 200_000;
/** A tenth of a metre: nobody sees more of a road. */
const DEGREES_PRECISION = 1e6;

/** What a tool writes of a road says more than a map draws: what is not ours is left out, a slip of it, too. */
const ROAD_MEMBERS = ownMembers(RoadsOutline, Object.values(ROAD_FEATURES), false);

/** Classes of OpenStreetMap, without `_link`; any other road is drawn as a path. */
const CLASSES: Readonly<Record<string, RoadClass>> = {
  motorway: 'trunk',
  trunk: 'trunk',
  primary: 'main',
  secondary: 'main',
  tertiary: 'street',
  unclassified: 'street',
  residential: 'street',
  living_street: 'street',
  pedestrian: 'street',
  road: 'street',
  busway: 'street',
};
/** Roads that nobody can take: they are planned, being built, or gone. */
const NOT_THERE: ReadonlySet<string> = new Set(['proposed', 'construction', 'abandoned', 'razed']);

export interface ParsedRoads {
  readonly features: readonly RoadFeature[];
  readonly ignored: readonly IgnoredMember[];
}

/**
 * `roads.geojson` into what a map draws, in degrees WGS-84.
 *
 * @param area where the units of the district can be; null: it is not known, so that nobody can say whether the roads are there
 */
export function parseRoads(raw: unknown, area: AreaE7 | null, report: Report): ParsedRoads {
  const { value, ignored } = withoutForeign(raw, ROAD_MEMBERS, report);
  const outline = checkShape(RoadsOutline, value, '', report) ? value : null;
  const features: RoadFeature[] = [];
  const extent = area === null ? null : new Extent(area);
  const notThere = new Map<string, number>();
  let positions = 0;
  for (const [index, one] of (outline?.features ?? featuresOf(value, ROAD_COUNT) ?? []).entries()) {
    const path = pointer('features', index);
    const road = checkRoad(one, path, report);
    if (road === null) continue;
    const lines = readLines(road.geometry, outline?.datum ?? 'WGS84', `${path}/geometry/coordinates`, report);
    if (lines === null) continue;
    positions += lines.reduce((sum, line) => sum + line.length / 2, 0);
    extent?.see(lines, `${path}/geometry/coordinates`, report);
    const { highway } = road.properties;
    if (NOT_THERE.has(highway)) notThere.set(highway, (notThere.get(highway) ?? 0) + 1);
    else features.push(featureOf(road, lines.map(degreesOf)));
  }
  if (positions > MAX_ROAD_POSITIONS)
    report(
      '/features',
      `got ${positions} positions, expected at most ${MAX_ROAD_POSITIONS} in all: simplify the lines`,
    );
  if (outline !== null) extent?.end(report);
  const left = [...notThere].map(([highway, count]) => ({ name: `highway=${highway}`, count }));
  return { features, ignored: [...ignored, ...left] };
}

/** The type of geometry chooses the schema, so that the faults are those of the thing meant. */
function checkRoad(raw: unknown, path: string, report: Report): RoadFile | null {
  const type = member(member(raw, 'geometry'), 'type');
  if (type !== 'LineString' && type !== 'MultiLineString') {
    report(`${path}/geometry/type`, `${gotWords(type)}, expected "LineString" or "MultiLineString" for a road`);
    return null;
  }
  return checkShape(ROAD_FEATURES[type], raw, path, report) ? raw : null;
}

function featureOf({ properties }: RoadFile, lines: readonly RoadLine[]): RoadFeature {
  const { highway, name, nameZh = name, nameEn = name } = properties;
  const [first = []] = lines;
  return {
    type: 'Feature',
    geometry:
      lines.length === 1 ? { type: 'LineString', coordinates: first } : { type: 'MultiLineString', coordinates: lines },
    properties: {
      class: CLASSES[highway.replace(/_link$/, '')] ?? 'path',
      ...(nameZh === undefined ? {} : { nameZh }),
      ...(nameEn === undefined ? {} : { nameEn }),
    },
  };
}

function degreesOf(flat: readonly number[]): RoadLine {
  const line: [number, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) line.push([shortDegrees(flat[i] ?? 0), shortDegrees(flat[i + 1] ?? 0)]);
  return line;
}

function shortDegrees(e7: number): number {
  return Math.round((e7 / E7) * DEGREES_PRECISION) / DEGREES_PRECISION;
}

/** Whether roads lie in a district: a road of another one is a slip of the file, and a stray position is one of the pen, or of the datum. */
class Extent {
  readonly #area: AreaE7;
  #roads = 0;
  #inside = 0;

  constructor(area: AreaE7) {
    this.#area = area;
  }

  see(lines: readonly (readonly number[])[], path: string, report: Report): void {
    this.#roads += 1;
    let isInside = false;
    let stray: string | null = null;
    for (const line of lines)
      for (let i = 0; i + 1 < line.length; i += 2) {
        const farE7 = this.#outsideE7(line[i] ?? 0, line[i + 1] ?? 0);
        isInside ||= farE7 <= 0;
        if (farE7 > MAX_FROM_MIDDLE_DEG * E7) stray ??= show([(line[i] ?? 0) / E7, (line[i + 1] ?? 0) / E7]);
      }
    if (isInside) this.#inside += 1;
    if (stray !== null)
      report(
        path,
        `got a position at ${stray}, expected all within ${MAX_FROM_MIDDLE_DEG} degrees of the area ${this.#shown}`,
      );
  }

  end(report: Report): void {
    if (this.#roads > 0 && this.#inside === 0)
      report('/features', `got ${this.#roads} roads outside the district's area ${this.#shown}, expected some inside`);
  }

  get #shown(): string {
    const { westE7, southE7, eastE7, northE7 } = this.#area;
    return JSON.stringify([westE7, southE7, eastE7, northE7].map(shortDegrees));
  }

  /** How far a position lies outside the area, east or north; 0 or less: it is inside. */
  #outsideE7(lngE7: number, latE7: number): number {
    const { westE7, southE7, eastE7, northE7 } = this.#area;
    return Math.max(westE7 - lngE7, lngE7 - eastE7, southE7 - latE7, latE7 - northE7);
  }
}
