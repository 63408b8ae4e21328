import type { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import { quote } from '../../../src/archive/duck.js';
import { joinedFixes } from '../../../src/archive/joined-fixes.js';
import type { AreaE7 } from '../../../src/model/plan.js';
import type { Postgres } from './postgres.js';

/** A unit's fixes of a stretch of event time, or all fixes in a box in one. */
export type Question =
  | { readonly is: 'unit'; readonly tracker: string; readonly fromMs: number; readonly toMs: number }
  | { readonly is: 'area'; readonly box: AreaE7; readonly fromMs: number; readonly toMs: number };

/** Asks the archive as a trace does (`src/traces`): through the planner, for whole fixes of the units. Answers how many came. */
export async function askArchive(
  archive: ArchiveFolder,
  question: Question,
  trackers: readonly string[],
): Promise<number> {
  const { fromMs, toMs } = question;
  const asked = question.is === 'unit' ? [question.tracker] : trackers;
  const reading = await joinedFixes({ district: archive.district, archive, log: null }).open({
    stretches: asked.map((tracker) => ({ tracker, fromMs, toMs })),
    box: question.is === 'unit' ? null : question.box,
    detail: question.is === 'unit' ? 'whole' : 'position',
    upTo: null,
    trackers: trackers.length,
  });
  let rows = 0;
  for await (const fixes of reading.batches()) rows += fixes.length;
  return rows;
}

/** The same columns: all of the fix, or where it was and how precisely. */
const COLUMNS = {
  unit: '*',
  area: 'tracker, event_time, log_ms, log_seq, place, ordinal, lng_e7, lat_e7, located, satellites, hdop_centi, accuracy_dm',
} as const;

/** The same of the table. */
export async function askTable({ client }: Postgres, question: Question): Promise<number> {
  const times = [new Date(question.fromMs).toISOString(), new Date(question.toMs).toISOString()];
  const select = `SELECT ${COLUMNS[question.is]} FROM fixes`;
  const within = 'event_time >= $1 AND event_time < $2';
  const query =
    question.is === 'unit'
      ? {
          name: 'unit',
          text: `${select} WHERE tracker = $3 AND ${within} ORDER BY event_time`,
          values: [question.tracker],
        }
      : {
          name: 'area',
          text: `${select} WHERE ${within} AND lat_e7 BETWEEN $3 AND $4 AND lng_e7 BETWEEN $5 AND $6`,
          values: [question.box.southE7, question.box.northE7, question.box.westE7, question.box.eastE7],
        };
  const values: unknown[] = [...times, ...query.values];
  const { rows } = await client.query<unknown[]>({ name: query.name, text: query.text, values, rowMode: 'array' });
  return rows.length;
}

/** What the server alone takes for it, without sending the rows, ms. */
export async function askServer({ client }: Postgres, question: Question): Promise<number> {
  const within = `event_time >= '${new Date(question.fromMs).toISOString()}' AND event_time < '${new Date(question.toMs).toISOString()}'`;
  const where =
    question.is === 'unit'
      ? `tracker = ${quote(question.tracker)} AND ${within} ORDER BY event_time`
      : `${within} AND lat_e7 BETWEEN ${question.box.southE7} AND ${question.box.northE7} AND lng_e7 BETWEEN ${question.box.westE7} AND ${question.box.eastE7}`;
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, TIMING OFF) SELECT ${COLUMNS[question.is]} FROM fixes WHERE ${where}`,
  );
  const last = rows.at(-1)?.['QUERY PLAN'] ?? '';
  return Number(/Execution Time: ([\d.]+) ms/.exec(last)?.[1]);
}
