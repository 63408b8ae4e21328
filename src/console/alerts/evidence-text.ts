import { unreachable } from '../../model/errors.js';
import type { Texts } from '../i18n/texts.js';
import { clockText, distanceText } from '../i18n/words.js';
import type { Evidence } from './evidence.js';

/** Evidence in words. */
export function evidenceText(
  item: Evidence,
  { texts, timeZone, nameOf }: { texts: Texts; timeZone: string; nameOf: (id: string) => string },
): string {
  const { evidence } = texts.live;
  const clock = (ms: number | null): string => (ms === null ? '' : clockText(timeZone, ms));
  switch (item.is) {
    case 'last-seen':
      return evidence.lastSeen(nameOf(item.unit), clock(item.atMs));
    case 'came':
      return evidence.came(nameOf(item.unit), clock(item.atMs));
    case 'stands':
      return evidence.stands(nameOf(item.unit));
    case 'bridged':
      return evidence.bridged(nameOf(item.unit), clock(item.fromMs), clock(item.toMs));
    case 'possible':
      return evidence.possible(nameOf(item.unit));
    case 'not-reporting':
      return evidence.notReporting(nameOf(item.unit), clock(item.atMs));
    case 'silent':
      return evidence.silent(nameOf(item.unit));
    case 'stated':
      return item.at === null
        ? evidence.statedNot(nameOf(item.unit), clock(item.atMs))
        : evidence.stated(nameOf(item.unit), nameOf(item.at), clock(item.atMs));
    case 'position':
      return evidence.position(distanceText(texts, item.sigmaM), clock(item.atMs));
    case 'doubted':
      return evidence.doubted(clock(item.atMs));
    default:
      return unreachable(item);
  }
}
