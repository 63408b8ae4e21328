import type { RowsQuery } from '../app/archived-rows.js';
import { areaGeometry } from '../geo/shape-geojson.js';
import { assert } from '../model/errors.js';
import type { Shape } from '../model/plan.js';
import { E7 } from '../model/position.js';
import type { AlertVersion } from '../model/alert.js';
import type { VisitVersion } from '../model/visit.js';
import type { ExportSource } from './export-source.js';
import { type Ask, chosenDistrict, pagedItems } from './server-answers.js';

/** Items a page: each page leaves an access entry. */
const PAGE = '1000';

/** A running server. Each page that it answers leaves an access entry there; a page that did not come whole is asked for again. */
export async function openServerSource(o: {
  readonly ask: Ask;
  readonly url: string;
  readonly district: string | null;
  /** Whom the token names. */
  readonly by: string | null;
  readonly withPlaces: boolean;
}): Promise<ExportSource> {
  const { district, timeZone } = await chosenDistrict(o.ask, o.district);
  const path = `/v1/districts/${encodeURIComponent(district)}`;
  const geometries = o.withPlaces ? await placeGeometries(o.ask, path) : new Map<string, object>();
  const findings = new Set<string>();
  const onMissing = (missing: readonly unknown[]): void =>
    void findings.add(`the server says that something is missing: ${JSON.stringify(missing)}`);
  const items = <Item>(below: string, query: Readonly<Record<string, string>>, body?: object) =>
    pagedItems(o.ask, `${path}/${below}`, { ...query, limit: PAGE }, onMissing, body) as AsyncIterable<Item>;
  return {
    district,
    timeZone: timeZone ?? 'UTC',
    custody: {
      exportedBy: o.by,
      accessEntry: `one for each page, in the log of ${o.url}`,
      notice: null,
      archiveHead: null,
    },
    traces: (query) => items('traces', recordQuery(query)),
    presence: (query, area) =>
      'place' in area
        ? items(`places/${encodeURIComponent(area.place)}/presence`, recordQuery(query))
        : items('presence', recordQuery(query), { area: drawn(area.shape) }),
    visits: (query) => visits(items, query),
    alerts: (query) => alerts(items, (alertId) => versionsOf(o.ask, path, alertId, onMissing), query),
    geometryOf: (place) => geometries.get(place) ?? null,
    findings: () => [...findings],
    close: async () => undefined,
  };
}

type Items = <Item>(below: string, query: Readonly<Record<string, string>>) => AsyncIterable<Item>;

/** A shape as the route takes it. */
function drawn(shape: Shape): object {
  if (shape.type === 'circle') {
    const { center, radiusM } = shape;
    return { type: 'Circle', center: [center.lngE7 / E7, center.latE7 / E7], radiusM };
  }
  assert(shape.type === 'polygon', 'an area that is given is a circle or a polygon');
  return areaGeometry(shape);
}

/** Units of one question are named together. */
function recordQuery({ fromMs, toMs, units }: RowsQuery): Readonly<Record<string, string>> {
  return { ...periodOf({ fromMs, toMs }), ...(units === null ? {} : { units: units.join(',') }) };
}

function periodOf({ fromMs, toMs }: Pick<RowsQuery, 'fromMs' | 'toMs'>): {
  readonly from: string;
  readonly to: string;
} {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** A visit whose new version comes while pages are read shows up again: of the latest versions, the first that was read counts. */
async function* visits(items: Items, query: RowsQuery): AsyncGenerator<VisitVersion> {
  const known = new Set<string>();
  for (const filter of filters(query)) {
    for await (const visit of items<VisitVersion>('visits', { ...filter, versions: query.versions })) {
      if (query.versions === 'latest' && known.has(visit.visitId)) continue;
      known.add(visit.visitId);
      yield visit;
    }
  }
}

async function* alerts(
  items: Items,
  versionsOfAlert: (alertId: string) => Promise<readonly AlertVersion[]>,
  query: RowsQuery,
): AsyncGenerator<AlertVersion> {
  const known = new Set<string>();
  for (const filter of filters(query)) {
    for await (const alert of items<AlertVersion>('alerts', { ...filter, state: 'all' })) {
      if (known.has(alert.alertId)) continue;
      known.add(alert.alertId);
      if (query.versions === 'latest') yield alert;
      else yield* await versionsOfAlert(alert.alertId);
    }
  }
}

async function versionsOf(
  ask: Ask,
  path: string,
  alertId: string,
  onMissing: (missing: readonly unknown[]) => void,
): Promise<readonly AlertVersion[]> {
  const { versions, missing } = (await ask(`${path}/alerts/${encodeURIComponent(alertId)}`)) as {
    readonly versions: readonly AlertVersion[];
    readonly missing: readonly unknown[];
  };
  if (missing.length > 0) onMissing(missing);
  return versions;
}

/** The route takes one place and one unit: each pair is a question of its own. */
function filters({ units, places, ...query }: RowsQuery): readonly Readonly<Record<string, string>>[] {
  const period = periodOf(query);
  const byPlace = places === null ? [period] : places.map((place) => ({ ...period, place }));
  return units === null ? byPlace : byPlace.flatMap((filter) => units.map((unit) => ({ ...filter, unit })));
}

async function placeGeometries(ask: Ask, path: string): Promise<ReadonlyMap<string, object>> {
  const { features } = (await ask(`${path}/places`)) as {
    readonly features: readonly {
      readonly id?: string;
      readonly properties: { readonly id?: string };
      readonly geometry: object;
    }[];
  };
  return new Map(features.map(({ id, properties, geometry }) => [properties.id ?? id ?? '', geometry]));
}

/** Whom a token names, as it says itself: the server verifies it. Null: it does not say. */
export function subjectOf(token: string): string | null {
  try {
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly sub?: unknown;
    };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
