import { geometryFaults } from '../geo/validate.js';
import type { PlaceKind, PlanPlace } from '../model/plan.js';
import { E7, type PositionE7 } from '../model/position.js';
import { isId } from '../model/roles.js';
import { checkShape } from './check-shape.js';
import { gotWords, pointer, type Report, show } from './faults.js';
import { type IgnoredMember, ownMembers, withoutForeign } from './foreign-members.js';
import { cleanShape, type Dropped, type ReadShape, readShape } from './geometry-shapes.js';
import { featuresOf, member } from './json-members.js';
import { nearest } from './nearest.js';
import { FEATURE_COUNT, FEATURES, type FeatureSchema, type PlaceFeature, PlacesOutline } from './place-schemas.js';
import { UniqueNames } from './unique-names.js';

const PLACE_MEMBERS = ownMembers(
  PlacesOutline,
  Object.values(FEATURES).flatMap((byType) => Object.values(byType)),
  true,
);

/** A place with a vertex further than this from the middle of all places is a slip of the pen, or of the datum. */
export const MAX_FROM_MIDDLE_DEG = 2;

export interface ParsedPlaces {
  /** Places without a fault, in file order. */
  readonly places: readonly PlanPlace[];
  /** Every id that the file gives with its kind, of places with faults too: what others may refer to. */
  readonly kinds: ReadonlyMap<string, PlaceKind | null>;
  /** Every kind that the file gives, of places without an id too; null: one that could not be read, so that it may be any. */
  readonly given: ReadonlySet<PlaceKind | null>;
  readonly dropped: Readonly<Dropped>;
  readonly ignored: readonly IgnoredMember[];
}

interface Found {
  readonly place: PlanPlace;
  readonly path: string;
  readonly read: ReadShape;
}

/**
 * `places.geojson` into places in WGS-84 integers; null when it has no list of places. With another fault of its outside, its
 * places are checked and none is returned: where they lie is not known without the datum.
 */
export function parsePlaces(raw: unknown, report: Report): ParsedPlaces | null {
  const { value, ignored } = withoutForeign(raw, PLACE_MEMBERS, report);
  const outline = checkShape(PlacesOutline, value, '', report) ? value : null;
  const features = outline?.features ?? featuresOf(value, FEATURE_COUNT);
  if (features === null) return null;
  const given = new Set<PlaceKind | null>();
  const kinds = new Map<string, PlaceKind | null>();
  const found: Found[] = [];
  const ids = new UniqueNames('id', report);
  features.forEach((raw, index) => {
    const path = pointer('features', index);
    const { id, kind } = outlineOf(raw);
    given.add(kind);
    if (isId(id)) {
      ids.add(id, `${path}/properties/id`);
      kinds.set(id, kind);
    }
    const feature = checkFeature(raw, path, report);
    const read = feature === null ? null : readShape(feature, outline?.datum ?? 'WGS84', path, report);
    if (feature !== null && read !== null) found.push({ place: placeOf(feature, read.shape), path, read });
  });
  const near = dropFarPlaces(firstOfEachId(found), report);
  reportGeometry(near, report);
  const dropped = { zeroLengthEdges: 0, spikes: 0 };
  const places = near.map(({ place }) => ({ ...place, shape: cleanShape(place.shape, dropped) }));
  return { places: outline === null ? [] : places, kinds, given, dropped, ignored };
}

function firstOfEachId(found: readonly Found[]): Found[] {
  const byId = new Map<string, Found>();
  for (const one of found) if (!byId.has(one.place.id)) byId.set(one.place.id, one);
  return [...byId.values()];
}

function reportGeometry(found: readonly Found[], report: Report): void {
  const byId = new Map(found.map((one) => [one.place.id, one]));
  const partSizes = new Map(found.map(({ place, read }) => [place.id, read.partSizes]));
  const faults = geometryFaults(
    found.map(({ place }) => place),
    partSizes,
  );
  for (const { placeId, reason, ring, vertex } of faults) {
    const one = byId.get(placeId);
    const geometry = `${one?.path ?? ''}/geometry`;
    const line = ring === null ? undefined : one?.read.linePaths[ring];
    report(line === undefined ? geometry : line + (vertex === null ? '' : pointer(vertex)), reason);
  }
}

function outlineOf(raw: unknown): { id: unknown; kind: PlaceKind | null; geometryType: unknown } {
  const properties = member(raw, 'properties');
  const kind = member(properties, 'kind');
  return {
    id: member(properties, 'id'),
    kind: kind === 'zone' || kind === 'checkpoint' || kind === 'route' ? kind : null,
    geometryType: member(member(raw, 'geometry'), 'type'),
  };
}

/** Kind and type of geometry choose the schema, so that the faults are those of the thing meant. */
function checkFeature(raw: unknown, path: string, report: Report): PlaceFeature | null {
  const { id, kind, geometryType } = outlineOf(raw);
  if (kind === null) {
    const got = member(member(raw, 'properties'), 'kind');
    const near = typeof got === 'string' ? nearest(got, Object.keys(FEATURES)) : null;
    const hint = near === null ? '' : `; did you mean "${near}"?`;
    report(`${path}/properties/kind`, `${gotWords(got)}, expected "zone", "checkpoint" or "route"${hint}`);
    return null;
  }
  const byType: Readonly<Record<string, FeatureSchema>> = FEATURES[kind];
  const schema =
    typeof geometryType === 'string' && Object.hasOwn(byType, geometryType) ? byType[geometryType] : undefined;
  if (schema === undefined) {
    const expected = Object.keys(byType).map(show).join(' or ');
    report(`${path}/geometry/type`, `${gotWords(geometryType)}, expected ${expected} for a ${kind}`);
    return null;
  }
  if (!checkShape(schema, raw, path, report)) return null;
  if (raw.id !== undefined && raw.id !== id) {
    report(`${path}/id`, `got ${show(raw.id)}, expected no id here, or that of properties: ${show(id)}`);
    return null;
  }
  return raw;
}

function placeOf(feature: PlaceFeature, shape: PlanPlace['shape']): PlanPlace {
  const { id, kind, nameZh, nameEn, stopAllowed, tier } = feature.properties;
  return { id, kind, name: { zh: nameZh, en: nameEn }, shape, stopAllowed: stopAllowed ?? false, tier: tier ?? null };
}

/** One stray coordinate would blow up the fence grid. */
function dropFarPlaces(found: readonly Found[], report: Report): Found[] {
  const middle = middleOfPlaces(found.map(({ place }) => verticesOf(place)));
  return found.filter(({ place, path }) => {
    const far = verticesOf(place).find((vertex) => isFar(vertex, middle, MAX_FROM_MIDDLE_DEG));
    if (far === undefined) return true;
    report(
      `${path}/geometry/coordinates`,
      `got a position at ${degrees(far)}, expected all within ${MAX_FROM_MIDDLE_DEG} degrees of the district's middle ${degrees(middle)}`,
    );
    return false;
  });
}

/**
 * The middle of the box around the places, without those too far from most of them to be in one district with them. The median
 * of the places does not follow a stray one, but a wide zone's vertices may lie far from it.
 */
function middleOfPlaces(places: readonly (readonly PositionE7[])[]): PositionE7 {
  const middles = places.map(middleOfBox);
  const most = { lngE7: median(middles.map((v) => v.lngE7)), latE7: median(middles.map((v) => v.latE7)) };
  const near = places.filter((vertices) => !vertices.some((vertex) => isFar(vertex, most, 2 * MAX_FROM_MIDDLE_DEG)));
  return near.length === 0 ? most : middleOfBox(near.flat());
}

function middleOfBox(vertices: readonly PositionE7[]): PositionE7 {
  return { lngE7: middleOf(vertices.map((v) => v.lngE7)), latE7: middleOf(vertices.map((v) => v.latE7)) };
}

function middleOf(values: readonly number[]): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return Math.round((least + most) / 2);
}

function isFar(vertex: PositionE7, from: PositionE7, degreesApart: number): boolean {
  const limit = degreesApart * E7;
  return Math.abs(vertex.lngE7 - from.lngE7) > limit || Math.abs(vertex.latE7 - from.latE7) > limit;
}

export function verticesOf({ shape }: PlanPlace): PositionE7[] {
  switch (shape.type) {
    case 'circle':
      return [shape.center];
    case 'polygon':
      return shape.rings.flatMap(positionsOf);
    case 'corridor':
      return shape.lines.flatMap(positionsOf);
  }
}

function positionsOf(flat: readonly number[]): PositionE7[] {
  const positions: PositionE7[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) positions.push({ lngE7: flat[i] ?? 0, latE7: flat[i + 1] ?? 0 });
  return positions;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function degrees(position: PositionE7): string {
  return `[${position.lngE7 / E7}, ${position.latE7 / E7}]`;
}
