import type { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import { joinedFixes } from '../../../src/archive/joined-fixes.js';
import type { FixHistory } from '../../../src/log/fix-history.js';
import type { AreaE7 } from '../../../src/model/plan.js';
import type { AreaPresence } from '../../../src/model/trace.js';
import { readPresence } from '../../../src/traces/presence-query.js';
import { plan, unit } from '../../engine/support.js';
import type { Postgres } from './postgres.js';
import { tableFixes } from './table-fixes.js';

/** A unit's fixes of a stretch of event time, or who was in a box in one. */
export type Question =
  | { readonly is: 'unit'; readonly tracker: string; readonly fromMs: number; readonly toMs: number }
  | { readonly is: 'area'; readonly box: AreaE7; readonly fromMs: number; readonly toMs: number };

/** Something that answers questions: as text of an area, so that answers can be compared, and as the number of rows of a unit. */
export type Ask = (question: Question) => Promise<number | string>;

/** Asks the archive as the server does: a unit's fixes as a trace reads them, an area by `readPresence`. */
export function askArchive(archive: ArchiveFolder, trackers: readonly string[]): Ask {
  const fixes = joinedFixes({ district: archive.district, archive, log: null });
  return async (question) => {
    if (question.is === 'area') return await presence(fixes, question, trackers);
    const { tracker, fromMs, toMs } = question;
    const stretches = [{ tracker, fromMs, toMs }];
    const query = { stretches, detail: 'whole', upTo: null, trackers: trackers.length } as const;
    const reading = await fixes.open(query);
    let rows = 0;
    for await (const some of reading.batches()) rows += some.length;
    return rows;
  };
}

/** The same of the table: a unit's rows as they come, an area by the same code over a statement that leaves out who surely was away. */
export function askTable(postgres: Postgres, trackers: readonly string[]): Ask {
  const fixes = tableFixes(postgres);
  return async (question) => {
    if (question.is === 'area') return await presence(fixes, question, trackers);
    const { rows } = await postgres.client.query<unknown[]>({ name: 'unit', ...unitDay(question), rowMode: 'array' });
    return rows.length;
  };
}

/** What the server alone takes for a unit's rows, without sending them, ms. */
export async function askServer({ client }: Postgres, question: Question): Promise<number> {
  if (question.is === 'area') return Number.NaN;
  const { text, values } = unitDay(question);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, TIMING OFF) ${text}`, values);
  return Number(/Execution Time: ([\d.]+) ms/.exec(rows.at(-1)?.['QUERY PLAN'] ?? '')?.[1]);
}

function unitDay({ tracker, fromMs, toMs }: Question & { readonly is: 'unit' }): { text: string; values: unknown[] } {
  return {
    text: 'SELECT * FROM fixes WHERE tracker = $1 AND event_time >= $2 AND event_time < $3 ORDER BY event_time',
    values: [tracker, new Date(fromMs).toISOString(), new Date(toMs).toISOString()],
  };
}

async function presence(
  fixes: FixHistory,
  { box, fromMs, toMs }: Question & { readonly is: 'area' },
  trackers: readonly string[],
): Promise<string> {
  const units = trackers.map((tracker) => unit(`car-${tracker}`, { tracker }));
  const plans = [plan({ places: [], rules: [], units })];
  const source = { fixes, plansSince: async () => ({ plans, fromMs: 0 }), nowMs: () => Date.parse('2100-01-01') };
  const { westE7, southE7, eastE7, northE7 } = box;
  const ring = [westE7, southE7, eastE7, southE7, eastE7, northE7, westE7, northE7];
  const area = { shape: { type: 'polygon', rings: [ring] } } as const;
  const answer = await readPresence(source, { area, units: null, fromMs, toMs, after: null });
  const rows: AreaPresence[] = [];
  for await (const one of answer.units) rows.push(...one.rows);
  return JSON.stringify(rows);
}
