import type { FilterSpecification, StyleSpecification, SymbolLayerSpecification } from 'maplibre-gl';
import type { MapTiles } from '../../model/map-tiles.js';
import type { Language } from '../i18n/texts.js';
import { enlarged } from './enlarge.js';
import { groundOf } from './ground.js';
import { roadLayers } from './road-layers.js';

/** Colours of the map: told apart by people who see red and green alike (Okabe and Ito), and each with a sign beside it. */
const STANDING_COLOUR = [
  'match',
  ['get', 'standing'],
  'overdue',
  '#d55e00',
  'due',
  '#e69f00',
  'in-doubt',
  '#cc79a7',
  'covered',
  '#0072b2',
  '#8a8f98',
] as const;

const FRESH_COLOUR = [
  'match',
  ['get', 'freshness'],
  'live',
  '#009e73',
  'late',
  '#e69f00',
  'silent',
  '#cc79a7',
  '#8a8f98',
] as const;

/** Marks stand out against every standing. */
const MARK_COLOUR = { light: '#7a0019', dark: '#ffb3bd' } as const;

/** Letters in the colour of what is overdue, light enough or dark enough to be read. */
const OVERDUE_INK = { light: '#a63f00', dark: '#ff9a5c' } as const;

/** A name stands in the middle of its place, or beside it where something else stands there. */
const NAME_LAYOUT = {
  'text-field': ['get', 'label'],
  'text-size': 13,
  'text-padding': 4,
  'text-variable-anchor': ['center', 'bottom', 'top', 'left', 'right'],
  'text-radial-offset': 1.3,
} as const satisfies SymbolLayerSpecification['layout'];

/** Which names stand whatever else is there, and which give way: nobody loses the name of a place where somebody must go, or that is looked at. */
export function nameFilters(
  chosen: string | null,
): Readonly<Record<'overdue-names' | 'place-names', FilterSpecification>> {
  const stands: FilterSpecification = [
    'any',
    ['==', ['get', 'standing'], 'overdue'],
    ['==', ['get', 'id'], chosen ?? ''],
  ];
  return { 'overdue-names': stands, 'place-names': ['!', stands] };
}

/** Layers whose features can be chosen, the topmost first. */
export const CHOOSABLE = ['units', 'areas', 'zones'] as const;

/** The district's own geometry, on a plain ground where there are no tiles. */
export function mapStyle({
  isDark,
  language,
  tiles,
  enlargedBy,
}: {
  readonly isDark: boolean;
  readonly language: Language;
  readonly tiles: MapTiles | null;
  readonly enlargedBy: number;
}): StyleSpecification {
  const under = groundOf(tiles, isDark);
  const ink = isDark ? '#f2f4f7' : '#15181d';
  const ground = isDark ? '#14171c' : '#f4f5f2';
  const none = { type: 'FeatureCollection', features: [] } as const;
  const halo = { 'text-color': ink, 'text-halo-color': ground, 'text-halo-width': 1.6 };
  return {
    version: 8,
    sources: {
      ...under.sources,
      roads: { type: 'geojson', data: { ...none, features: [] } },
      places: { type: 'geojson', data: { ...none, features: [] } },
      names: { type: 'geojson', data: { ...none, features: [] } },
      units: { type: 'geojson', data: { ...none, features: [] } },
      discs: { type: 'geojson', data: { ...none, features: [] } },
      trails: { type: 'geojson', data: { ...none, features: [] } },
      marks: { type: 'geojson', data: { ...none, features: [] } },
    },
    layers: enlarged(
      [
        { id: 'ground', type: 'background', paint: { 'background-color': ground } },
        // Tiles lie over them: where tiles do not come, roads are seen.
        ...roadLayers(isDark, language, ground),
        ...under.layers,
        {
          id: 'zones',
          type: 'fill',
          source: 'places',
          filter: ['==', ['get', 'kind'], 'zone'],
          paint: { 'fill-color': STANDING_COLOUR as never, 'fill-opacity': 0.1 },
        },
        {
          id: 'areas',
          type: 'fill',
          source: 'places',
          filter: [
            'all',
            ['!=', ['get', 'kind'], 'zone'],
            ['match', ['geometry-type'], ['Polygon', 'MultiPolygon'], true, false],
          ],
          paint: { 'fill-color': STANDING_COLOUR as never, 'fill-opacity': 0.4 },
        },
        {
          id: 'edges',
          type: 'line',
          source: 'places',
          paint: {
            'line-color': STANDING_COLOUR as never,
            'line-width': ['match', ['get', 'standing'], 'overdue', 4, 2],
            'line-dasharray': [
              'match',
              ['get', 'standing'],
              'in-doubt',
              ['literal', [2, 2]],
              'empty',
              ['literal', [1, 3]],
              ['literal', [1, 0]],
            ],
          },
        },
        {
          id: 'trails',
          type: 'line',
          source: 'trails',
          layout: { 'line-cap': 'round', 'line-join': 'round' },
          paint: {
            'line-color': ink,
            'line-opacity': ['case', ['get', 'isChosen'], 0.8, 0.25],
            'line-width': ['case', ['get', 'isChosen'], 3.5, 1.5],
          },
        },
        {
          id: 'discs',
          type: 'line',
          source: 'discs',
          paint: { 'line-color': '#cc79a7', 'line-width': 1.5, 'line-dasharray': [4, 3] },
        },
        {
          id: 'units',
          type: 'circle',
          source: 'units',
          paint: {
            'circle-color': FRESH_COLOUR as never,
            'circle-radius': ['case', ['get', 'sos'], 12, 6],
            'circle-stroke-color': ['case', ['get', 'sos'], '#d55e00', ground],
            'circle-stroke-width': ['case', ['get', 'sos'], 5, 1.5],
          },
        },
        {
          id: 'courses',
          type: 'symbol',
          source: 'units',
          filter: ['>=', ['get', 'courseDeg'], 0],
          layout: {
            'text-field': '▲',
            'text-size': 9,
            'text-rotate': ['get', 'courseDeg'],
            'text-rotation-alignment': 'map',
            'text-offset': [0, -1.3],
            'text-allow-overlap': true,
            'text-ignore-placement': true,
          },
          paint: { 'text-color': FRESH_COLOUR as never, 'text-halo-color': ground, 'text-halo-width': 1 },
        },
        {
          id: 'place-names',
          type: 'symbol',
          source: 'names',
          filter: nameFilters(null)['place-names'],
          layout: {
            ...NAME_LAYOUT,
            'symbol-sort-key': ['match', ['get', 'standing'], 'due', 0, 'in-doubt', 1, 'empty', 2, 3],
          },
          paint: halo,
        },
        {
          id: 'unit-names',
          type: 'symbol',
          source: 'units',
          minzoom: 12,
          layout: { 'text-field': ['get', 'label'], 'text-size': 11, 'text-offset': [0, 1.2], 'text-anchor': 'top' },
          paint: halo,
        },
        // No name of a unit, nor of another place, takes the room of one where somebody must go, or that is looked at.
        {
          id: 'overdue-names',
          type: 'symbol',
          source: 'names',
          filter: nameFilters(null)['overdue-names'],
          layout: {
            ...NAME_LAYOUT,
            'text-size': 14,
            // Above it first: the place itself is what somebody looks for.
            'text-variable-anchor': ['bottom', 'top', 'left', 'right'],
            'text-allow-overlap': true,
          },
          paint: {
            ...halo,
            'text-color': ['match', ['get', 'standing'], 'overdue', OVERDUE_INK[isDark ? 'dark' : 'light'], ink],
          },
        },
        {
          id: 'mark-lines',
          type: 'line',
          source: 'marks',
          filter: ['==', ['geometry-type'], 'LineString'],
          paint: {
            'line-color': MARK_COLOUR[isDark ? 'dark' : 'light'],
            'line-width': 2,
            'line-dasharray': [2, 2],
          },
        },
        {
          id: 'marks',
          type: 'circle',
          source: 'marks',
          filter: ['==', ['geometry-type'], 'Point'],
          paint: {
            'circle-color': ground,
            'circle-radius': ['case', ['>', ['length', ['get', 'sign']], 1], 13, 9],
            'circle-stroke-color': MARK_COLOUR[isDark ? 'dark' : 'light'],
            'circle-stroke-width': 2.5,
          },
        },
        {
          id: 'mark-signs',
          type: 'symbol',
          source: 'marks',
          filter: ['==', ['geometry-type'], 'Point'],
          layout: {
            'text-field': ['get', 'sign'],
            'text-size': 11,
            // Names keep clear of the circle around it.
            'text-padding': 10,
            'text-allow-overlap': true,
          },
          paint: { 'text-color': ink },
        },
      ],
      enlargedBy,
    ),
  };
}
