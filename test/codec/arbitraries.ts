import fc from 'fast-check';
import {
  ACCURACY_DM,
  ALTITUDE_DM,
  BATTERY_PERCENT,
  COURSE_CDEG,
  HDOP_CENTI,
  SATELLITES,
  SPEED_CMPS,
} from '../../src/codec/fix-ranges.js';
import type { WireFix } from '../../src/codec/wire-fix.js';
import { FIX_REJECTIONS, type Fix } from '../../src/model/fix.js';
import { EARLIEST_EVENT_MS, REFUSE_AHEAD_MS } from '../../src/model/limits.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import {
  type AccessAnswer,
  type AccessRead,
  ANSWER_STAGES,
  type StatementEntry,
  type TrackerBatch,
} from '../../src/model/log-entry.js';
import { ROLES } from '../../src/model/roles.js';
import { MAX_LAT_E7, MAX_LNG_E7 } from '../../src/model/position.js';

/** Plain objects, as the code under test makes them. */
export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

export const NOW_MS = 1_800_000_000_000;

/** Any value in the range, its ends often. */
function within({ min, max }: { readonly min: number; readonly max: number }): fc.Arbitrary<number> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(min, max), weight: 1 },
    { arbitrary: fc.integer({ min, max }), weight: 3 },
  );
}

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(arbitrary, { nil: null, freq: 2 });
}

const flag = maybe(fc.boolean());

/** A fix that is valid at NOW_MS. */
export const validFix: fc.Arbitrary<Fix> = record({
  eventTimeMs: within({ min: EARLIEST_EVENT_MS, max: NOW_MS + REFUSE_AHEAD_MS }),
  position: maybe(
    record({
      lngE7: within({ min: -MAX_LNG_E7, max: MAX_LNG_E7 }),
      latE7: within({ min: -MAX_LAT_E7, max: MAX_LAT_E7 }),
    }),
  ),
  altitudeDm: maybe(within(ALTITUDE_DM)),
  speedCmps: maybe(within(SPEED_CMPS)),
  courseCdeg: maybe(within(COURSE_CDEG)),
  located: flag,
  satellites: maybe(within(SATELLITES)),
  beidouSatellites: maybe(within(SATELLITES)),
  hdopCenti: maybe(within(HDOP_CENTI)),
  accuracyDm: maybe(within(ACCURACY_DM)),
  power: flag,
  batteryPercent: maybe(within(BATTERY_PERCENT)),
  ignition: flag,
  lightbar: flag,
  sos: flag,
  backfill: flag,
});

const int32 = maybe(fc.integer());
const uint32 = maybe(fc.nat({ max: 0xffff_ffff }));

/** Whatever the wire can carry. */
export const anyWireFix: fc.Arbitrary<WireFix> = record({
  eventTimeMs: maybe(fc.maxSafeNat()),
  lngE7: int32,
  latE7: int32,
  altitudeDm: int32,
  speedCmps: uint32,
  courseCdeg: uint32,
  located: flag,
  satellites: uint32,
  beidouSatellites: uint32,
  hdopCenti: uint32,
  accuracyDm: uint32,
  power: flag,
  batteryPercent: uint32,
  ignition: flag,
  lightbar: flag,
  sos: flag,
  backfill: flag,
  unreadable: fc.constant(null),
});

export const reportId = fc.uint8Array({ minLength: 1, maxLength: 16 });
export const id = fc.stringMatching(/^[a-z0-9-]{1,32}$/);

export const batch: fc.Arbitrary<TrackerBatch> = record({
  tracker: id,
  reportId: reportId.map((bytes) => Buffer.from(bytes).toString('hex')),
  fixes: fc.array(validFix, { maxLength: 8 }),
  rejected: fc.array(
    fc.oneof(
      record({ index: fc.nat({ max: 999 }), code: fc.constantFrom(...FIX_REJECTIONS) }),
      record({
        index: fc.nat({ max: 999 }),
        code: fc.constantFrom(...FIX_REJECTIONS),
        sos: fc.constant(true as const),
      }),
    ),
    { maxLength: 4 },
  ),
});

const said = fc.string({ minLength: 1, unit: 'grapheme' });

/** What is said of a unit by radio: where it is, where it is not, or neither. */
export const statement: fc.Arbitrary<StatementEntry> = fc
  .oneof(
    record({ at: maybe(id), notAt: fc.constant<string[]>([]) }),
    record({ at: fc.constant(null), notAt: fc.array(id) }),
  )
  .chain((where) =>
    record<StatementEntry>({
      kind: fc.constant('statement'),
      statementId: said,
      actor: said,
      unit: id,
      at: fc.constant(where.at),
      notAt: fc.constant(where.notAt),
      untilMs: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      note: maybe(said),
    }),
  );

const readFields = {
  actor: said,
  role: fc.constantFrom(...ROLES),
  purpose: maybe(said),
  what: said,
  parameters: fc.dictionary(said, said).map(canonicalJson),
  records: fc.nat({ max: 0xffff_ffff }),
};
const answer: fc.Arbitrary<AccessAnswer> = record({
  stage: fc.constantFrom(...ANSWER_STAGES),
  readId: maybe(said),
  body: maybe(
    record({
      bytes: fc.maxSafeNat(),
      sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => Buffer.from(hash).toString('hex')),
    }),
  ),
});

/** A read, with and without what was answered. */
export const read: fc.Arbitrary<AccessRead> = fc.oneof(
  record<AccessRead>(readFields),
  record<AccessRead>({ ...readFields, answer }),
);
