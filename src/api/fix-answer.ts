import { type Static, Type } from '@fastify/type-provider-typebox';
import type { ComparedFix, FixDecision } from '../model/decision.js';
import { FIX_FLAGS, FIX_REJECTIONS, type Fix } from '../model/fix.js';
import { formatLogId } from '../model/log-id.js';
import { REFUSED_FIELDS, reasonOf } from './fix-reason.js';
import { Id, Instant, Nullable } from './schemas.js';

const LogIdText = Type.String({
  pattern: '^\\d+-\\d+$',
  'x-expected': 'a log entry such as 1795481710000-0',
  description: 'An entry of the district log, `<ms>-<seq>`.',
});
const Ordinal = Type.Integer({
  description: 'Its number in the entry, from 0: report by report, in each the valid fixes first, then the refused.',
});
const SigmaM = Nullable(
  Type.Number({ description: 'Accuracy that the engine went by, metres; null: the position is not usable.' }),
);

const SaidSchema = {
  eventTimeMs: Nullable(Instant),
  lng: Nullable(Type.Number({ description: 'CGCS2000/WGS-84 degrees.' })),
  lat: Nullable(Type.Number()),
  sigmaM: SigmaM,
};

export const FixSchema = Type.Object({
  logId: LogIdText,
  ordinal: Ordinal,
  loggedAtMs: Instant,
  unit: Id,
  tracker: Id,
  reportId: Type.String({ description: "The tracker's own id of the report, hexadecimal." }),
  ...SaidSchema,
  altitudeM: Nullable(Type.Number()),
  speedMps: Nullable(Type.Number()),
  courseDeg: Nullable(Type.Number({ description: 'Clockwise from north.' })),
  located: Nullable(Type.Boolean({ description: "The receiver's own word on whether it is a live fix." })),
  satellites: Nullable(Type.Integer()),
  beidouSatellites: Nullable(Type.Integer()),
  hdop: Nullable(Type.Number()),
  accuracyM: Nullable(Type.Number({ description: 'As the receiver says it: metres, 68 %.' })),
  power: Nullable(Type.Boolean({ description: 'False: main power was cut.' })),
  batteryPercent: Nullable(Type.Integer()),
  ignition: Nullable(Type.Boolean()),
  lightbar: Nullable(Type.Boolean()),
  sos: Nullable(Type.Boolean()),
  backfill: Nullable(Type.Boolean({ description: 'Stored while there was no link.' })),
  disposition: Type.Enum(['admitted', 'duplicate', 'flagged', 'refused']),
  flag: Nullable(Type.Enum([...FIX_FLAGS], { description: 'Why it is flagged.' })),
  reason: Type.Object({ zh: Type.String(), en: Type.String() }),
  measured: Nullable(
    Type.Object(
      { got: Type.Number(), limit: Type.Number(), unit: Type.Enum(['ms', 'mps']) },
      {
        description: 'How far ahead, how late, how fast; and what would still have passed.',
      },
    ),
  ),
  comparedWith: Nullable(
    Type.Object(
      { logId: LogIdText, ordinal: Ordinal, ...SaidSchema },
      {
        description: 'Of a duplicate or conflict the copy that counts, of an outlier the last position believed.',
      },
    ),
  ),
  refusal: Nullable(
    Type.Object({
      code: Type.Enum([...FIX_REJECTIONS]),
      index: Type.Integer({ description: 'In the report as it came.' }),
      field: Type.String({ description: 'As in proto/tracker.proto.' }),
      expected: Type.String(),
    }),
  ),
  finality: Type.Enum(['confirmed', 'provisional', 'unproven'], {
    description:
      'Provisional: a fix that comes within the horizon, or the next ones, may change it. Unproven: it depends on fixes before those that the log was read from.',
  }),
});

export type FixAnswer = Static<typeof FixSchema>;

export function fixAnswer(decision: FixDecision, unit: string): FixAnswer {
  const { logId, loggedAtMs, ordinal, tracker, reportId, fix, rejected, sigmaM, measured } = decision;
  const { disposition, flag, comparedWith, finality } = decision;
  return {
    logId: formatLogId(logId),
    ordinal,
    loggedAtMs,
    unit,
    tracker,
    reportId,
    ...said(fix, sigmaM),
    altitudeM: scaled(fix?.altitudeDm, 10),
    speedMps: scaled(fix?.speedCmps, 100),
    courseDeg: scaled(fix?.courseCdeg, 100),
    located: fix?.located ?? null,
    satellites: fix?.satellites ?? null,
    beidouSatellites: fix?.beidouSatellites ?? null,
    hdop: scaled(fix?.hdopCenti, 100),
    accuracyM: scaled(fix?.accuracyDm, 10),
    power: fix?.power ?? null,
    batteryPercent: fix?.batteryPercent ?? null,
    ignition: fix?.ignition ?? null,
    lightbar: fix?.lightbar ?? null,
    sos: fix?.sos ?? null,
    backfill: fix?.backfill ?? null,
    disposition,
    flag,
    reason: reasonOf(decision),
    measured,
    comparedWith: comparedWith === null ? null : comparison(comparedWith),
    refusal: rejected === null ? null : { ...rejected, ...REFUSED_FIELDS[rejected.code] },
    finality,
  };
}

function comparison({ logId, ordinal, fix, sigmaM }: ComparedFix): FixAnswer['comparedWith'] {
  return { logId: formatLogId(logId), ordinal, ...said(fix, sigmaM) };
}

function said(fix: Fix | null, sigmaM: number | null) {
  const position = fix?.position ?? null;
  return {
    eventTimeMs: fix?.eventTimeMs ?? null,
    lng: scaled(position?.lngE7, 1e7),
    lat: scaled(position?.latE7, 1e7),
    sigmaM,
  };
}

function scaled(value: number | null | undefined, unitsPerOne: number): number | null {
  return value === null || value === undefined ? null : value / unitsPerOne;
}
