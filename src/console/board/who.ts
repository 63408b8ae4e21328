import type { CoverageRecord } from '../../model/hot.js';
import type { Texts } from '../i18n/texts.js';

/** Who is at a place, who was said by radio to be, and who may be. */
export type Present = Pick<CoverageRecord, 'units' | 'possibleUnits' | 'statedUnits'>;

/**
 * Who is at a place, in words.
 *
 * @param most so many are named of each sort, the others are counted: of a fleet whose link is gone, everybody may be everywhere
 */
export function whoText(
  { units, possibleUnits, statedUnits }: Present,
  { board }: Texts,
  { callsigns, most }: { readonly callsigns: ReadonlyMap<string, string>; readonly most: number },
): string {
  const named = (ids: readonly string[]): string => {
    const names = ids
      .slice(0, most)
      .map((id) => callsigns.get(id) ?? id)
      .join(board.between);
    return ids.length > most ? board.andMore(names, ids.length - most) : names;
  };
  const seen = units.filter((id) => !statedUnits.includes(id));
  const parts = [
    seen.length > 0 ? board.there(named(seen)) : '',
    statedUnits.length > 0 ? board.stated(named(statedUnits)) : '',
    possibleUnits.length > 0 ? board.maybe(named(possibleUnits)) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
