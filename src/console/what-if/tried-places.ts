import type { ToldAlert, WhatIf } from '../../model/what-if.js';
import type { DrawnPlaces } from '../check/fault-places.js';

/** Alerts of a place that only the plan that is tried tells, and that it tells no more. */
export interface PlaceLoad {
  readonly added: number;
  readonly gone: number;
}

/** By place: how often its alerts come new, and how often they go; alerts about units are of no place. */
export function loadByPlace({ added, gone }: Pick<WhatIf, 'added' | 'gone'>): ReadonlyMap<string, PlaceLoad> {
  const loads = new Map<string, PlaceLoad>();
  const count = (alerts: readonly ToldAlert[], what: keyof PlaceLoad): void => {
    for (const { subject } of alerts) {
      if (!subject.startsWith(PLACE)) continue;
      const id = subject.slice(PLACE.length);
      const load = loads.get(id) ?? { added: 0, gone: 0 };
      loads.set(id, { ...load, [what]: load[what] + 1 });
    }
  };
  count(added, 'added');
  count(gone, 'gone');
  return loads;
}

const PLACE = 'place:';

/** The places of a folder with what would come and go before their names, coloured by which is more. */
export function triedPlaces(drawn: DrawnPlaces, loads: ReadonlyMap<string, PlaceLoad>): DrawnPlaces {
  return {
    ...drawn,
    features: drawn.features.map((feature) => {
      const { properties } = feature;
      const { added, gone } = loads.get(properties.placeId) ?? { added: 0, gone: 0 };
      const signs = [added === 0 ? '' : `+${added}`, gone === 0 ? '' : `−${gone}`].filter((sign) => sign !== '');
      const before = signs.length === 0 ? '' : `${signs.join(' ')} `;
      const standing = added > gone ? 'overdue' : gone > added ? 'covered' : 'empty';
      const { nameZh, nameEn } = properties;
      return {
        ...feature,
        properties: { ...properties, standing, nameZh: before + nameZh, nameEn: before + nameEn },
      };
    }),
  };
}
