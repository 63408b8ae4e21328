import type { ClearOf, FixHistory, FixQuery, LoggedFix } from '../../../src/log/fix-history.js';
import { LOG_START } from '../../../src/model/log-id.js';
import type { Postgres } from './postgres.js';

const INSTANT = '(extract(epoch FROM event_time) * 1000)::float8';
const COLUMNS = `tracker, ${INSTANT}, log_ms::float8, log_seq, place, ordinal, lng_e7, lat_e7, located, satellites, hdop_centi, accuracy_dm`;

/** Trackers that came near the area, or were not heard of all the time; right for a fleet whose positions are all precise. */
const NOT_AWAY = `SELECT tracker FROM (
    SELECT tracker, event_time, lng_e7, lat_e7, event_time - lag(event_time) OVER (PARTITION BY tracker ORDER BY event_time) AS gap
    FROM fixes WHERE tracker = ANY($1) AND event_time >= $2 AND event_time < $3) AS f
  GROUP BY tracker HAVING max(gap) > $4 * interval '1 ms' OR min(event_time) > $5 OR max(event_time) < $6
    OR bool_or(lng_e7 BETWEEN $7 AND $8 AND lat_e7 BETWEEN $9 AND $10)`;
const SELECT = `WITH here AS MATERIALIZED (${NOT_AWAY})
  SELECT ${COLUMNS} FROM fixes WHERE tracker IN (SELECT tracker FROM here) AND event_time >= $2 AND event_time < $3
  ORDER BY tracker, event_time`;

type Row = readonly [
  tracker: string,
  eventTimeMs: number,
  logMs: number,
  seq: number,
  place: number,
  ordinal: number,
  lngE7: number | null,
  latE7: number | null,
  located: boolean | null,
  satellites: number | null,
  hdopCenti: number | null,
  accuracyDm: number | null,
];

/** The table as a history of fixes, for questions about an area: every tracker is asked about for the same time. */
export function tableFixes({ client }: Postgres): FixHistory {
  return {
    estimate: async () => ({ rows: 0, bytes: 0 }),
    open: async ({ stretches, clearOf }) => {
      const values = valuesOf(stretches, clearOf as ClearOf);
      const { rows } = await client.query<Row & unknown[]>({ name: 'area', text: SELECT, values, rowMode: 'array' });
      const indexes = new Map(stretches.map(({ tracker }, index) => [tracker, index]));
      const seen = new Set(rows.map(([tracker]) => indexes.get(tracker)));
      const clear = new Set([...stretches.keys()].filter((index) => !seen.has(index)));
      const fixes = rows.map((row) => loggedOf(row, indexes));
      return {
        upTo: LOG_START,
        goneBeforeMs: null,
        deleted: [],
        clear,
        batches: async function* () {
          yield fixes;
        },
      };
    },
  };
}

function valuesOf(stretches: FixQuery['stretches'], { box, fromMs, toMs, stretches: clear }: ClearOf): unknown[] {
  const [first] = stretches;
  const instant = (ms: number): string => new Date(ms).toISOString();
  return [
    stretches.map(({ tracker }) => tracker),
    instant(first?.fromMs ?? 0),
    instant(first?.toMs ?? 0),
    clear[0]?.quietMs,
    instant(fromMs),
    instant(toMs),
    box.westE7,
    box.eastE7,
    box.southE7,
    box.northE7,
  ];
}

function loggedOf(row: Row, indexes: ReadonlyMap<string, number>): LoggedFix {
  const [tracker, eventTimeMs, ms, seq, place, ordinal, lngE7, latE7, located, satellites, hdopCenti, accuracyDm] = row;
  return {
    stretch: indexes.get(tracker) as number,
    logId: { ms, seq },
    place,
    ordinal,
    fix: {
      eventTimeMs,
      position: lngE7 === null || latE7 === null ? null : { lngE7, latE7 },
      altitudeDm: null,
      speedCmps: null,
      courseCdeg: null,
      located,
      satellites,
      beidouSatellites: null,
      hdopCenti,
      accuracyDm,
      power: null,
      batteryPercent: null,
      ignition: null,
      lightbar: null,
      sos: null,
      backfill: null,
    },
  };
}
