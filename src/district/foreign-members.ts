import { type Report, show } from './faults.js';
import { nearest } from './nearest.js';
import { FEATURES, PlacesOutline } from './place-schemas.js';

/** A member of `places.geojson` that tools write and that says nothing here, with how often it stands there. */
export interface IgnoredMember {
  readonly name: string;
  readonly count: number;
}

type Members = Readonly<Record<string, unknown>>;

const COLLECTION = new Set(Object.keys(PlacesOutline.properties));
const FEATURE_SCHEMAS = Object.values(FEATURES).flatMap((byType) => Object.values(byType));
const FEATURE = new Set(FEATURE_SCHEMAS.flatMap(({ properties }) => Object.keys(properties)));
/** Properties of all kinds of places together: one that belongs to another kind is a slip, not foreign. */
const PROPERTIES = new Set(FEATURE_SCHEMAS.flatMap(({ properties }) => Object.keys(properties.properties.properties)));
/** Columns of databases, which look like a slip of `id`. */
const ROW_IDS = new Set(['fid', 'gid', 'ogc_fid']);
/** Names of WGS-84 and CGCS2000 in degrees, as `crs` has them. */
const DEGREES = /^(urn:ogc:def:crs:)?(OGC:[\d.]*:?CRS84|EPSG:[\d.]*:?(4326|4490))$/i;

/**
 * `places.geojson` as geojson.io, QGIS and others write it, without what says nothing here: a `crs` of WGS-84, numeric ids of
 * features, empty columns, foreign members. Names that are nested (`name: {zh, en}`) or tagged (`name:zh`) become `nameZh` and `nameEn`.
 * What looks like a slip of a member of ours is left, to be reported; so is a `crs` of something else, here.
 */
export function withoutForeign(
  value: unknown,
  report: Report,
): { readonly value: unknown; readonly ignored: readonly IgnoredMember[] } {
  const counts = new Map<string, number>();
  const ignore = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const plain = isMembers(value) ? plainCollection(value, ignore, report) : value;
  return { value: plain, ignored: [...counts].map(([name, count]) => ({ name, count })) };
}

type Ignore = (name: string) => void;

function plainCollection({ crs, ...collection }: Members, ignore: Ignore, report: Report): Members {
  if (crs !== undefined) checkCrs(crs, ignore, report);
  const known = only(collection, COLLECTION, ignore);
  const { features } = collection;
  return Array.isArray(features) ? { ...known, features: features.map((one) => plainFeature(one, ignore)) } : known;
}

function checkCrs(crs: unknown, ignore: Ignore, report: Report): void {
  const name = isMembers(crs) && isMembers(crs.properties) ? crs.properties.name : undefined;
  if (typeof name === 'string' && DEGREES.test(name)) ignore('crs');
  else report('/crs', `got ${show(name ?? crs)}, expected WGS-84 or none: export in EPSG:4326`);
}

function plainFeature(feature: unknown, ignore: Ignore): unknown {
  if (!isMembers(feature)) return feature;
  const { id, ...others } = feature;
  const named = typeof id === 'number' || id === undefined ? others : feature;
  if (typeof id === 'number') ignore('id');
  const known = only(named, FEATURE, ignore);
  return isMembers(feature.properties) ? { ...known, properties: plainProperties(feature.properties, ignore) } : known;
}

function plainProperties(properties: Members, ignore: Ignore): Members {
  const said = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
  const { 'name:zh': zh, 'name:en': en, name, ...others } = said;
  const nested = isMembers(name) ? name : {};
  const names = { nameZh: nested.zh ?? zh, nameEn: nested.en ?? en };
  const given = Object.fromEntries(Object.entries(names).filter(([, text]) => text !== undefined));
  if (name !== undefined && !isMembers(name)) ignore('name');
  return only({ ...given, ...others }, PROPERTIES, ignore);
}

/** The members that are ours, and those that look like a slip of one. */
function only(members: Members, ours: ReadonlySet<string>, ignore: Ignore): Members {
  const kept = Object.entries(members).filter(([name]) => {
    const isOurs = ours.has(name) || (!ROW_IDS.has(name) && nearest(name, ours) !== null);
    if (!isOurs) ignore(name);
    return isOurs;
  });
  return Object.fromEntries(kept);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
