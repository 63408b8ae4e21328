import { useContext, useEffect, useRef } from 'preact/hooks';
import type { MapTiles } from '../../model/map-tiles.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { TraceRow } from '../../model/trace.js';
import type { Standing } from '../board/rows.js';
import { SIGNS } from '../board/signs.js';
import type { Language, Texts } from '../i18n/texts.js';
import { type MapOnGround, newMap, put, putPlaces } from '../map/district-map.js';
import { boundsOf, type Footprint } from '../map/features.js';
import { movedFeature } from '../map/ground.js';
import { Roads } from '../map/roads.js';
import type { SeenAt } from './record-day.js';
import { traceLines } from './trace-lines.js';

interface Props {
  readonly footprints: readonly Footprint[];
  readonly tiles: MapTiles | null;
  readonly plan: CompiledPlan | null;
  /** How places stood at the instant. */
  readonly standings: ReadonlyMap<string, Standing>;
  readonly seen: readonly SeenAt[];
  /** The trace of one unit up to the instant. */
  readonly trace: readonly TraceRow[];
  readonly atMs: number;
  /** A place to look at from near; null: the whole district. */
  readonly place: string | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
}

const CLOSE_ZOOM = 15;
/** Around one place more of its surroundings is shown than around a district. */
const EDGE_PX = { place: 120, district: 30 } as const;

/** The district at an instant of the past. */
export function TimeMap(props: Props) {
  const { footprints, tiles, texts, language, isDark, place } = props;
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<MapOnGround | null>(null);
  const roads = useContext(Roads);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (holder.current === null) return;
    const map = newMap(holder.current, { extent: footprints, tiles, isDark, language, texts });
    view.current = map;
    map.once('style.load', () => draw(map, latest.current));
    return () => {
      view.current = null;
      map.remove();
    };
  }, [footprints, tiles, isDark, language]);
  useEffect(() => view.current?.drawOn(roads));
  useEffect(() => {
    if (view.current?.getSource('places') !== undefined) draw(view.current, props);
  });
  useEffect(() => {
    const map = view.current;
    const found = footprints.filter(({ properties }) => place === null || properties.id === place);
    if (map !== null && found.length > 0)
      map.fitBounds(boundsOf(found.map((one) => movedFeature(map.move, one))), {
        padding: EDGE_PX[place === null ? 'district' : 'place'],
        maxZoom: CLOSE_ZOOM,
        animate: false,
      });
  }, [place, footprints]);
  return (
    <section class="map" aria-label={texts.map.title}>
      <div ref={holder} class="holder" />
    </section>
  );
}

function draw(map: MapOnGround, { footprints, plan, standings, seen, trace, atMs, language }: Props): void {
  const callsigns = new Map(plan?.units.map(({ id, callsign }) => [id, callsign]));
  putPlaces(map, {
    type: 'FeatureCollection',
    features: footprints.map(({ geometry, properties: { id, kind, nameZh, nameEn } }) => {
      const standing = standings.get(id) ?? 'empty';
      const label = `${SIGNS[standing]} ${language === 'zh' ? nameZh : nameEn}`;
      return { type: 'Feature', geometry, properties: { id, kind, standing, label } };
    }),
  });
  put(map, 'units', {
    type: 'FeatureCollection',
    features: seen.map(({ unit, lng, lat, isHeard }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lng, lat] },
      properties: {
        id: unit,
        label: callsigns.get(unit) ?? unit,
        freshness: isHeard ? 'live' : 'silent',
        courseDeg: -1,
        sos: false,
      },
    })),
  });
  put(map, 'trails', traceLines(trace, atMs));
}
