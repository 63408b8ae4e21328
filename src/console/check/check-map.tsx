import { useEffect, useRef } from 'preact/hooks';
import type { MapTiles } from '../../model/map-tiles.js';
import type { Language, Texts } from '../i18n/texts.js';
import type { RoadCollection } from '../../model/roads.js';
import { type MapOnGround, newMap, put, putPlaces } from '../map/district-map.js';
import { boundsOf } from '../map/features.js';
import { movedFeature } from '../map/ground.js';
import type { DrawnPlaces, PlacedFault } from './fault-places.js';

interface Props {
  readonly drawn: DrawnPlaces;
  readonly roads: RoadCollection;
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
export function CheckMap({ drawn, roads, faults, looked, tiles, texts, language, isDark }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<MapOnGround | null>(null);
  useEffect(() => {
    if (holder.current === null) return;
    const map = newMap(holder.current, { extent: drawn.features, tiles, isDark, language, texts });
    view.current = map;
    map.drawOn(roads);
    map.once('style.load', () => {
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
  }, [drawn, roads, faults, tiles, language, isDark]);
  useEffect(() => {
    const map = view.current;
    const fault = looked === null ? undefined : faults[looked];
    const place = drawn.features.find(({ properties }) => properties.id === String(fault?.feature));
    if (map === null || fault === undefined || fault.at === null) return;
    if (place === undefined) map.jumpTo({ center: map.move(fault.at), zoom: CLOSE_ZOOM });
    else
      map.fitBounds(boundsOf([movedFeature(map.move, place)]), {
        padding: AROUND_PX,
        maxZoom: CLOSE_ZOOM,
        animate: false,
      });
  }, [looked, faults, drawn]);
  return (
    <section class="map" aria-label={texts.map.title}>
      <div ref={holder} class="holder" />
    </section>
  );
}
