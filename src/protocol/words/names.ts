import type { AlertVersion } from '../../model/alert.js';
import type { Names, PlaceKind } from '../../model/plan.js';

/** Units that a sentence names one by one. */
const NAMED_UNITS = 2;

/** What a unit is called on the radio; its id where no name is known. */
export function callsignOf({ names }: AlertVersion, unit: string): string {
  return names?.units[unit] ?? unit;
}

/** Units of a list: the first two by name, the others by number. */
export function unitsWords(version: AlertVersion, units: readonly string[]): Names {
  const named = units.slice(0, NAMED_UNITS).map((unit) => callsignOf(version, unit));
  const more = units.length - named.length;
  if (more > 0) return { zh: `${named.join('、')}等${units.length}组警力`, en: `${named.join(', ')} and ${more} more` };
  return { zh: named.join('、'), en: named.join(' and ') };
}

/** How a place is called in a sentence: zones in quotes and with their kind, for their names read like any other word. */
export function placeWords({ names }: AlertVersion, place: string, kind: PlaceKind): Names {
  const name = names?.places[place] ?? { kind, zh: place, en: place };
  switch (name.kind) {
    case 'zone':
      return {
        zh: zoneZh(name.zh),
        en: /\b(zone|area|district|sector|beat)\b/i.test(name.en) ? name.en : `zone ${name.en}`,
      };
    case 'checkpoint':
      return { zh: /[岗哨站点口]$/.test(name.zh) ? name.zh : `${name.zh}岗点`, en: name.en };
    case 'route':
      return { zh: name.zh, en: name.en };
  }
}

/** Where something is that is in a zone, at a checkpoint or on a route. */
export function atWords(version: AlertVersion, place: string, kind: PlaceKind): Names {
  const { zh, en } = placeWords(version, place, kind);
  const preposition = { zone: 'in', checkpoint: 'at', route: 'on' }[version.names?.places[place]?.kind ?? kind];
  return { zh: `在${zh}`, en: `${preposition} ${en}` };
}

function zoneZh(name: string): string {
  return /(区|网格|街道|镇|乡|村)$/.test(name) ? `“${name}”` : `“${name}”片区`;
}
