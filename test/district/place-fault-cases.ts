import type { Json } from './district-folder.js';
import { type Case, one, places } from './fault-case.js';

// Indices into fixtures/meixian/places.geojson: 0..2 zones, 3 People's Square (circle), 4 Huaqiaocheng Square (polygon), 13 a route.
const SQUARE = '/features/3';
const AREA = '/features/4';
const ROUTE = '/features/13';
const bowTie: Json[] = [
  [
    [116.05, 24.26],
    [116.052, 24.262],
    [116.052, 24.26],
    [116.05, 24.262],
    [116.05, 24.26],
  ],
];
/** A zone that lies in another. */
export const overlapping: Json[] = [
  [
    [116.04, 24.265],
    [116.045, 24.265],
    [116.045, 24.27],
    [116.04, 24.27],
    [116.04, 24.265],
  ],
];

export const PLACE_CASES: readonly Case[] = [
  one('no time zone', ['district.json', '/timeZone', undefined], '/timeZone', 'is missing', 'IANA time zone'),
  one(
    'wrong time zone',
    ['district.json', '/timeZone', 'Asia/Shangai'],
    '/timeZone',
    '"Asia/Shangai"',
    'IANA time zone',
  ),
  one('wrong id', ['district.json', '/id', 'Mei Xian'], '/id', '"Mei Xian"', 'a-z, 0-9'),
  one(
    'a misspelt property',
    ['district.json', '/nameEnn', 'x'],
    '/nameEnn',
    'unknown property',
    'did you mean "nameEn"?',
  ),
  one('a list for a file', ['district.json', '', []], '', 'got []', 'expected an object'),
  one('an empty name', ['district.json', '/nameZh', ''], '/nameZh', 'got ""', '1 to 100 characters'),

  places('no datum', '/datum', undefined, '/datum', 'is missing', '"WGS84", "CGCS2000", "GCJ02"'),
  places('an unknown datum', '/datum', 'BD09', '/datum', 'got "BD09"', '"GCJ02"'),
  places('no collection', '/type', 'Feature', '/type', 'got "Feature"', 'expected "FeatureCollection"'),
  places('no features', '/features', [], '/features', 'got []', '1 to 5000 items'),
  places('a null feature', '/features/-', null, '/features/17/properties/kind', 'is missing'),
  places(
    'an unknown kind',
    `${SQUARE}/properties/kind`,
    'checkpiont',
    `${SQUARE}/properties/kind`,
    'did you mean "checkpoint"?',
  ),
  places(
    'a line for a zone',
    '/features/0/geometry/type',
    'LineString',
    '/features/0/geometry/type',
    '"Polygon" or "MultiPolygon" for a zone',
  ),
  places('no geometry', '/features/0/geometry', null, '/features/0/geometry/type', 'is missing'),
  places(
    'a radius for a polygon',
    `${AREA}/properties/radiusM`,
    100,
    `${AREA}/properties/radiusM`,
    'unknown property "radiusM"',
  ),
  places(
    'a small radius',
    `${SQUARE}/properties/radiusM`,
    49.9,
    `${SQUARE}/properties/radiusM`,
    'got 49.9',
    '50 to 2000',
  ),
  places(
    'a wide corridor',
    `${ROUTE}/properties/corridorM`,
    501,
    `${ROUTE}/properties/corridorM`,
    'got 501',
    '10 to 500',
  ),
  places(
    'a corridor for a zone',
    '/features/0/properties/corridorM',
    40,
    '/features/0/properties/corridorM',
    'unknown property',
  ),
  places(
    'a misspelt property of a place',
    `${SQUARE}/properties/raduisM`,
    90,
    `${SQUARE}/properties/raduisM`,
    'did you mean "radiusM"?',
  ),
  places(
    'a text coordinate',
    `${SQUARE}/geometry/coordinates/0`,
    '116.05',
    `${SQUARE}/geometry/coordinates/0`,
    'got "116.05"',
    'a number',
  ),
  places(
    'one coordinate',
    `${SQUARE}/geometry/coordinates`,
    [116.05],
    `${SQUARE}/geometry/coordinates`,
    'got [116.05]',
    '[lng, lat]',
  ),
  places(
    'latitude first',
    `${SQUARE}/geometry/coordinates`,
    [24.27, 116.05],
    `${SQUARE}/geometry/coordinates`,
    'are they [lat, lng]?',
  ),
  places(
    'the null island',
    `${SQUARE}/geometry/coordinates`,
    [0, 0],
    `${SQUARE}/geometry/coordinates`,
    'got a position at [0, 0]',
    'within 2 degrees',
  ),
  places('a tier of 0', `${SQUARE}/properties/tier`, 0, `${SQUARE}/properties/tier`, 'got 0', '1 to 9'),
  places('another id outside', `${SQUARE}/id`, 'square', `${SQUARE}/id`, 'got "square"', '"peoples-square"'),
  places(
    'an id twice',
    '/features/14/properties/id',
    'xianzi-avenue',
    '/features/14/properties/id',
    'a second time',
    '/features/13/properties/id',
  ),
  places(
    'an open ring',
    `${AREA}/geometry/coordinates/0/6`,
    [116.06, 24.287],
    `${AREA}/geometry/coordinates/0/6`,
    "the ring's first position",
  ),
  places(
    'a short ring',
    `${AREA}/geometry/coordinates/0`,
    [
      [116, 24],
      [116, 25],
      [116, 24],
    ],
    `${AREA}/geometry/coordinates/0`,
    'got a list of 3',
    'at least four',
  ),
  places(
    'a ring without area',
    `${AREA}/geometry/coordinates/0`,
    [
      [116.06, 24.28],
      [116.061, 24.28],
      [116.06, 24.28],
      [116.06, 24.28],
    ],
    `${AREA}/geometry/coordinates/0`,
    'got 2 distinct vertices',
  ),
  places(
    'a ring that crosses itself',
    `${AREA}/geometry/coordinates`,
    bowTie,
    `${AREA}/geometry/coordinates/0`,
    'crosses itself',
  ),
  places(
    'a line of one position',
    `${ROUTE}/geometry/coordinates`,
    [
      [116.05, 24.27],
      [116.05, 24.27],
    ],
    `${ROUTE}/geometry/coordinates`,
    'distinct vertices',
  ),
];
