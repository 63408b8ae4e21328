import t from 'tap';
import {
  ACCURACY_DM,
  ALTITUDE_DM,
  BATTERY_PERCENT,
  COURSE_CDEG,
  HDOP_CENTI,
  SATELLITES,
  SPEED_CMPS,
} from '../../src/codec/fix-ranges.js';
import { isRejected, parseFix } from '../../src/codec/fix-parser.js';
import { emptyWireFix, type WireFix, type WireFixNumber } from '../../src/codec/wire-fix.js';
import { FIX_REJECTIONS, type FixRejection } from '../../src/model/fix.js';
import { EARLIEST_EVENT_MS, REFUSE_AHEAD_MS } from '../../src/model/limits.js';
import { MAX_LAT_E7, MAX_LNG_E7 } from '../../src/model/position.js';
import { NOW_MS } from './arbitraries.js';
import './support.js';

const good: WireFix = { ...emptyWireFix(), eventTimeMs: NOW_MS, lngE7: 1_161_000_000, latE7: 243_000_000 };

function codeOf(change: Partial<WireFix>): FixRejection | null {
  const parsed = parseFix({ ...good, ...change }, 0, NOW_MS);
  return isRejected(parsed) ? parsed.code : null;
}

/** Field, least and greatest value that pass, the code for one beyond each. */
const ranges: readonly (readonly [WireFixNumber, number, number, FixRejection, FixRejection])[] = [
  ['eventTimeMs', EARLIEST_EVENT_MS, NOW_MS + REFUSE_AHEAD_MS, 'time-too-old', 'time-too-far-ahead'],
  ['lngE7', -MAX_LNG_E7, MAX_LNG_E7, 'longitude-range', 'longitude-range'],
  ['latE7', -MAX_LAT_E7, MAX_LAT_E7, 'latitude-range', 'latitude-range'],
  ['altitudeDm', ALTITUDE_DM.min, ALTITUDE_DM.max, 'altitude-range', 'altitude-range'],
  ['speedCmps', SPEED_CMPS.min, SPEED_CMPS.max, 'speed-range', 'speed-range'],
  ['courseCdeg', COURSE_CDEG.min, COURSE_CDEG.max, 'course-range', 'course-range'],
  ['satellites', SATELLITES.min, SATELLITES.max, 'satellites-range', 'satellites-range'],
  ['beidouSatellites', SATELLITES.min, SATELLITES.max, 'satellites-range', 'satellites-range'],
  ['hdopCenti', HDOP_CENTI.min, HDOP_CENTI.max, 'hdop-range', 'hdop-range'],
  ['accuracyDm', ACCURACY_DM.min, ACCURACY_DM.max, 'accuracy-range', 'accuracy-range'],
  ['batteryPercent', BATTERY_PERCENT.min, BATTERY_PERCENT.max, 'battery-range', 'battery-range'],
];

const seen = new Set<FixRejection>();

t.test('each range: its ends pass, one beyond is refused', async (t) => {
  for (const [field, min, max, below, above] of ranges) {
    t.equal(codeOf({ [field]: min }), null, `${field} ${min}`);
    t.equal(codeOf({ [field]: max }), null, `${field} ${max}`);
    t.equal(codeOf({ [field]: min - 1 }), below, `${field} ${min - 1}`);
    t.equal(codeOf({ [field]: max + 1 }), above, `${field} ${max + 1}`);
    seen.add(below).add(above);
  }
});

t.test('what must be there', async (t) => {
  t.equal(codeOf({ eventTimeMs: null }), 'time-missing');
  t.equal(codeOf({ lngE7: null }), 'position-incomplete');
  t.equal(codeOf({ latE7: null }), 'position-incomplete');
  t.equal(codeOf({ lngE7: null, latE7: null }), null, 'no position at all is a fix');
  seen.add('time-missing').add('position-incomplete');
});

t.test('a number of a wrong wire type refuses the fix', async (t) => {
  const expected: Readonly<Record<WireFixNumber, FixRejection>> = {
    eventTimeMs: 'time-missing',
    lngE7: 'position-incomplete',
    latE7: 'position-incomplete',
    altitudeDm: 'altitude-range',
    speedCmps: 'speed-range',
    courseCdeg: 'course-range',
    satellites: 'satellites-range',
    beidouSatellites: 'satellites-range',
    hdopCenti: 'hdop-range',
    accuracyDm: 'accuracy-range',
    batteryPercent: 'battery-range',
  };
  for (const [field, code] of Object.entries(expected)) {
    t.equal(codeOf({ [field]: null, unreadable: field as WireFixNumber }), code, field);
  }
});

t.test('the absent stays absent, and zero stays zero', async (t) => {
  const bare = parseFix({ ...emptyWireFix(), eventTimeMs: NOW_MS }, 0, NOW_MS);
  const { eventTimeMs, ...rest } = bare as unknown as Record<string, unknown>;
  t.equal(eventTimeMs, NOW_MS);
  t.same([...new Set(Object.values(rest))], [null]);
  const zero = parseFix({ ...good, lngE7: 0, latE7: 0, speedCmps: 0, sos: false }, 0, NOW_MS);
  t.match(zero, { position: { lngE7: 0, latE7: 0 }, speedCmps: 0, sos: false });
});

t.test('every refusal has been seen', async (t) => {
  t.same(new Set(FIX_REJECTIONS), seen);
});
