import { assert } from '../model/errors.js';
import type { TraceHole, TraceRow } from '../model/trace.js';
import { type LocatedFix, type Stretch, stretchesOf } from './stretches.js';
import { type Chunks, CHUNK_CHARS, instantText, type Rows } from './table.js';

/** Goes in front of the features, as a member that is not of GeoJSON. */
export interface GeoJsonHead {
  readonly beatwatch?: object;
}

/**
 * RFC 7946. A stretch without a hole is a LineString (one fix: a Point) with the times of its positions in `times`. A hole is a feature of its
 * own with the positions at its ends, where there are some: no line goes over it. Fixes that do not say where the unit was are counted in `leftOut`.
 */
export function writeTraceGeoJson(rows: Rows<TraceRow>, head: GeoJsonHead = {}): Chunks {
  return featureCollection(traceFeatures(rows), head);
}

/** RFC 7946: a feature a row, with its fields as properties. Its geometry is what `geometryOf` says, or null. */
export function writeRowsGeoJson<Row extends object>(
  rows: Rows<Row>,
  geometryOf: (row: Row) => object | null,
  head: GeoJsonHead = {},
): Chunks {
  return featureCollection(rowFeatures(rows, geometryOf), head);
}

async function* featureCollection(features: AsyncIterable<object>, head: GeoJsonHead): Chunks {
  const opening = JSON.stringify({ type: 'FeatureCollection', ...head, features: [] });
  let text = opening.slice(0, -2);
  let isFirst = true;
  for await (const feature of features) {
    text += `${isFirst ? '' : ','}\n${JSON.stringify(feature)}`;
    isFirst = false;
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  yield `${text}\n]}\n`;
}

async function* rowFeatures<Row extends object>(
  rows: Rows<Row>,
  geometryOf: (row: Row) => object | null,
): AsyncGenerator<object> {
  for await (const row of rows) yield { type: 'Feature', geometry: geometryOf(row), properties: row };
}

async function* traceFeatures(rows: Rows<TraceRow>): AsyncGenerator<object> {
  let unit: string | null = null;
  let before: LocatedFix | null = null;
  let hole: TraceHole | null = null;
  for await (const item of stretchesOf(rows)) {
    const after: LocatedFix | null = item.type === 'stretch' && item.unit === unit ? (item.fixes[0] ?? null) : null;
    if (hole !== null) yield holeFeature(hole, [before, after]);
    if (item.unit !== unit) before = null;
    unit = item.unit;
    hole = item.type === 'hole' ? item : null;
    if (item.type === 'hole') continue;
    yield stretchFeature(item);
    before = item.fixes.at(-1) ?? null;
  }
  if (hole !== null) yield holeFeature(hole, [before, null]);
}

function stretchFeature({ unit, fixes, leftOut }: Stretch): object {
  const [first, last] = [fixes[0], fixes.at(-1)];
  assert(first !== undefined && last !== undefined, 'a stretch has a fix');
  const positions = fixes.map(positionOf);
  return {
    type: 'Feature',
    geometry:
      fixes.length === 1
        ? { type: 'Point', coordinates: positionOf(first) }
        : { type: 'LineString', coordinates: positions },
    properties: {
      type: 'stretch',
      unit,
      trackers: [...new Set(fixes.map(({ tracker }) => tracker))],
      from: instantText(first.eventTimeMs),
      to: instantText(last.eventTimeMs),
      leftOut,
      times: fixes.map(({ eventTimeMs }) => instantText(eventTimeMs)),
    },
  };
}

function holeFeature({ unit, fromMs, toMs }: TraceHole, ends: readonly (LocatedFix | null)[]): object {
  const positions = ends.flatMap((fix) => (fix === null ? [] : [positionOf(fix)]));
  return {
    type: 'Feature',
    geometry: positions.length === 0 ? null : { type: 'MultiPoint', coordinates: positions },
    properties: { type: 'hole', unit, from: instantText(fromMs), to: instantText(toMs) },
  };
}

function positionOf({ lng, lat }: LocatedFix): readonly [number, number] {
  return [lng, lat];
}
