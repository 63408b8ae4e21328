import type { AlertVersion } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { atWords, placeWords } from './names.js';

/** Where something is by a place: in it, or near it. */
export function nearWords(version: AlertVersion, place: string, distanceM: number | undefined): Names {
  if (distanceM === 0) return atWords(version, place, 'checkpoint');
  const { zh, en } = placeWords(version, place, 'checkpoint');
  return { zh: `在${zh}附近`, en: `near ${en}` };
}

/** Below this a position counts as at the place, metres. */
const AT_M = 30;

/** How far a position is from a place, to ten metres, for somebody who goes there; below AT_M, at the place. */
export function distanceWords(version: AlertVersion, place: string, distanceM: number): Names {
  if (distanceM < AT_M) return nearWords(version, place, 0);
  const { zh, en } = placeWords(version, place, 'checkpoint');
  const about = Math.round(distanceM / 10) * 10;
  return { zh: `距${zh}约${about}米`, en: `about ${about} m from ${en}` };
}

/** Where something is by its coordinates, degrees: some metres fine. */
export function coordinateWords({ lng, lat }: { readonly lng: number; readonly lat: number }): Names {
  const [ew, ns] = [Math.abs(lng).toFixed(5), Math.abs(lat).toFixed(5)];
  return {
    zh: `${lng < 0 ? '西经' : '东经'}${ew}度、${lat < 0 ? '南纬' : '北纬'}${ns}度`,
    en: `${ew} ${lng < 0 ? 'W' : 'E'}, ${ns} ${lat < 0 ? 'S' : 'N'}`,
  };
}
