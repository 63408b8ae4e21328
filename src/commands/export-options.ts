import { readFile } from 'node:fs/promises';
import { type FormatName, FORMATS, formatsOf, RECORD_KINDS, type RecordKind } from '../formats/formats.js';
import { geometryFaults } from '../geo/validate.js';
import { messageOf } from '../model/errors.js';
import type { Shape } from '../model/plan.js';
import { E7 } from '../model/position.js';
import { instantMs, type Options, usageError } from './options.js';

/** Where an area was given: a place of the plan, or a shape. */
export type Area = { readonly place: string } | { readonly shape: Shape };

export interface ExportWish {
  readonly kind: RecordKind;
  readonly format: FormatName;
  /** Event times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: all. */
  readonly units: readonly string[] | null;
  readonly places: readonly string[] | null;
  readonly versions: 'latest' | 'all';
  /** The area that presence is asked for; null for the other kinds. */
  readonly area: Area | null;
  readonly purpose: string;
  /** Null: stdout. */
  readonly path: string | null;
  readonly force: boolean;
  readonly bom: boolean;
}

/** What the command line asks for. Code `usage` for words that do not fit together. */
export async function exportWish(options: Options): Promise<ExportWish> {
  const kind = kindOf(options.words);
  const out = required(options, 'out');
  const [fromMs, toMs] = [instantMs('from', required(options, 'from')), instantMs('to', required(options, 'to'))];
  if (toMs <= fromMs) throw usageError(`--to: got ${options.text('to')}, expected an instant after --from`);
  return {
    kind,
    format: formatOf(options.text('format'), kind, out),
    fromMs,
    toMs,
    units: listOf(options.texts('unit')),
    places: kind === 'presence' ? null : listOf(options.texts('place')),
    versions: versionsOf(options.text('versions'), kind),
    area: kind === 'presence' ? await areaOf(options) : null,
    purpose: required(options, 'purpose'),
    path: out === '-' ? null : out,
    force: options.flag('force'),
    bom: options.flag('bom'),
  };
}

/** The filter as the custody of the file names it. */
export function filterOf({
  fromMs,
  toMs,
  units,
  places,
  versions,
  area,
  kind,
}: ExportWish): Readonly<Record<string, unknown>> {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...(units === null ? {} : { units }),
    ...(places === null ? {} : { places }),
    ...(area === null ? {} : { area }),
    ...(kind === 'visits' || kind === 'alerts' ? { versions } : {}),
  };
}

function kindOf(words: readonly string[]): RecordKind {
  const kind = RECORD_KINDS.find((one) => one === words[0]);
  if (kind !== undefined && words.length === 1) return kind;
  throw usageError(`got ${JSON.stringify(words.join(' '))}, expected one of ${RECORD_KINDS.join(', ')}`);
}

export function required(options: Options, name: string): string {
  const text = options.text(name);
  if (text !== null && text.trim() !== '') return text;
  throw usageError(`--${name} is missing`);
}

function formatOf(asked: string | null, kind: RecordKind, out: string): FormatName {
  const known = formatsOf(kind);
  // The longest ending counts: .geo.parquet is a .parquet, too.
  const byName = known
    .filter((name) => out.endsWith(`.${FORMATS[name].extension}`))
    .toSorted((a, b) => FORMATS[b].extension.length - FORMATS[a].extension.length)[0];
  const format = asked === null ? byName : known.find((name) => name === asked);
  if (format !== undefined) return format;
  const got = asked === null ? `no --format, and ${JSON.stringify(out)} does not say which` : JSON.stringify(asked);
  throw usageError(`--format: got ${got}, expected one of ${known.join(', ')} for ${kind}`);
}

function versionsOf(asked: string | null, kind: RecordKind): 'latest' | 'all' {
  if (asked === null) return kind === 'alerts' ? 'all' : 'latest';
  if (asked === 'latest' || asked === 'all') return asked;
  throw usageError(`--versions: got ${JSON.stringify(asked)}, expected latest or all`);
}

function listOf(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : texts;
}

async function areaOf(options: Options): Promise<Area> {
  const places = options.texts('place');
  const [circle, file] = [options.text('circle'), options.text('area')];
  const given = [...places, ...[circle, file].filter((one) => one !== null)];
  if (given.length !== 1) throw usageError(`got ${given.length} areas, expected one: --place, --circle or --area`);
  const [place] = places;
  if (place !== undefined) return { place };
  const shape = circle === null ? await polygonOf(file ?? '') : circleOf(circle);
  const [fault] = geometryFaults([
    { id: 'area', kind: 'checkpoint', name: { zh: '', en: '' }, shape, stopAllowed: false, tier: null },
  ]);
  if (fault !== undefined) throw usageError(`area: ${fault.path}: ${fault.reason}`);
  return { shape };
}

function circleOf(text: string): Shape {
  const numbers = text.split(',').map(Number);
  const [lng, lat, radiusM] = numbers as [number, number, number];
  if (numbers.length === 3 && numbers.every(Number.isFinite) && radiusM > 0)
    return { type: 'circle', center: { lngE7: Math.round(lng * E7), latE7: Math.round(lat * E7) }, radiusM };
  throw usageError(`--circle: got ${JSON.stringify(text)}, expected LNG,LAT,METRES, such as 116.06,24.27,500`);
}

/** A GeoJSON Polygon or MultiPolygon, or a feature with one. */
async function polygonOf(path: string): Promise<Shape> {
  let json: { readonly type?: unknown; readonly geometry?: unknown; readonly coordinates?: unknown };
  try {
    json = JSON.parse(await readFile(path, 'utf8')) as typeof json;
  } catch (error) {
    throw usageError(`--area ${path}: got ${messageOf(error)}, expected a GeoJSON file`);
  }
  const geometry = (json?.type === 'Feature' ? json.geometry : json) as typeof json | null;
  const parts =
    geometry?.type === 'Polygon'
      ? [geometry.coordinates]
      : geometry?.type === 'MultiPolygon' && Array.isArray(geometry.coordinates)
        ? (geometry.coordinates as unknown[])
        : [];
  const rings = parts.flatMap((part) => (Array.isArray(part) ? (part as unknown[]) : [null])).map(ringOf);
  if (rings.length > 0 && rings.every((ring) => ring !== null)) return { type: 'polygon', rings };
  throw usageError(
    `--area ${path}: got ${String(geometry?.type)}, expected a Polygon or MultiPolygon with positions [lng, lat]`,
  );
}

/** Without the position at its end that closes it. Null: it is no ring. */
function ringOf(ring: unknown): readonly number[] | null {
  if (!Array.isArray(ring)) return null;
  const positions = ring.slice(0, -1) as unknown[];
  const isPosition = (one: unknown): one is readonly [number, number] =>
    Array.isArray(one) && Number.isFinite(one[0]) && Number.isFinite(one[1]);
  return positions.every(isPosition)
    ? positions.flatMap(([lng, lat]) => [Math.round(lng * E7), Math.round(lat * E7)])
    : null;
}
