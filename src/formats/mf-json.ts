import type { TraceRow } from '../model/trace.js';
import { type LocatedFix, MAX_STRETCH_FIXES, type Stretch, stretchesOf } from './stretches.js';
import { type Chunks, CHUNK_CHARS, instantText, type Rows } from './table.js';

/** Goes in front of the features, as a member that is not of MF-JSON. */
export interface MfJsonHead {
  readonly beatwatch?: object;
}

const REFERENCES = {
  crs: { type: 'Name', properties: { name: 'urn:ogc:def:crs:OGC:1.3:CRS84' } },
  trs: { type: 'Name', properties: { name: 'urn:ogc:data:time:iso8601' } },
};

/**
 * OGC 19-045r3, MF-JSON Prism: a feature a unit, whose `temporalGeometry` is a MovingGeometryCollection with one linear MovingPoint a stretch: no
 * movement is said to be known in a hole. Fixes that stand alone between holes are together in a MovingPoint of interpolation `Discrete`. The holes, and the count
 * of fixes that do not say where the unit was, stand in `properties`.
 */
export async function* writeMfJson(rows: Rows<TraceRow>, head: MfJsonHead = {}): Chunks {
  const opening = JSON.stringify({ type: 'FeatureCollection', ...REFERENCES, ...head, features: [] });
  let text = opening.slice(0, -2);
  let feature: OpenFeature | null = null;
  let isFirst = true;
  for await (const item of stretchesOf(rows)) {
    if (feature === null || feature.unit !== item.unit) {
      text += `${feature === null ? '' : endOf(feature)}${isFirst ? '' : ','}\n${beginningOf(item.unit)}`;
      feature = { unit: item.unit, isEmpty: true, alone: [], known: null, leftOut: 0, holes: [] };
      isFirst = false;
    }
    if (item.type === 'hole') feature.holes.push({ from: instantText(item.fromMs), to: instantText(item.toMs) });
    else text += stretchText(feature, item);
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  yield `${text}${feature === null ? '' : endOf(feature)}\n]}\n`;
}

/** A feature whose prisms are being written. */
interface OpenFeature {
  readonly unit: string;
  isEmpty: boolean;
  /** Fixes with a hole before and behind them, to be written together. */
  alone: LocatedFix[];
  /** The last fix that was written in another prism. */
  known: LocatedFix | null;
  leftOut: number;
  readonly holes: object[];
}

function beginningOf(unit: string): string {
  return `{"type":"Feature","id":${JSON.stringify(unit)},"temporalGeometry":{"type":"MovingGeometryCollection","prisms":[`;
}

function stretchText(feature: OpenFeature, { fixes, leftOut }: Stretch): string {
  feature.leftOut += leftOut;
  if (fixes.length > 1) {
    feature.known = fixes.at(-1) ?? null;
    return prismText(feature, fixes, 'Linear');
  }
  feature.alone.push(...fixes);
  return feature.alone.length < MAX_STRETCH_FIXES ? '' : aloneText(feature);
}

/**
 * The published schema wants two instants at least in a prism, so a single fix that stands alone takes one with it that is in another prism. A unit
 * of which there is only one fix has a prism of one instant, as the text of the standard allows.
 */
function aloneText(feature: OpenFeature): string {
  const { alone, known } = feature;
  if (alone.length === 0) return '';
  const company = alone.length === 1 && known !== null ? [known] : [];
  feature.alone = [];
  return prismText(
    feature,
    [...alone, ...company].toSorted((a, b) => a.eventTimeMs - b.eventTimeMs),
    'Discrete',
  );
}

function prismText(feature: OpenFeature, fixes: readonly LocatedFix[], interpolation: 'Linear' | 'Discrete'): string {
  const prism = {
    type: 'MovingPoint',
    datetimes: fixes.map(({ eventTimeMs }) => instantText(eventTimeMs)),
    coordinates: fixes.map(({ lng, lat }) => [lng, lat]),
    interpolation,
  };
  const text = `${feature.isEmpty ? '' : ','}\n${JSON.stringify(prism)}`;
  feature.isEmpty = false;
  return text;
}

function endOf(feature: OpenFeature): string {
  const { unit, leftOut, holes } = feature;
  return `${aloneText(feature)}]},"properties":${JSON.stringify({ unit, leftOut, holes })}}`;
}
