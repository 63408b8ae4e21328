import { useEffect, useRef } from 'preact/hooks';
import type { MapTiles } from '../../model/map-tiles.js';
import type { Language, Texts } from '../i18n/texts.js';
import { type MapOnGround, newMap, put, putPlaces } from '../map/district-map.js';
import { boundsOf } from '../map/features.js';
import { movedFeature } from '../map/ground.js';
import type { DrawnPlaces, PlacedFault } from './fault-places.js';

interface Props {
  readonly drawn: DrawnPlaces;
  readonly faults: readonly PlacedFault[];
  /** Which fault to look at from near, counted from 0; null: the whole district. */
  readonly looked: number | null;
  readonly tiles: MapTiles | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
}

const CLOSE_ZOOM = 15;
const AROUND_PX = 50;

/** The places of a folder as its file has them, and the numbers of its faults. */
export function CheckMap({ drawn, faults, looked, tiles, texts, language, isDark }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<MapOnGround | null>(null);
  useEffect(() => {
    if (holder.current === null) return;
    const map = newMap(holder.current, { extent: drawn.features, tiles, isDark, texts });
    view.current = map;
    map.once('load', () => {
      putPlaces(map, {
        type: 'FeatureCollection',
        features: drawn.features.map(({ properties, ...feature }) => {
          const label = language === 'zh' ? properties.nameZh : properties.nameEn;
          return { ...feature, properties: { ...properties, label } };
        }),
      });
      put(map, 'marks', {
        type: 'FeatureCollection',
        features: faults.flatMap(({ at }, index) =>
          at === null
            ? []
            : [
                {
                  type: 'Feature' as const,
                  geometry: { type: 'Point', coordinates: at },
                  properties: { sign: String(index + 1) },
                },
              ],
        ),
      });
    });
    return () => {
      view.current = null;
      map.remove();
    };
  }, [drawn, faults, tiles, language, isDark]);
  useEffect(() => {
    const map = view.current;
    const fault = looked === null ? undefined : faults[looked];
    const place = drawn.features.find(({ properties }) => properties.id === String(fault?.feature));
    if (map === null || place === undefined) return;
    const bounds = boundsOf([movedFeature(map.move, place)]);
    map.fitBounds(bounds, { padding: AROUND_PX, maxZoom: CLOSE_ZOOM, animate: false });
  }, [looked, faults, drawn]);
  return (
    <section class="map" aria-label={texts.map.title}>
      <div ref={holder} class="holder" />
    </section>
  );
}
