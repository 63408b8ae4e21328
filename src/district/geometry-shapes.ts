import { type Datum, toWgs84 } from '../geo/datum.js';
import { cleanRing } from '../geo/validate.js';
import type { RingE7, Shape } from '../model/plan.js';
import { fromLngLat, MAX_LAT_E7, MAX_LNG_E7, type PositionE7 } from '../model/position.js';
import { pointer, type Report, show } from './faults.js';
import { DEFAULT_CORRIDOR_M, DEFAULT_RADIUS_M, type LineGeometry, type PlaceFeature } from './place-schemas.js';

type Coordinates = readonly number[];
type Line = readonly Coordinates[];

/** A geometry in WGS-84 integers, vertex for vertex as the file has it, apart from the ends of rings. */
export interface ReadShape {
  readonly shape: Shape;
  /** How many rings each part of a polygon has. */
  readonly partSizes: readonly number[];
  /** JSON Pointer of a ring or line of the shape. */
  readonly linePaths: readonly string[];
}

/** Reads a checked feature; null when a position is out of range or a ring is not closed. */
export function readShape(feature: PlaceFeature, datum: Datum, path: string, report: Report): ReadShape | null {
  const reader = new ShapeReader(datum, report);
  const read = reader.read(feature, `${path}/geometry/coordinates`);
  return reader.failed ? null : read;
}

/** Reads checked lines, flat, `[lngE7, latE7, …]`; null when a position is out of range. */
export function readLines(
  { type, coordinates }: LineGeometry,
  datum: Datum,
  path: string,
  report: Report,
): readonly (readonly number[])[] | null {
  const reader = new ShapeReader(datum, report);
  const lines =
    type === 'LineString' ? reader.lines([coordinates], [path]) : reader.lines(coordinates, pathsOf(coordinates, path));
  return reader.failed ? null : lines;
}

export interface Dropped {
  zeroLengthEdges: number;
  spikes: number;
}

/** Without what encloses nothing; counts into `dropped`. */
export function cleanShape(shape: Shape, dropped: Dropped): Shape {
  switch (shape.type) {
    case 'circle':
      return shape;
    case 'polygon':
      return { ...shape, rings: shape.rings.map((ring) => cleaned(ring, dropped)) };
    case 'corridor':
      return { ...shape, lines: shape.lines.map((line) => withoutRepeats(line, dropped)) };
  }
}

function cleaned(ring: RingE7, dropped: Dropped): RingE7 {
  const clean = cleanRing(ring);
  dropped.zeroLengthEdges += clean.droppedZeroLengthEdges;
  dropped.spikes += clean.droppedSpikes;
  return clean.ring;
}

function withoutRepeats(line: readonly number[], dropped: Dropped): number[] {
  const kept: number[] = [];
  for (let i = 0; i + 1 < line.length; i += 2) {
    if (i > 0 && line[i] === kept.at(-2) && line[i + 1] === kept.at(-1)) dropped.zeroLengthEdges += 1;
    else kept.push(line[i] ?? 0, line[i + 1] ?? 0);
  }
  return kept;
}

class ShapeReader {
  readonly #datum: Datum;
  readonly #report: Report;
  failed = false;

  constructor(datum: Datum, report: Report) {
    this.#datum = datum;
    this.#report = report;
  }

  read({ geometry, properties }: PlaceFeature, path: string): ReadShape {
    switch (geometry.type) {
      case 'Point': {
        const radiusM = ('radiusM' in properties ? properties.radiusM : undefined) ?? DEFAULT_RADIUS_M;
        const center = this.#position(geometry.coordinates, path);
        return { shape: { type: 'circle', center, radiusM }, partSizes: [], linePaths: [] };
      }
      case 'Polygon':
        return this.#polygon([geometry.coordinates], [path]);
      case 'MultiPolygon':
        return this.#polygon(geometry.coordinates, pathsOf(geometry.coordinates, path));
      case 'LineString':
        return this.#corridor([geometry.coordinates], [path], properties);
      case 'MultiLineString':
        return this.#corridor(geometry.coordinates, pathsOf(geometry.coordinates, path), properties);
    }
  }

  #polygon(parts: readonly (readonly Line[])[], paths: readonly string[]): ReadShape {
    const linePaths = parts.flatMap((rings, part) => pathsOf(rings, paths[part] ?? ''));
    const rings = parts.flat().map((ring, index) => this.#ring(ring, linePaths[index] ?? ''));
    return { shape: { type: 'polygon', rings }, partSizes: parts.map((part) => part.length), linePaths };
  }

  #corridor(lines: readonly Line[], linePaths: readonly string[], properties: PlaceFeature['properties']): ReadShape {
    const corridorM = ('corridorM' in properties ? properties.corridorM : undefined) ?? DEFAULT_CORRIDOR_M;
    return { shape: { type: 'corridor', lines: this.lines(lines, linePaths), corridorM }, partSizes: [], linePaths };
  }

  lines(lines: readonly Line[], linePaths: readonly string[]): readonly (readonly number[])[] {
    return lines.map((line, index) => this.#flat(line, linePaths[index] ?? ''));
  }

  #ring(positions: Line, path: string): RingE7 {
    const [first, last] = [positions[0], positions.at(-1)];
    if (first?.[0] !== last?.[0] || first?.[1] !== last?.[1]) {
      const expected = `the ring's first position ${show(first)} again`;
      this.#fault(path + pointer(positions.length - 1), `got ${show(last)}, expected ${expected}`);
    }
    return this.#flat(positions.slice(0, -1), path);
  }

  #flat(positions: Line, path: string): number[] {
    return positions.flatMap((coordinates, index) => {
      const { lngE7, latE7 } = this.#position(coordinates, path + pointer(index));
      return [lngE7, latE7];
    });
  }

  #position(coordinates: Coordinates, path: string): PositionE7 {
    const [lng = Number.NaN, lat = Number.NaN] = coordinates;
    const inRange = Math.abs(lng) <= 180 && Math.abs(lat) <= 90;
    const position = inRange ? fromLngLat(toWgs84(this.#datum, [lng, lat])) : { lngE7: 0, latE7: 0 };
    if (!inRange || Math.abs(position.lngE7) > MAX_LNG_E7 || Math.abs(position.latE7) > MAX_LAT_E7) {
      const swapped = Math.abs(lng) <= 90 && Math.abs(lat) <= 180 ? '; are they [lat, lng]?' : '';
      this.#fault(path, `got ${show(coordinates)}, expected [lng, lat] within 180 and 90 degrees${swapped}`);
    }
    // Minus zero would survive into JSON as 0 and compare unequal.
    return { lngE7: position.lngE7 + 0, latE7: position.latE7 + 0 };
  }

  #fault(path: string, reason: string): void {
    this.failed = true;
    this.#report(path, reason);
  }
}

function pathsOf(list: readonly unknown[], path: string): string[] {
  return list.map((_, index) => path + pointer(index));
}
