import type { LayerSpecification } from 'maplibre-gl';

/** What is as large as the letters beside it. */
const SIZES = ['text-size', 'circle-radius', 'circle-stroke-width', 'line-width'] as const;
/** Where the letters of a page are no larger, 16 pixels, a map is as its style says. */
const PLAIN_PX = 16;
/** Outputs of `['interpolate', kind, input, stop, output, stop, output …]`. */
const FIRST_OUTPUT = 4;

/** How much larger a map is drawn than its style says, by the letters of the page around it: who stands before a wall reads both from there. */
export function enlargement(lettersPx: number): number {
  return Math.max(1, lettersPx / PLAIN_PX);
}

/** Layers whose letters, points and lines are larger. */
export function enlarged(layers: readonly LayerSpecification[], by: number): LayerSpecification[] {
  if (by === 1) return [...layers];
  return layers.map((layer) => {
    const { layout, paint } = layer as { readonly layout?: object; readonly paint?: object };
    return {
      ...layer,
      ...(layout === undefined ? {} : { layout: largerIn(layout, by) }),
      ...(paint === undefined ? {} : { paint: largerIn(paint, by) }),
    } as LayerSpecification;
  });
}

function largerIn(properties: object, by: number): object {
  const sizes: readonly string[] = SIZES;
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, sizes.includes(name) ? larger(value, by) : value]),
  );
}

function larger(value: unknown, by: number): unknown {
  if (typeof value === 'number') return value * by;
  // Zoom may stand at the top of an expression alone.
  if (Array.isArray(value) && value[0] === 'interpolate')
    return value.map((part: unknown, i) =>
      i >= FIRST_OUTPUT && (i - FIRST_OUTPUT) % 2 === 0 && typeof part === 'number' ? part * by : part,
    );
  return ['*', by, value];
}
