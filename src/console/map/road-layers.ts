import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { RoadClass } from '../../model/roads.js';
import type { Language } from '../i18n/texts.js';

interface Look {
  /** Of the line, light and dark: quieter than anything that means something. */
  readonly colours: readonly [light: string, dark: string];
  /** Pixels at each of ZOOMS. */
  readonly widths: readonly [number, number, number];
  /** From which zoom on its name has room. */
  readonly namesFrom: number;
}

/** The zooms of a whole district, of a quarter and of a crossing. */
const ZOOMS = [12, 14, 17] as const;
const LOOKS: Readonly<Record<RoadClass, Look>> = {
  trunk: { colours: ['#c3c8bf', '#3d4551'], widths: [3, 6, 18], namesFrom: 11 },
  main: { colours: ['#ccd0c8', '#363d48'], widths: [2, 4.5, 14], namesFrom: 12.5 },
  street: { colours: ['#d8dbd4', '#2c323b'], widths: [0.8, 2, 9], namesFrom: 14.5 },
  path: { colours: ['#dddfd9', '#272c34'], widths: [0, 0.8, 3], namesFrom: 16 },
};
/** The lowest first: where roads cross, the greater one is seen whole. */
const CLASSES = ['path', 'street', 'main', 'trunk'] as const satisfies readonly RoadClass[];
const NAME_COLOURS = ['#666b73', '#99a0ab'] as const;
/** Pixels between two names of one road. */
const NAME_EVERY_PX = 400;

/** Roads, and their names where there is room, the lowest layer first. */
export function roadLayers(isDark: boolean, language: Language, ground: string): readonly LayerSpecification[] {
  const theme = isDark ? 1 : 0;
  return [
    ...CLASSES.map((one) => lineLayer(one, theme)),
    ...CLASSES.map((one) => nameLayer(one, { theme, language, ground })),
  ];
}

function lineLayer(one: RoadClass, theme: 0 | 1): LayerSpecification {
  const { colours, widths } = LOOKS[one];
  return {
    id: `roads-${one}`,
    type: 'line',
    source: 'roads',
    filter: isOf(one),
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: {
      'line-color': colours[theme],
      'line-width': [
        'interpolate',
        ['exponential', 1.5],
        ['zoom'],
        ...ZOOMS.flatMap((zoom, i) => [zoom, widths[i] ?? 0]),
      ] as unknown as ExpressionSpecification,
    },
  };
}

function nameLayer(
  one: RoadClass,
  { theme, language, ground }: { readonly theme: 0 | 1; readonly language: Language; readonly ground: string },
): LayerSpecification {
  const name = language === 'zh' ? 'nameZh' : 'nameEn';
  return {
    id: `road-names-${one}`,
    type: 'symbol',
    source: 'roads',
    minzoom: LOOKS[one].namesFrom,
    filter: ['all', isOf(one), ['has', name]],
    layout: {
      'symbol-placement': 'line',
      'symbol-spacing': NAME_EVERY_PX,
      'text-field': ['get', name],
      'text-size': 11,
      'text-padding': 12,
    },
    paint: { 'text-color': NAME_COLOURS[theme], 'text-halo-color': ground, 'text-halo-width': 1.2 },
  };
}

function isOf(one: RoadClass): ExpressionSpecification {
  return ['==', ['get', 'class'], one];
}
