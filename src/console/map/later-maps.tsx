import { useEffect, useState } from 'preact/hooks';
import type { Texts } from '../i18n/texts.js';
import './map-room.css';

type Maps = typeof import('./maps.js');

let loading: Promise<Maps> | null = null;
let before: Promise<void> = Promise.resolve();

/** The maps wait for this: their program, and the workers that it begins, keep the machine busy while the board is made. */
export function loadMapsAfter(ready: Promise<void>): void {
  before = ready;
}

/** Begins to load the maps; what can be read without them is drawn meanwhile. A browser that has failed to load them does not try again on this page. */
export function loadMaps(): Promise<Maps> {
  loading ??= before.then(() => import('./maps.js'));
  return loading;
}

/** The maps once they are loaded; null: not yet. */
export function useMaps(): Maps | 'away' | null {
  const [maps, setMaps] = useState<Maps | 'away' | null>(null);
  useEffect(() => {
    let isGone = false;
    loadMaps().then(
      (found) => isGone || setMaps(found),
      () => isGone || setMaps('away'),
    );
    return () => {
      isGone = true;
    };
  }, []);
  return maps;
}

/** The room of a map that cannot be drawn at all, or not yet: it has not come, or the places have not. */
export function NoMap({ maps, texts }: { readonly maps: Maps | 'away' | null; readonly texts: Texts }) {
  return (
    <section class="map" aria-label={texts.map.title} aria-busy={maps !== 'away'}>
      {maps === 'away' && <p class="ground-is-away">{texts.map.isAway}</p>}
    </section>
  );
}
