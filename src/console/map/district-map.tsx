import { type GeoJSONSource, Map as MapView, NavigationControl, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef } from 'preact/hooks';
import { SIGNS } from '../board/signs.js';
import type { Language, Texts } from '../i18n/texts.js';
import { type ConsoleState, serverTimeMs } from '../store/state.js';
import type { Store } from '../store/store.js';
import { boundsOf, discFeatures, type Features, type Footprint, placeFeatures, unitFeatures } from './features.js';
import { mapStyle } from './style.js';

setWorkerUrl(workerUrl);

interface Props {
  readonly store: Store;
  readonly footprints: readonly Footprint[];
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  /** A place or a unit to look at. */
  readonly chosen: string | null;
}

const EDGE_PX = 40;
const CLOSE_ZOOM = 15;

/** The district as it is now. It reads the store once a frame, and only while something changed. */
export function DistrictMap({ store, footprints, texts, language, isDark, chosen }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<MapView | null>(null);
  useEffect(() => {
    if (holder.current === null) return;
    const map = new MapView({
      container: holder.current,
      style: mapStyle(isDark),
      bounds: boundsOf(footprints),
      fitBoundsOptions: { padding: EDGE_PX },
      attributionControl: false,
      localIdeographFontFamily: 'sans-serif',
      fadeDuration: 0,
    });
    map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    view.current = map;
    const draw = (state: ConsoleState): void => drawState(map, state, footprints, language);
    let end = (): void => undefined;
    map.once('load', () => {
      draw(store.state);
      end = store.watch(draw);
    });
    return () => {
      end();
      map.remove();
      view.current = null;
    };
  }, [store, footprints, language, isDark]);
  useEffect(() => {
    const place = footprints.find(({ properties }) => properties.id === chosen);
    const position = chosen === null ? undefined : store.state.positions.get(chosen);
    const motion = { animate: !matchMedia('(prefers-reduced-motion: reduce)').matches };
    if (place !== undefined)
      view.current?.fitBounds(boundsOf([place]), { padding: 4 * EDGE_PX, maxZoom: CLOSE_ZOOM, ...motion });
    else if (position !== undefined)
      view.current?.easeTo({ center: [position.lng, position.lat], zoom: CLOSE_ZOOM, ...motion });
  }, [chosen, footprints, store]);
  return (
    <section class="map" aria-label={texts.map.title}>
      <div ref={holder} class="holder" />
    </section>
  );
}

function drawState(map: MapView, state: ConsoleState, footprints: readonly Footprint[], language: Language): void {
  const { plan, coverage, positions, units } = state;
  if (plan === null) return;
  const nowMs = serverTimeMs(state, Date.now());
  put(map, 'places', placeFeatures(footprints, coverage, { nowMs, language, signs: SIGNS }));
  put(map, 'units', unitFeatures(plan, positions, units));
  put(map, 'discs', discFeatures(plan, positions, units, nowMs));
}

function put(map: MapView, source: string, data: Features<object>): void {
  void map.getSource<GeoJSONSource>(source)?.setData(data as never);
}
