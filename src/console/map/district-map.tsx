import {
  type GeoJSONSource,
  type MapMouseEvent,
  type MapOptions,
  Map as MapView,
  NavigationControl,
  prewarm,
  setWorkerUrl,
} from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { MapTiles } from '../../model/map-tiles.js';
import type { RoadCollection } from '../../model/roads.js';
import { SIGNS } from '../board/signs.js';
import type { Language, Texts } from '../i18n/texts.js';
import { type ConsoleState, serverTimeMs } from '../store/state.js';
import type { Store } from '../store/store.js';
import {
  boundsOf,
  discFeatures,
  type Features,
  type Footprint,
  namePoints,
  placeFeatures,
  unitFeatures,
} from './features.js';
import { enlargement } from './enlarge.js';
import './map.css';
import { type PaceMachine, paced } from './paced.js';
import { Roads } from './roads.js';
import { isOfGround, type Move, movedBy, movedFeature, moveOver } from './ground.js';
import { CHOOSABLE, mapStyle, nameFilters } from './style.js';
import { trailFeatures } from './trail-features.js';

setWorkerUrl(workerUrl);
// Workers begin before there is a map: it waits for them first of all.
prewarm();

interface Props {
  readonly store: Store;
  readonly footprints: readonly Footprint[];
  readonly tiles: MapTiles | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  /** A place or a unit to look at. */
  readonly chosen: string | null;
  /** A unit that stays in the middle. */
  readonly followed: string | null;
  /** What is marked besides, and looked at; null: nothing. */
  readonly marks: Features<object> | null;
  readonly onChoose: (id: string) => void;
}

const EDGE_PX = 40;
/** Around a place that is looked at. */
const AROUND_PX = 120;
const CLOSE_ZOOM = 15;
/** Units report once a second at most: to draw them anew each frame would show nobody more, and costs a map each time. */
const DRAW_EVERY_MS = 500;
/** A pointer hits what is so near to it, pixels. */
const HIT_PX = 6;

/** The district as it is now. It reads the store once a frame, and only while something changed. */
export function DistrictMap({ store, footprints, tiles, texts, language, isDark, ...look }: Props) {
  const { chosen, followed, marks, onChoose } = look;
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<MapOnGround | null>(null);
  const roads = useContext(Roads);
  const [isDrawn, setDrawn] = useState(false);
  // What is looked at changes more often than the map is made.
  const looked = useRef({ chosen, followed, marks, onChoose });
  looked.current = { chosen, followed, marks, onChoose };
  useEffect(() => {
    if (holder.current === null) return;
    const map = newMap(holder.current, { extent: footprints, tiles, isDark, language, texts });
    view.current = map;
    const draw = (state: ConsoleState): void => drawState(map, state, { footprints, language, ...looked.current });
    let end = (): void => undefined;
    // It is never idle while a fleet moves.
    onceTiled(map, 'places', () => map.once('render', () => setDrawn(true)));
    // Not when everything is loaded: a ground that does not come would keep the places away.
    map.once('style.load', () => {
      draw(store.state);
      nameChosen(map, looked.current.chosen);
      showMarks(map, looked.current.marks);
      const drawing = paced(draw, DRAW_EVERY_MS, BROWSER);
      const stop = store.watch(drawing.tell);
      end = () => {
        stop();
        drawing.end();
      };
      map.on('click', (event) => {
        const id = hitBy(map, event);
        if (id !== null) looked.current.onChoose(id);
      });
    });
    return () => {
      end();
      map.remove();
      view.current = null;
    };
  }, [store, footprints, tiles, language, isDark]);
  useEffect(() => view.current?.drawOn(roads));
  useEffect(() => {
    const map = view.current;
    if (map?.getSource('places') !== undefined) {
      drawState(map, store.state, { footprints, language, chosen, followed });
      nameChosen(map, chosen);
    }
    if (map === null) return;
    const look = (animate: boolean): void =>
      lookAt(map, followed ?? chosen, { footprints, positions: store.state.positions, animate });
    look(!matchMedia('(prefers-reduced-motion: reduce)').matches);
    // What opens below the map cuts short how it moves, and what was in the middle no longer is.
    const again = (): void => look(false);
    map.on('resize', again);
    return () => void map.off('resize', again);
  }, [chosen, followed, footprints, store]);
  useEffect(() => {
    if (view.current?.getSource('marks') !== undefined) showMarks(view.current, marks);
  }, [marks]);
  return (
    <section class="map" aria-label={texts.map.title} aria-busy={!isDrawn}>
      <div ref={holder} class="holder" />
    </section>
  );
}

const BROWSER: PaceMachine = {
  nowMs: () => performance.now(),
  later: (call, afterMs) => {
    const timer = setTimeout(call, afterMs);
    return () => clearTimeout(timer);
  },
};

/** Calls back when the first tile of a source that has something in it can be drawn. */
function onceTiled(map: MapView, source: string, then: () => void): void {
  const hear = (event: object): void => {
    const { sourceId, tile } = event as { sourceId?: unknown; tile?: { state?: unknown } };
    if (sourceId !== source || tile?.state !== 'loaded' || map.querySourceFeatures(source).length === 0) return;
    map.off('data', hear);
    then();
  };
  map.on('data', hear);
}

/** The name of a place that is looked at stays, whatever stands beside it. */
function nameChosen(map: MapView, chosen: string | null): void {
  for (const [layer, filter] of Object.entries(nameFilters(chosen))) map.setFilter(layer, filter);
}

/** Marks things, and brings all of them into sight. */
function showMarks(map: MapOnGround, marks: Features<object> | null): void {
  put(map, 'marks', marks ?? { type: 'FeatureCollection', features: [] });
  if (marks === null || marks.features.length === 0) return;
  const bounds = boundsOf(marks.features.map((mark) => movedFeature(map.move, mark)));
  map.fitBounds(bounds, { padding: AROUND_PX, maxZoom: CLOSE_ZOOM, animate: false });
}

interface Sight {
  readonly footprints: readonly Footprint[];
  readonly positions: ConsoleState['positions'];
  readonly animate: boolean;
}

/** Brings a place or a unit into the middle; null, or one that is not known: the map stays as it is. */
function lookAt(map: MapOnGround, id: string | null, { footprints, positions, animate }: Sight): void {
  const place = footprints.find(({ properties }) => properties.id === id);
  const position = id === null ? undefined : positions.get(id);
  if (place !== undefined) {
    const bounds = boundsOf([movedFeature(map.move, place)]);
    map.fitBounds(bounds, { padding: AROUND_PX, maxZoom: CLOSE_ZOOM, animate });
  } else if (position !== undefined)
    map.easeTo({ center: map.move([position.lng, position.lat]), zoom: CLOSE_ZOOM, animate });
}

/** A map of the district's own geometry, as both the live view and the record show it. */
export function newMap(
  container: HTMLElement,
  {
    extent,
    tiles,
    isDark,
    language,
    texts,
  }: Pick<Props, 'tiles' | 'isDark' | 'language' | 'texts'> & {
    /** What it shows whole at first. */
    readonly extent: readonly Pick<Footprint, 'geometry'>[];
  },
): MapOnGround {
  const move = moveOver(tiles);
  const map = new MapOnGround(move, {
    container,
    style: mapStyle({ isDark, language, tiles, enlargedBy: enlargement(lettersPx()) }),
    bounds: boundsOf(extent.map((one) => movedFeature(move, one))),
    fitBoundsOptions: { padding: EDGE_PX },
    attributionControl: tiles === null ? false : { compact: false, customAttribution: escaped(tiles.attribution) },
    localIdeographFontFamily: 'sans-serif',
    fadeDuration: 0,
  });
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  if (tiles !== null) tellMissingGround(map, texts);
  return map;
}

/** How large the letters of the page are, pixels. */
function lettersPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** A map that draws everything where it lies over its ground. */
export class MapOnGround extends MapView {
  readonly move: Move;
  /** What the places that it shows look like; their shapes stay as they are for as long as there is this map. */
  placesLook = '';
  /** Sources that have nothing, as far as they were told. */
  readonly empty = new Set<string>();
  #roads: RoadCollection | null = null;

  constructor(move: Move, options: MapOptions) {
    super(options);
    this.move = move;
  }

  /** Draws roads under everything else, as soon as there is anything to draw them in. */
  drawOn(roads: RoadCollection): void {
    if (roads === this.#roads) return;
    this.#roads = roads;
    if (this.getSource('roads') !== undefined) put(this, 'roads', roads);
    else this.once('style.load', () => put(this, 'roads', this.#roads ?? roads));
  }
}

/** Says on the map that its tiles do not come, for as long as none does. */
function tellMissingGround(map: MapView, { map: { groundIsAway } }: Texts): void {
  const note = document.createElement('p');
  note.className = 'ground-is-away';
  note.setAttribute('role', 'status');
  map.getContainer().append(note);
  map.on('error', (event) => {
    if (isOfGround((event as { sourceId?: unknown }).sourceId)) note.textContent = groundIsAway;
  });
  map.on('data', (event) => {
    const { sourceId, tile } = event as { sourceId?: unknown; tile?: { state?: unknown } };
    if (isOfGround(sourceId) && tile?.state === 'loaded') note.textContent = '';
  });
}

/** The map shows an attribution as HTML; the server's settings are words. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** What a pointer hits: a unit before a place, and a small place before a zone. */
function hitBy(map: MapView, { point }: MapMouseEvent): string | null {
  for (const layer of CHOOSABLE) {
    const [hit] = map.queryRenderedFeatures(
      [
        [point.x - HIT_PX, point.y - HIT_PX],
        [point.x + HIT_PX, point.y + HIT_PX],
      ],
      { layers: [layer] },
    );
    if (hit !== undefined) return String(hit.properties.id);
  }
  return null;
}

interface Look {
  readonly footprints: readonly Footprint[];
  readonly language: Language;
  readonly chosen: string | null;
  readonly followed: string | null;
}

function drawState(map: MapOnGround, state: ConsoleState, { footprints, language, chosen, followed }: Look): void {
  const { plan, coverage, positions, units, trails } = state;
  if (plan === null) return;
  const nowMs = serverTimeMs(state, Date.now());
  putPlaces(map, placeFeatures(footprints, coverage, { nowMs, language, signs: SIGNS }));
  put(map, 'units', unitFeatures(plan, positions, units));
  put(map, 'discs', discFeatures(plan, positions, units, nowMs));
  put(map, 'trails', trailFeatures(trails, positions, followed ?? chosen));
  const at = followed === null ? undefined : positions.get(followed);
  if (at !== undefined && !map.isMoving()) map.setCenter(map.move([at.lng, at.lat]));
}

/** Shows places; while they look as before, nothing is drawn anew: a moving fleet changes the state each frame, and tiles that are always made again never come. */
export function putPlaces(map: MapOnGround, places: Features<object>): void {
  const look = JSON.stringify(places.features.map(({ properties }) => properties));
  if (look === map.placesLook) return;
  map.placesLook = look;
  put(map, 'places', places);
  put(map, 'names', namePoints(places));
}

export function put(map: MapOnGround, source: string, data: Features<object>): void {
  // Nothing again and again: the map would be drawn anew for each.
  if (data.features.length === 0 && map.empty.has(source)) return;
  if (data.features.length === 0) map.empty.add(source);
  else map.empty.delete(source);
  void map.getSource<GeoJSONSource>(source)?.setData(movedBy(map.move, data) as never);
}
