import type { AlertAnswer } from '../../protocol/alert-states.js';
import { boundsOf, type Feature, type Features, type Footprint } from '../map/features.js';

type Degrees = readonly [lng: number, lat: number];

/** One thing that an alert's version rests on. Times in ms. */
export type Evidence =
  /** At the place of the alert. */
  | { readonly is: 'last-seen' | 'came' | 'stands'; readonly unit: string; readonly atMs: number | null }
  | { readonly is: 'bridged'; readonly unit: string; readonly fromMs: number; readonly toMs: number }
  /** Where the unit was last seen by `atMs`. */
  | { readonly is: 'possible' | 'not-reporting' | 'silent'; readonly unit: string; readonly atMs: number }
  | { readonly is: 'stated'; readonly unit: string; readonly at: string | null; readonly atMs: number }
  | { readonly is: 'position' | 'doubted'; readonly at: Degrees; readonly sigmaM: number; readonly atMs: number };

/** Units of one kind of evidence that are named and looked up: each look stands in the access record. */
export const MOST_UNITS = 6;

/** What a version rests on, in the order in which somebody would tell it. */
export function evidenceOf(version: AlertAnswer): readonly Evidence[] {
  const { unit, evidence, atMs } = version;
  const { lastUnit, lastSeenMs, byUnit, byEventTimeMs, bridged = [], notReporting = [], stated = [] } = evidence;
  const { possibleUnits = [], units = [], position, doubtedPosition, standsAt, ending } = evidence;
  const named = new Set(bridged.map((one) => one.unit));
  const fixed = (is: 'position' | 'doubted', at: typeof position): Evidence[] =>
    at === undefined ? [] : [{ is, at: [at.lng, at.lat], sigmaM: at.sigmaM, atMs: at.eventTimeMs }];
  return [
    ...(lastUnit === undefined ? [] : [{ is: 'last-seen' as const, unit: lastUnit, atMs: lastSeenMs ?? null }]),
    ...bridged.map(({ unit: one, lastSeenMs: fromMs, nextSeenMs: toMs }) => ({
      is: 'bridged' as const,
      unit: one,
      fromMs,
      toMs,
    })),
    ...possibleUnits
      .filter((one) => !named.has(one))
      .slice(0, MOST_UNITS)
      .map((one) => ({ is: 'possible' as const, unit: one, atMs })),
    ...notReporting
      .slice(0, MOST_UNITS)
      .map(({ unit: one, sinceMs }) => ({ is: 'not-reporting' as const, unit: one, atMs: sinceMs })),
    ...units.slice(0, MOST_UNITS).map((one) => ({ is: 'silent' as const, unit: one, atMs })),
    ...stated
      .slice(0, MOST_UNITS)
      .map(({ unit: one, at, statedAtMs }) => ({ is: 'stated' as const, unit: one, at, atMs: statedAtMs })),
    ...(standsAt === undefined || unit === null ? [] : [{ is: 'stands' as const, unit, atMs: null }]),
    ...fixed('position', position),
    ...fixed('doubted', doubtedPosition),
    ...(byUnit === undefined || ending !== 'arrival'
      ? []
      : [{ is: 'came' as const, unit: byUnit, atMs: byEventTimeMs ?? null }]),
  ];
}

/** Units whose position by an instant must be looked up, to draw the evidence. */
export function looksOf(items: readonly Evidence[]): readonly { readonly unit: string; readonly byMs: number }[] {
  return items.flatMap((item) =>
    item.is === 'possible' || item.is === 'not-reporting' || item.is === 'silent'
      ? [{ unit: item.unit, byMs: item.atMs }]
      : [],
  );
}

/** Where evidence is drawn: a mark with the numbers of what lies there, counted from 1, and lines from what may have been to its place. */
export function evidenceMarks(
  { place, evidence: { standsAt } }: Pick<AlertAnswer, 'place' | 'evidence'>,
  items: readonly Evidence[],
  { footprints, seen }: { readonly footprints: readonly Footprint[]; readonly seen: ReadonlyMap<string, Degrees> },
): Features<{ readonly sign: string }> {
  const here = middleOf(footprints, place);
  const marks = new Map<string, { readonly at: Degrees; readonly numbers: number[] }>();
  const lines: Feature<{ readonly sign: string }>[] = [];
  items.forEach((item, index) => {
    const at = placeOf(item);
    if (at === null) return;
    const key = at.join();
    const mark = marks.get(key) ?? { at, numbers: [] };
    mark.numbers.push(index + 1);
    marks.set(key, mark);
    if (item.is === 'possible' && here !== null)
      lines.push({
        type: 'Feature',
        geometry: { type: 'LineString', coordinates: [at, here] },
        properties: { sign: '' },
      });
  });
  const points = [...marks.values()].map(({ at, numbers }) => ({
    type: 'Feature' as const,
    geometry: { type: 'Point', coordinates: at },
    properties: { sign: numbers.join('·') },
  }));
  return { type: 'FeatureCollection', features: [...lines, ...points] };

  function placeOf(item: Evidence): Degrees | null {
    switch (item.is) {
      case 'position':
      case 'doubted':
        return item.at;
      case 'stands':
        return standsAt === undefined ? here : [standsAt.lng, standsAt.lat];
      case 'possible':
      case 'not-reporting':
      case 'silent':
        return seen.get(item.unit) ?? null;
      case 'stated':
        return item.at === null ? here : middleOf(footprints, item.at);
      default:
        return here;
    }
  }
}

function middleOf(footprints: readonly Footprint[], place: string | null): Degrees | null {
  const found = footprints.find(({ properties }) => properties.id === place);
  if (found === undefined) return null;
  const [west, south, east, north] = boundsOf([found]);
  return [(west + east) / 2, (south + north) / 2];
}
