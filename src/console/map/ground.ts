import type { LayerSpecification, RasterSourceSpecification } from 'maplibre-gl';
import { toGcj02 } from '../../geo/datum.js';
import type { MapTiles } from '../../model/map-tiles.js';
import type { Feature, Features } from './features.js';

/** Degrees as they are known to degrees as the ground under the map shows them. */
export type Move = (position: readonly [number, number]) => [number, number];

const AS_IT_IS: Move = ([lng, lat]) => [lng, lat];
const LIKE_GCJ02: Move = (position) => toGcj02(position);

/** How positions are moved to lie right over these tiles. For display only: nothing that is moved is ever sent or kept. */
export function moveOver(tiles: MapTiles | null): Move {
  return tiles?.datum === 'GCJ02' ? LIKE_GCJ02 : AS_IT_IS;
}

export function movedBy<Properties>(move: Move, data: Features<Properties>): Features<Properties> {
  if (move === AS_IT_IS) return data;
  return { ...data, features: data.features.map((feature) => movedFeature(move, feature)) };
}

export function movedFeature<Some extends Pick<Feature<unknown>, 'geometry'>>(move: Move, feature: Some): Some {
  const { geometry } = feature;
  return { ...feature, geometry: { ...geometry, coordinates: movedCoordinates(move, geometry.coordinates) } };
}

function movedCoordinates(move: Move, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [lng, lat] = value as unknown[];
  if (typeof lng === 'number' && typeof lat === 'number') return move([lng, lat]);
  return value.map((one) => movedCoordinates(move, one));
}

/** By night, and under colours that mean something, a bright map would be all that is seen. */
const PAINT = {
  light: { 'raster-saturation': -0.6, 'raster-opacity': 0.7 },
  dark: { 'raster-saturation': -0.8, 'raster-brightness-max': 0.45, 'raster-opacity': 0.8 },
} as const;

/** Sources and layers of the tiles, the lowest first. */
export function groundOf(
  tiles: MapTiles | null,
  isDark: boolean,
): { readonly sources: Record<string, RasterSourceSpecification>; readonly layers: readonly LayerSpecification[] } {
  const sources: Record<string, RasterSourceSpecification> = {};
  const layers: LayerSpecification[] = [];
  for (const [i, addresses] of tiles?.layers.entries() ?? []) {
    const id = `${GROUND}${i}`;
    sources[id] = { type: 'raster', tiles: [...addresses], tileSize: 256, maxzoom: tiles?.maxZoom ?? 18 };
    layers.push({ id, type: 'raster', source: id, paint: PAINT[isDark ? 'dark' : 'light'] });
  }
  return { sources, layers };
}

const GROUND = 'ground-';

/** Whether an error of the map is about the ground, and not about what is drawn on it. */
export function isOfGround(source: unknown): boolean {
  return typeof source === 'string' && source.startsWith(GROUND);
}
