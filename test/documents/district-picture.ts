import { readProject } from './project.js';
import { circle, cross, drawing, path, questionMark, text, tick, type Point } from './svg.js';

type Presence = 'covered' | 'uncovered' | 'unknown';
type Position = readonly [lng: number, lat: number];
interface Place {
  readonly properties: { readonly id: string; readonly kind: 'zone' | 'checkpoint' | 'route'; readonly nameEn: string };
  readonly geometry:
    | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
    | { readonly type: 'LineString'; readonly coordinates: readonly Position[] }
    | { readonly type: 'Point'; readonly coordinates: Position };
}

const WIDTH = 940;
const HEIGHT = 560;
const MARGIN = 24;
const MAP_WIDTH = 640;
/** What is shown of the places; all others are covered. The instant is made up, the places are those of the fixture. */
const SHOWN: Readonly<Record<string, Presence>> = {
  'new-town-school-gate': 'uncovered',
  'huanan-avenue': 'uncovered',
  'peoples-hospital': 'unknown',
};
/** Where the name of each zone meets no line and no sign, pixels. */
const NAMES_AT: Readonly<Record<string, Point>> = {
  huaqiaocheng: { x: 420, y: 84 },
  'new-town-1': { x: 105, y: 252 },
  'new-town-2': { x: 478, y: 494 },
};
const DASHES = '7 5';
/** Dark enough on white for text, and apart from each other for every colour vision; the sign in the circle says the same again. */
const COLOURS: Readonly<Record<Presence, string>> = { covered: '#00725c', uncovered: '#b3001b', unknown: '#8a5a00' };
const FILLS: Readonly<Record<Presence, string>> = { covered: '#e3f1ee', uncovered: '#fbe4e6', unknown: '#f7eedd' };

function pointsOf({ geometry }: Place): readonly Position[] {
  if (geometry.type === 'Point') return [geometry.coordinates];
  return geometry.type === 'Polygon' ? (geometry.coordinates[0] ?? []) : geometry.coordinates;
}

function middleOf(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/** Degrees to pixels: north is up, a metre is as long in both directions. */
function projectionOf(places: readonly Place[]): (position: Position) => Point {
  const all = places.flatMap(pointsOf);
  const [west, east] = [Math.min(...all.map(([lng]) => lng)), Math.max(...all.map(([lng]) => lng))];
  const [south, north] = [Math.min(...all.map(([, lat]) => lat)), Math.max(...all.map(([, lat]) => lat))];
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((MAP_WIDTH - 2 * MARGIN) / ((east - west) * shrink), (HEIGHT - 2 * MARGIN) / (north - south));
  const left = (MAP_WIDTH - (east - west) * shrink * scale) / 2;
  const top = (HEIGHT - (north - south) * scale) / 2;
  return ([lng, lat]) => ({ x: left + (lng - west) * shrink * scale, y: top + (north - lat) * scale });
}

const SIGNS: Readonly<Record<Presence, (at: Point, radius: number, colour: string) => string>> = {
  covered: tick,
  uncovered: cross,
  unknown: questionMark,
};

function sign(presence: Presence, at: Point, radius = 11): string {
  const colour = COLOURS[presence];
  return (
    circle(at, radius, { fill: '#ffffff', stroke: colour, 'stroke-width': 2.5 }) + SIGNS[presence](at, radius, colour)
  );
}

/** The district Meixian as SVG: places by what is known of their presence, a car on patrol, and a silent car with its disc. */
export function districtPicture(): string {
  const { features } = JSON.parse(readProject('fixtures/meixian/places.geojson')) as { features: readonly Place[] };
  const project = projectionOf(features);
  const presenceOf = (place: Place) => SHOWN[place.properties.id] ?? 'covered';
  const ofKind = (kind: string) => features.filter(({ properties }) => properties.kind === kind);
  const zones = ofKind('zone').map((zone) => {
    const points = pointsOf(zone).map(project);
    const label = NAMES_AT[zone.properties.id] ?? middleOf(points);
    return (
      path(points, { fill: FILLS[presenceOf(zone)], stroke: '#9fb5b0', 'stroke-width': 1.5 }, true) +
      text(zone.properties.nameEn, label, { fill: '#5b6f6a', 'font-size': 15, 'text-anchor': 'middle' })
    );
  });
  const routes = ofKind('route').map((route) => routeLine(pointsOf(route).map(project), presenceOf(route)));
  const checkpoints = ofKind('checkpoint').map((place) =>
    sign(presenceOf(place), middleOf(pointsOf(place).map(project))),
  );
  const hospital = ofKind('checkpoint').find((place) => presenceOf(place) === 'unknown');
  const last = middleOf((hospital === undefined ? [] : pointsOf(hospital)).map(project));
  const silent = { x: last.x + 30, y: last.y - 26 };
  const reach = circle(silent, 58, {
    fill: COLOURS.unknown,
    'fill-opacity': 0.1,
    stroke: COLOURS.unknown,
    'stroke-width': 1.5,
    'stroke-dasharray': '3 4',
  });
  return drawing(
    WIDTH,
    HEIGHT,
    'The district Meixian: what is known of each place at one instant',
    [...zones, ...routes, reach, ...checkpoints, car(silent, COLOURS.unknown), ...legend()].join('\n'),
  );
}

function car(at: Point, colour: string): string {
  const corner = (dx: number, dy: number): Point => ({ x: at.x + dx, y: at.y + dy });
  return path(
    [corner(-7, 6), corner(0, -8), corner(7, 6), corner(0, 2)],
    { fill: colour, stroke: '#ffffff', 'stroke-width': 1 },
    true,
  );
}

function legend(): readonly string[] {
  const x = MAP_WIDTH + 20;
  const dark = { fill: '#1d2b28', 'font-size': 15 };
  const faint = { fill: '#5b6f6a', 'font-size': 13 };
  const rows: readonly (readonly [Presence, ...meaning: string[]])[] = [
    ['covered', 'a unit on duty is there'],
    ['uncovered', 'nobody can be there;', 'an alert after the limit'],
    ['unknown', 'a silent unit may be there'],
  ];
  const signs = rows.flatMap(([presence, ...meaning], i) => {
    const y = 90 + i * 68;
    return [
      sign(presence, { x: x + 12, y }),
      text(presence, { x: x + 34, y: y - 1 }, { ...dark, fill: COLOURS[presence], 'font-weight': 'bold' }),
      ...meaning.map((line, j) => text(line, { x: x + 34, y: y + 17 + j * 16 }, faint)),
    ];
  });
  const routeY = 90 + rows.length * 68;
  const carY = routeY + 60;
  return [
    text('What is known at 07:58', { x, y: 48 }, { ...dark, 'font-size': 17, 'font-weight': 'bold' }),
    ...signs,
    routeSample({ x, y: routeY - 8 }, 'covered'),
    routeSample({ x, y: routeY + 4 }, 'uncovered'),
    text('a route', { x: x + 34, y: routeY - 1 }, dark),
    text('dashed: uncovered', { x: x + 34, y: routeY + 17 }, faint),
    car({ x: x + 12, y: carY }, COLOURS.unknown),
    text('a car, not heard for 40 s', { x: x + 34, y: carY - 1 }, dark),
    text('and where it may have got to', { x: x + 34, y: carY + 17 }, faint),
  ];
}

function routeLine(points: readonly Point[], presence: Presence): string {
  const dashes = presence === 'uncovered' ? { 'stroke-dasharray': DASHES } : {};
  return path(points, { fill: 'none', stroke: COLOURS[presence], 'stroke-width': 3.5, ...dashes });
}

function routeSample({ x, y }: Point, presence: Presence): string {
  return routeLine(
    [
      { x, y },
      { x: x + 24, y },
    ],
    presence,
  );
}
