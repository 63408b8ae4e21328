import type { TObject } from 'typebox';
import { type Report, show } from './faults.js';
import { nearest } from './nearest.js';

/** A member of a GeoJSON file that tools write and that says nothing here, with how often it stands there. */
export interface IgnoredMember {
  readonly name: string;
  readonly count: number;
}

type Members = Readonly<Record<string, unknown>>;

/** The members that a file has here. */
export interface OwnMembers {
  readonly collection: ReadonlySet<string>;
  readonly feature: ReadonlySet<string>;
  readonly properties: ReadonlySet<string>;
  /** Whether a property that looks like one of these is left, to be reported. */
  readonly slips: boolean;
}

/** The members of a file of features of these schemas; properties of all of them together: one that belongs to another kind is a slip, not foreign. */
export function ownMembers(outline: TObject, features: readonly FeatureShape[], slips: boolean): OwnMembers {
  return {
    collection: new Set(Object.keys(outline.properties)),
    feature: new Set(features.flatMap(({ properties }) => Object.keys(properties))),
    properties: new Set(features.flatMap(({ properties }) => Object.keys(properties.properties.properties))),
    slips,
  };
}

/** The schema of a feature, as far as its members go. */
interface FeatureShape {
  readonly properties: { readonly properties: TObject };
}

/** Columns of databases, which look like a slip of `id`. */
const ROW_IDS = new Set(['fid', 'gid', 'ogc_fid']);
/** Names of WGS-84 and CGCS2000 in degrees, as `crs` has them. */
const DEGREES = /^(urn:ogc:def:crs:)?(OGC:[\d.]*:?CRS84|EPSG:[\d.]*:?(4326|4490))$/i;

/**
 * A file as geojson.io, QGIS and others write it, without what says nothing here: a `crs` of WGS-84, numeric ids of
 * features, empty columns, foreign members. Names that are nested (`name: {zh, en}`) or tagged (`name:zh`) become `nameZh` and `nameEn`.
 * What looks like a slip of a member of ours is left, to be reported; so is a `crs` of something else, here.
 */
export function withoutForeign(
  value: unknown,
  ours: OwnMembers,
  report: Report,
): { readonly value: unknown; readonly ignored: readonly IgnoredMember[] } {
  const counts = new Map<string, number>();
  const ignore = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const plain = isMembers(value) ? plainCollection(value, ours, { ignore, report }) : value;
  return { value: plain, ignored: [...counts].map(([name, count]) => ({ name, count })) };
}

type Ignore = (name: string) => void;

function plainCollection(
  { crs, ...collection }: Members,
  ours: OwnMembers,
  { ignore, report }: { readonly ignore: Ignore; readonly report: Report },
): Members {
  if (crs !== undefined) checkCrs(crs, ignore, report);
  const known = only(collection, ours.collection, ignore);
  const { features } = collection;
  if (!Array.isArray(features)) return known;
  return { ...known, features: features.map((one) => plainFeature(one, ours, ignore)) };
}

function checkCrs(crs: unknown, ignore: Ignore, report: Report): void {
  const name = isMembers(crs) && isMembers(crs.properties) ? crs.properties.name : undefined;
  if (typeof name === 'string' && DEGREES.test(name)) ignore('crs');
  else report('/crs', `got ${show(name ?? crs)}, expected WGS-84 or none: export in EPSG:4326`);
}

function plainFeature(feature: unknown, ours: OwnMembers, ignore: Ignore): unknown {
  if (!isMembers(feature)) return feature;
  const { id, ...others } = feature;
  const named = typeof id === 'number' || id === undefined ? others : feature;
  if (typeof id === 'number') ignore('id');
  const known = only(named, ours.feature, ignore);
  if (!isMembers(feature.properties)) return known;
  return { ...known, properties: plainProperties(feature.properties, ours, ignore) };
}

function plainProperties(properties: Members, ours: OwnMembers, ignore: Ignore): Members {
  const said = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
  const { 'name:zh': zh, 'name:en': en, name, ...others } = said;
  const nested = isMembers(name) ? name : {};
  const names = { nameZh: nested.zh ?? zh, nameEn: nested.en ?? en, name: isMembers(name) ? undefined : name };
  const given = Object.fromEntries(Object.entries(names).filter(([, text]) => text !== undefined));
  return only({ ...given, ...others }, ours.properties, ignore, ours.slips);
}

/** The members that are ours, and those that look like a slip of one. */
function only(members: Members, ours: ReadonlySet<string>, ignore: Ignore, slips = true): Members {
  const kept = Object.entries(members).filter(([name]) => {
    const isOurs = ours.has(name) || (slips && !ROW_IDS.has(name) && nearest(name, ours) !== null);
    if (!isOurs) ignore(name);
    return isOurs;
  });
  return Object.fromEntries(kept);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
