// Who was where, from when to when, computed from a raw recording with turf and nothing of the product: the fixes of each
// vehicle are sorted by event time and taken through the published rules, a whole day at a time instead of fix by fix.
//
//     node test/real-days/reference-visits.mjs RECORDING DISTRICT_FOLDER
//
// prints one visit a line and the counts last, all JSON. It fails when a fix lies so near to a threshold that a ruler within the
// product's own error could judge it otherwise: then the places are to be drawn elsewhere, for nothing would be proven.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { gunzipSync } from 'node:zlib';
import * as turf from '@turf/turf';

/** None of the recordings has HDOP or satellites. */
const SIGMA_M = 15;
const TOP_SPEED_MPS = { car: 55.56, motorcycle: 55.56, foot: 8.33 };
const OUTLIER_RUN = 3;
const EXIT_BUFFER_M = 25;
const EXIT_FIXES = 3;
const EXIT_SPAN_MS = 60_000;
const VISIT_MERGE_MS = 120_000;
const SILENT_FLOOR_MS = 60_000;
const SILENT_INTERVALS = 3;
/** Positions are kept at 1e-7 degree, fixes and vertices alike. */
const ROUNDING_M = 0.05;
/** Further than any threshold from a place nothing depends on the distance. */
const NEAR_M = 200;

/** @typedef {{ vehicle: string, timeMs: number, lng: number, lat: number }} Fix */

// --- The recordings, each in its own format -------------------------------------------------------------------------

/** @returns {Fix[]} */
function readRecording(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  if (path.endsWith('.gpx')) return readGpx(text);
  if (path.endsWith('.ndjson')) return readNdjson(text);
  return readCsv(text);
}

function readGpx(text) {
  const points = text.matchAll(/<trkpt lat="([^"]+)" lon="([^"]+)">.*?<time>([^<]+)<\/time>/gs);
  return [...points].map(([, lat, lng, time]) => ({
    vehicle: '',
    timeMs: Date.parse(time),
    lng: Number(lng),
    lat: Number(lat),
  }));
}

function readNdjson(text) {
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return events.map(({ veh, fix, lat, lon }) => ({ vehicle: veh, timeMs: Math.round(fix * 1_000), lng: lon, lat }));
}

/** The columns that are read come before the one that may hold commas. */
function readCsv(text) {
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const [vehicle, time, lat, lng] = ['vehicle_id', 'timestamp', 'latitude', 'longitude'].map((n) => names.indexOf(n));
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      vehicle: cells[vehicle],
      timeMs: Date.parse(cells[time]),
      lng: Number(cells[lng]),
      lat: Number(cells[lat]),
    };
  });
}

// --- Distances on the WGS-84 ellipsoid ------------------------------------------------------------------------------

/** Vincenty's inverse formula: metres between two positions that are not nearly antipodal. */
function geodesicM([lng1, lat1], [lng2, lat2]) {
  const a = 6_378_137;
  const f = 1 / 298.257223563;
  const b = a * (1 - f);
  const rad = Math.PI / 180;
  const u1 = Math.atan((1 - f) * Math.tan(lat1 * rad));
  const u2 = Math.atan((1 - f) * Math.tan(lat2 * rad));
  const [sinU1, cosU1, sinU2, cosU2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  const difference = (lng2 - lng1) * rad;
  let lambda = difference;
  for (let turn = 0; turn < 100; turn += 1) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(cosU2 * sinL, cosU1 * sinU2 - sinU1 * cosU2 * cosL);
    if (sinSigma === 0) return 0;
    const cosSigma = sinU1 * sinU2 + cosU1 * cosU2 * cosL;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cosU1 * cosU2 * sinL) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cos2Middle = cos2Alpha === 0 ? 0 : cosSigma - (2 * sinU1 * sinU2) / cos2Alpha;
    const c = (f / 16) * cos2Alpha * (4 + f * (4 - 3 * cos2Alpha));
    const curve = cos2Middle + c * cosSigma * (-1 + 2 * cos2Middle ** 2);
    const before = lambda;
    lambda = difference + (1 - c) * f * sinAlpha * (sigma + c * sinSigma * curve);
    if (Math.abs(lambda - before) > 1e-12) continue;
    const k = (cos2Alpha * (a ** 2 - b ** 2)) / b ** 2;
    const big = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
    const small = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
    const last = (small / 6) * cos2Middle * (-3 + 4 * sinSigma ** 2) * (-3 + 4 * cos2Middle ** 2);
    const middle = cosSigma * (-1 + 2 * cos2Middle ** 2) - last;
    return b * big * (sigma - small * sinSigma * (cos2Middle + (small / 4) * middle));
  }
  throw new Error(`no geodesic from ${lng1}, ${lat1} to ${lng2}, ${lat2}`);
}

// --- The district's files -------------------------------------------------------------------------------------------

function readDistrict(folder) {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const { datum, features } = read('places.geojson');
  if (datum !== 'WGS84') throw new Error(`datum: got ${datum}, expected WGS84`);
  const [, south, , north] = turf.bbox(turf.featureCollection(features));
  const middleLat = (south + north) / 2;
  return { units: read('units.json').units, places: features.map((feature) => placeOf(feature, middleLat)) };
}

/**
 * `measure` says how far a position is from the place (signed, ≤ 0 inside; Infinity when far), and which threshold it is too near
 * to. The product measures on a ruler made for the district's middle latitude, so elsewhere its east-west lengths are off.
 */
function placeOf(feature, middleLat) {
  const { id, radiusM = 100, corridorM = 40 } = feature.properties;
  const box = turf.bbox(turf.buffer(feature, (NEAR_M + radiusM) / 1_000, { units: 'kilometers' }));
  const measureBoundary = boundaryOf(feature);
  const reachM = { Point: radiusM, LineString: corridorM, MultiLineString: corridorM }[feature.geometry.type] ?? null;
  const measure = (position) => {
    const [lng, lat] = position;
    if (lng < box[0] || lat < box[1] || lng > box[2] || lat > box[3]) return { distanceM: Infinity, doubt: null };
    const rulerError = Math.tan((Math.abs(lat) * Math.PI) / 180) * ((Math.abs(lat - middleLat) * Math.PI) / 180);
    const boundaryM = measureBoundary(position);
    const errorM = boundaryM * (1.1 * rulerError + 0.0003) + ROUNDING_M;
    const inside = reachM === null ? turf.booleanPointInPolygon(position, feature) : boundaryM <= reachM;
    const distanceM = reachM === null ? (inside ? -boundaryM : boundaryM) : boundaryM - reachM;
    const enterErrorM = reachM === null ? ROUNDING_M : errorM;
    const doubt =
      Math.abs(distanceM) <= enterErrorM
        ? 'the boundary'
        : Math.abs(distanceM - SIGMA_M - EXIT_BUFFER_M) <= errorM
          ? 'the exit distance'
          : null;
    return { distanceM, doubt };
  };
  return { id, measure };
}

/** Metres to the centre, to the nearest of the lines, or to the nearest edge. */
function boundaryOf(feature) {
  const { type, coordinates } = feature.geometry;
  if (type === 'Point') return (position) => geodesicM(position, coordinates);
  const lines = type.endsWith('Polygon')
    ? turf.flatten(turf.polygonToLine(feature)).features
    : turf.flatten(feature).features;
  return (position) => {
    const nearest = lines.map((line) => turf.nearestPointOnLine(line, position).geometry.coordinates);
    return Math.min(...nearest.map((point) => geodesicM(position, point)));
  };
}

// --- Admission ------------------------------------------------------------------------------------------------------

/** One fix an instant, by event time; two positions for one instant would need a rule that this script does not have. */
function distinctFixes(fixes) {
  const byTime = new Map();
  let duplicates = 0;
  for (const fix of fixes) {
    const held = byTime.get(fix.timeMs);
    if (held === undefined) byTime.set(fix.timeMs, fix);
    else if (held.lng === fix.lng && held.lat === fix.lat) duplicates += 1;
    else throw new Error(`two positions of ${fix.vehicle} at ${fix.timeMs}`);
  }
  return { distinct: [...byTime.values()].sort((a, b) => a.timeMs - b.timeMs), duplicates };
}

/** Null island, and positions that the unit cannot have reached until three in a row agree with each other. */
function believedFixes(fixes, unit, counts, doubts) {
  const located = fixes.filter(({ lng, lat }) => Math.abs(lng) > 1e-4 || Math.abs(lat) > 1e-4);
  counts.nullIsland += fixes.length - located.length;
  const reachable = (from, to) => {
    const needsM = geodesicM([from.lng, from.lat], [to.lng, to.lat]) - 2 * SIGMA_M;
    const canM = (TOP_SPEED_MPS[unit.kind] * (to.timeMs - from.timeMs)) / 1_000;
    if (Math.abs(needsM - canM) <= 0.01 * needsM) doubts.push(`${unit.id} at ${to.timeMs}: the top speed`);
    return needsM <= canM;
  };
  const believed = [];
  let strange = [];
  for (const fix of located) {
    const last = believed.at(-1);
    if (last === undefined || reachable(last, fix)) {
      counts.outliers += strange.length;
      strange = [];
      believed.push(fix);
      continue;
    }
    if (strange.length > 0 && !reachable(strange.at(-1), fix)) {
      counts.outliers += strange.length;
      strange = [];
    }
    strange.push(fix);
    if (strange.length === OUTLIER_RUN) believed.push(...strange.splice(0));
  }
  counts.outliers += strange.length;
  return believed;
}

// --- Visits ---------------------------------------------------------------------------------------------------------

/** Index ranges [from, to) of the fixes between two holes: what was before a hole says nothing about what comes after. */
function stretchesOf(fixes, unit) {
  const holeMs = Math.max(VISIT_MERGE_MS, SILENT_FLOOR_MS, SILENT_INTERVALS * (unit.expectedIntervalS ?? 10) * 1_000);
  const starts = fixes.flatMap((fix, i) => (i === 0 || fix.timeMs - fixes[i - 1].timeMs >= holeMs ? [i] : []));
  return starts.map((from, s) => [from, starts[s + 1] ?? fixes.length]);
}

/**
 * Runs in one stretch: from the first of two fixes in a row inside until three or more in a row, over at least a minute, are
 * outside beyond doubt. `exit`: the fix that ends it; null when the stretch ends first.
 */
function runsOf(fixes, distances, [from, to]) {
  const isInside = (i) => i < to && distances[i] <= 0;
  const isFar = (i) => distances[i] - SIGMA_M > EXIT_BUFFER_M;
  const runs = [];
  let i = from;
  while (i < to) {
    if (!isInside(i) || !isInside(i + 1)) {
      i += 1;
      continue;
    }
    const run = { first: i, last: i, exit: null };
    let farFrom = null;
    for (; i < to && run.exit === null; i += 1) {
      if (isInside(i)) run.last = i;
      farFrom = isFar(i) ? (farFrom ?? i) : null;
      if (farFrom === null || i - farFrom + 1 < EXIT_FIXES) continue;
      if (fixes[i].timeMs - fixes[farFrom].timeMs >= EXIT_SPAN_MS) run.exit = i;
    }
    runs.push(run);
  }
  return runs;
}

/** Runs less than two minutes apart are one visit. A visit at the end of the recording is open until a fix proves its end. */
function visitsOf(fixes, distances, unit) {
  const visits = [];
  const at = (i) => fixes[i]?.timeMs ?? null;
  for (const stretch of stretchesOf(fixes, unit)) {
    const [from, to] = stretch;
    // The nearest fix that is outside beyond doubt, or the end of the stretch.
    const isFar = (i) => distances[i] - SIGMA_M > EXIT_BUFFER_M;
    const outsideBefore = (i) => (i < from || isFar(i) ? at(i) : outsideBefore(i - 1));
    const outsideAfter = (i) => (i >= to || isFar(i) ? at(i) : outsideAfter(i + 1));
    const merged = [];
    for (const run of runsOf(fixes, distances, stretch)) {
      const before = merged.at(-1);
      if (before !== undefined && at(run.first) - at(before.last) < VISIT_MERGE_MS) {
        Object.assign(before, { last: run.last, exit: run.exit });
      } else merged.push({ ...run });
    }
    for (const [m, { first, last, exit: left }] of merged.entries()) {
      const followed = m < merged.length - 1 || to < fixes.length;
      const closed = followed || (left !== null && at(to - 1) - at(last) >= VISIT_MERGE_MS);
      visits.push({
        innerFromMs: at(first),
        innerToMs: closed ? at(last) : null,
        outerFromMs: outsideBefore(first - 1),
        outerToMs: closed ? outsideAfter(last + 1) : null,
      });
    }
  }
  return visits;
}

// --- A day ----------------------------------------------------------------------------------------------------------

function computeDay(recording, folder) {
  const { places, units } = readDistrict(folder);
  const byVehicle = groupByVehicle(recording);
  const counts = { fixes: recording.length, duplicates: 0, nullIsland: 0, outliers: 0, admitted: 0 };
  const doubts = [];
  const visits = [];
  for (const [vehicle, fixes] of byVehicle) {
    const unit = vehicle === '' ? units[0] : units.find(({ tracker }) => tracker === vehicle);
    if (unit === undefined) throw new Error(`got vehicle ${vehicle}, expected it in units.json`);
    const { distinct, duplicates } = distinctFixes(fixes);
    const believed = believedFixes(distinct, unit, counts, doubts);
    counts.duplicates += duplicates;
    counts.admitted += believed.length;
    for (const place of places) {
      const measured = believed.map(({ lng, lat }) => place.measure([lng, lat]));
      for (const [i, { doubt }] of measured.entries())
        if (doubt !== null) doubts.push(`${unit.id} at ${believed[i].timeMs}, ${place.id}: ${doubt}`);
      const distances = measured.map(({ distanceM }) => distanceM);
      for (const bounds of visitsOf(believed, distances, unit))
        visits.push({ unit: unit.id, place: place.id, ...bounds });
    }
  }
  return { visits, counts, doubts };
}

function groupByVehicle(fixes) {
  const groups = new Map();
  for (const fix of fixes) {
    const group = groups.get(fix.vehicle);
    if (group === undefined) groups.set(fix.vehicle, [fix]);
    else group.push(fix);
  }
  return groups;
}

const [, , file, folder] = argv;
if (file === undefined || folder === undefined) {
  stderr.write('got too few words, expected RECORDING DISTRICT_FOLDER\n');
  exit(2);
}
const { visits, counts, doubts } = computeDay(readRecording(file), folder);
for (const visit of visits) stdout.write(`${JSON.stringify(visit)}\n`);
stdout.write(`${JSON.stringify({ type: 'counts', ...counts })}\n`);
for (const doubt of doubts) stderr.write(`too near to say: ${doubt}\n`);
if (doubts.length > 0) exit(1);
