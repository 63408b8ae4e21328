import type { NearestUnit } from '../../protocol/nearest-units.js';
import type { Texts } from '../i18n/texts.js';
import { distanceText, spanText } from '../i18n/words.js';

/** A unit as the list of those who can go there shows it. */
export interface NearestRow {
  readonly unit: string;
  readonly callsign: string;
  /** The second sign beside the colour. */
  readonly sign: '●' | '?' | '☏' | '–';
  readonly certainty: NearestUnit['certainty'];
  /** How far it is: for a unit that is not heard a span, never one number. */
  readonly distance: string;
  /** What the distance rests on. */
  readonly because: string;
  /** Why it is not free; empty: it is. */
  readonly held: string;
}

const SIGNS: Readonly<Record<NearestUnit['certainty'], NearestRow['sign']>> = {
  current: '●',
  doubtful: '?',
  stated: '☏',
  unknown: '–',
};

/**
 * A unit in words. Its position is called current only where the server says so.
 *
 * @param sinceMs how long ago the server said it
 */
export function nearestRow(
  unit: NearestUnit,
  texts: Texts,
  placeName: (id: string) => string,
  sinceMs: number,
): NearestRow {
  const { certainty, availability } = unit;
  const { nearest } = texts.live;
  return {
    unit: unit.unit,
    callsign: unit.callsign,
    sign: SIGNS[certainty],
    certainty,
    distance: farText(unit, texts),
    because: becauseText(unit, texts, placeName, sinceMs),
    held: availability === 'free' ? '' : nearest.availability[availability],
  };
}

function farText({ certainty, distanceM, leastM, mostM }: NearestUnit, texts: Texts): string {
  const { nearest } = texts.live;
  if (distanceM === null || leastM === null || mostM === null) return nearest.unknown;
  if (certainty === 'doubtful') return nearest.upTo(distanceText(texts, leastM), distanceText(texts, mostM));
  return distanceM === 0 ? nearest.inside : nearest.away(distanceText(texts, distanceM));
}

function becauseText(
  { certainty, distanceM, ageMs, statedAt, health }: NearestUnit,
  texts: Texts,
  placeName: (id: string) => string,
  sinceMs: number,
): string {
  const { nearest } = texts.live;
  const age = spanText(texts, (ageMs ?? 0) + sinceMs);
  if (certainty === 'stated') return nearest.stated(placeName(statedAt ?? ''), age);
  if (certainty === 'current') return nearest.seen(age);
  if (distanceM === null) return texts.health[health];
  return `${texts.health[health]} · ${nearest.lastSeen(distanceText(texts, distanceM), age)}`;
}
